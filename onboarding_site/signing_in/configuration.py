"""The settings of signing in, from the environment."""

from typing import Any

from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import whole
from onboarding_site.signing_in.keys import MAKE_ONE, key, keys

PASSWORD_LENGTH = 14
_HOUR = 3600  # seconds


def signing_keys(env: Environment, *, debug: bool) -> tuple[str, list[str]]:
    """Return the key that signs what the site hands out, and earlier ones."""
    return (
        env.required("SECRET_KEY", key(may_be_weak=debug), MAKE_ONE),
        env.optional("SECRET_KEY_FALLBACKS", keys(may_be_weak=debug), list[str]()),
    )


def session_seconds(env: Environment) -> int:
    """Return after how many seconds a session ends, whatever was done in it."""
    return env.read("SESSION_HOURS", whole(1, 24), 8) * _HOUR


def idle_minutes(env: Environment) -> int:
    """Return after how many minutes a session ends that nobody uses."""
    return env.read("SESSION_IDLE_MINUTES", whole(5, 1440), 60)


def password_validators() -> list[dict[str, Any]]:
    """Return what a new password has to be; whoever has a shorter one still signs in."""
    of_django = "django.contrib.auth.password_validation"
    return [
        {"NAME": f"{of_django}.UserAttributeSimilarityValidator"},
        {
            "NAME": f"{of_django}.MinimumLengthValidator",
            "OPTIONS": {"min_length": PASSWORD_LENGTH},
        },
        {"NAME": f"{of_django}.CommonPasswordValidator"},
        {"NAME": f"{of_django}.NumericPasswordValidator"},
    ]
