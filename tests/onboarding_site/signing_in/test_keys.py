"""The keys that the site signs with."""

import os

import pytest
from django.core.signing import BadSignature, Signer
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding_site.configuration.env_file import SettingsUnusable
from onboarding_site.signing_in.keys import key
from tests.harness.counts import count
from tests.harness.examples import examples
from tests.onboarding_site.configuration.reading import settings_of
from tests.processes import KEY

OLD = KEY[::-1]


def test_with_debug_a_key_may_be_weak() -> None:
    given = {"ENV_FILE": os.devnull, "SECRET_KEY": "only-here", "DEBUG": "true"}
    assert settings_of(given)["SECRET_KEY"] == "only-here"
    with pytest.raises(SettingsUnusable, match="could be guessed"):
        settings_of({**given, "DEBUG": "false"})


def test_earlier_keys_are_a_list() -> None:
    given = {"ENV_FILE": os.devnull, "SECRET_KEY": KEY}
    assert settings_of(given)["SECRET_KEY_FALLBACKS"] == []
    assert settings_of({**given, "SECRET_KEY_FALLBACKS": f"{OLD}, {KEY}x"})[
        "SECRET_KEY_FALLBACKS"
    ] == [OLD, f"{KEY}x"]


@override_settings(SECRET_KEY=KEY)
def test_what_an_earlier_key_signed_is_valid_until_that_key_is_removed() -> None:
    with override_settings(SECRET_KEY=OLD):
        signed = Signer().sign("a page")
    with override_settings(SECRET_KEY_FALLBACKS=[OLD]):
        assert Signer().unsign(signed) == "a page"
    with pytest.raises(BadSignature):
        Signer().unsign(signed)


@settings(max_examples=examples(200), deadline=None)
@given(text=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=70))
def test_every_key_that_is_accepted_is_as_django_wants_it(text: str) -> None:
    count("keys to sign with")
    try:
        accepted = key(may_be_weak=False)(text)
    except ValueError:
        return
    assert accepted == text
    assert len(text) >= 50
    assert len(set(text)) >= 5
