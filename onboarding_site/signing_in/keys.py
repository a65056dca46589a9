"""The forms of SECRET_KEY and SECRET_KEY_FALLBACKS, with which the site signs what it hands out.

Whoever knows the key can sign in as anybody, so a key that could be guessed is refused, by the rule
of Django's check security.W009, which a server does not run.
https://docs.djangoproject.com/en/5.2/ref/checks/#security
"""

from collections.abc import Callable

from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)

from onboarding_site.configuration.values import secret

MAKE_ONE = 'run python -c "import secrets; print(secrets.token_urlsafe(50))"'
_WEAK = (
    f"could be guessed: a key has {SECRET_KEY_MIN_LENGTH} characters or more,"
    f" {SECRET_KEY_MIN_UNIQUE_CHARACTERS} different ones or more, and does not begin with"
    f" {SECRET_KEY_INSECURE_PREFIX}: {MAKE_ONE}, or set DEBUG=true on a machine of your own"
)


def key(*, may_be_weak: bool) -> Callable[[str], str]:
    """Return the parser of a key. may_be_weak: as on somebody's own machine, with DEBUG."""

    def parse(text: str) -> str:
        return _strong(secret(text)) if not may_be_weak else secret(text)

    return parse


def keys(*, may_be_weak: bool) -> Callable[[str], list[str]]:
    """Return the parser of a list of keys, with commas between them."""
    parse_one = key(may_be_weak=may_be_weak)

    def parse(text: str) -> list[str]:
        entries = [entry.strip() for entry in text.split(",")]
        if not all(entries):
            raise ValueError("has an empty entry in its list: remove the comma beside it")
        return [parse_one(entry) for entry in entries]

    return parse


def _strong(text: str) -> str:
    is_long = len(text) >= SECRET_KEY_MIN_LENGTH
    is_varied = len(set(text)) >= SECRET_KEY_MIN_UNIQUE_CHARACTERS
    if not is_long or not is_varied or text.startswith(SECRET_KEY_INSECURE_PREFIX):
        raise ValueError(_WEAK)
    return text
