"""Cursors in addresses: exact, of no use elsewhere, and unreadable."""

import base64
import re

import pytest
from django.core.signing import BadSignature
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from businesses.queries.paging import Cursor, Position
from businesses.queries.sealed_cursors import seal, unseal
from tests.harness.examples import examples

PERSON = Cursor("next", Position(1, "maria.rossi@example.com", "sub-0001"))
CURSORS = st.builds(
    Cursor,
    st.sampled_from(["next", "previous"]),
    st.none() | st.builds(Position, st.integers(0, 9), st.text(), st.text()),
    st.text(),
)


@settings(max_examples=examples(200))
@given(CURSORS, st.text(st.characters(codec="utf-8")))
def test_what_was_sealed_is_read(cursor: Cursor, scope: str) -> None:
    token = seal(cursor, scope)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert unseal(token, scope) == cursor
    assert seal(cursor, scope) == token
    with pytest.raises(BadSignature):
        unseal(token, scope + "x")


def test_nobody_can_read_an_address_in_it() -> None:
    token = seal(PERSON, "list")
    read = base64.urlsafe_b64decode(token + "===")
    for part in (b"maria", b"rossi", b"example", b"sub-0001", b"next"):
        assert part not in read
        assert part not in token.encode()


@pytest.mark.parametrize("token", ["", "x", "===", "\u00fc", "a" * 16, "A" * 500, "next:abc"])
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(BadSignature):
        unseal(token, "list")


def test_no_character_can_be_changed() -> None:
    token = seal(PERSON, "list")
    for place, character in enumerate(token[:-1]):
        other = "A" if character != "A" else "B"
        with pytest.raises(BadSignature):
            unseal(token[:place] + other + token[place + 1 :], "list")


def test_a_key_that_was_rotated_still_opens_it() -> None:
    with override_settings(SECRET_KEY="the one before"):
        token = seal(PERSON, "list")
    with pytest.raises(BadSignature):
        unseal(token, "list")
    with override_settings(SECRET_KEY_FALLBACKS=["another", "the one before"]):
        assert unseal(token, "list") == PERSON
