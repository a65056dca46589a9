"""The search keys that the API writes are those that the site searches by, for any text."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.local.appsync.javascript.engine import evaluate
from businesses.records.search_keys import search_key
from tests.harness.counts import count
from tests.harness.examples import examples
from tests.resolvers.evaluation import EVALUATION_CONTEXT, RESOLVERS, run, value_of

STEP = "makeSearchKeys.js"
# The step's own function for many texts, because an evaluation has an engine of its own.
KEYS = "\nexport function keys(ctx) { return ctx.args.map((text) => searchKey(text)); }\n"
AT_ONCE = 2000
# What the rules are about, so that they meet.
ODD = [
    *"aAiIıİßẞςΣſKåfﬁÖ½Ａｶﾞ가각한Ꭰꭰა🎂\u1ab0",
    *(chr(mark) for mark in (0x300, 0x301, 0x307, 0x308, 0x323, 0x327, 0x342, 0x345, 0x3099)),
    *(chr(jamo) for jamo in (0x1100, 0x1161, 0x11A8)),
    *" \t\n\u00a0\u1680\u2028\u3000¨",
    *(chr(unseen) for unseen in (0xAD, 0x200B, 0x200D, 0xFE0F, 0xFEFF, 0x3164, 0xE0100, 0xE0FFF)),
    *(chr(new) for new in (0x897, 0xA7CB, 0xA7DC, 0x105D2, 0x10D50, 0x11382, 0x1CCD6, 0x1E030)),
]
TEXTS = st.text(st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8")), max_size=40)


def keys(texts: Sequence[str]) -> list[str]:
    """Return what the step makes of some texts."""
    code = (RESOLVERS / STEP).read_text(encoding="utf-8") + KEYS
    context = {"args": list(texts), "stash": {}}
    found: list[str] = value_of(evaluate(code, "keys", context, EVALUATION_CONTEXT, 60.0))
    return found


def stashed(args: dict[str, Any], changes: dict[str, Any] | None = None) -> Any:
    stash = {} if changes is None else {"changes": changes}
    outcome = run(STEP, "response", {"args": args, "stash": stash})
    assert value_of(outcome) is None
    return outcome.stash["changes"]


def assert_same_keys(texts: Sequence[str]) -> None:
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        assert keys(some) == list(map(search_key, some))


def test_a_sign_up_gets_the_keys_of_both_its_texts() -> None:
    arguments = {"name": "Bäckerei  ÜBERMUT", "email": "Ada@Example.com", "sub": "s"}
    assert stashed(arguments) == {
        "name": "Bäckerei  ÜBERMUT",
        "nameKey": "bäckerei übermut",
        "email": "Ada@Example.com",
        "emailKey": "ada@example.com",
    }
    assert value_of(run(STEP, "request", {"args": arguments, "stash": {}})) == {"payload": None}


def test_only_what_an_owner_changes_gets_a_key() -> None:
    args = {"input": {"id": "x", "name": "unchecked"}}
    assert stashed(args, {"name": "New"}) == {"name": "New", "nameKey": "new"}
    assert stashed(args, {"email": "A@b.io"}) == {"email": "A@b.io", "emailKey": "a@b.io"}
    assert stashed(args, {}) == {}


def test_an_empty_text_gets_no_key_since_dynamodb_takes_no_empty_one() -> None:
    assert stashed({"name": "", "email": "a@b.io"}) == {
        "name": "",
        "email": "a@b.io",
        "emailKey": "a@b.io",
    }
    assert stashed({"name": "\u200b", "email": "a@b.io"})["nameKey"] == "\u200b"


def is_telling(character: str) -> bool:
    """Return whether some rule changes this character, or it stands for its neighbours."""
    if ord(character) % 64 == 0:
        return True
    # No rule changes what Unicode has given no meaning, which is most of the million.
    is_known = unicodedata.category(character) not in {"Cn", "Co"}
    return is_known and search_key(character) != character


@pytest.mark.verified_by("what_search_keys_become")
def test_the_site_and_the_api_make_the_same_keys_of_every_telling_character() -> None:
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    telling = [character for character in characters if is_telling(character)]
    assert_same_keys(telling)
    count("characters with the same key on both sides", len(telling))


@pytest.mark.long
def test_the_site_and_the_api_make_the_same_keys_of_every_character_alone_and_with_marks() -> None:
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    marked = [f"{mark}{each}{mark}" for mark in "\u0301\u0345" for each in characters[:0x20000]]
    assert_same_keys(characters + marked)
    count("characters with the same key on both sides", len(characters) + len(marked))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(TEXTS, min_size=20, max_size=40))
def test_the_site_and_the_api_make_the_same_keys_of_any_text(texts: list[str]) -> None:
    assert_same_keys(texts)
    count("texts with the same key on both sides", len(texts))


@pytest.mark.parametrize("text", ["x" * 255 + "😀!", "😀" * 300, "ﷺ" * 30, "ß" * 200, "é" * 300])
def test_the_site_and_the_api_cut_a_key_at_the_same_place(text: str) -> None:
    assert_same_keys([text, f" {text}", f"x{text}"])
