"""The settings of signing in, from the environment."""

from datetime import timedelta
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


def trusted_proxies(env: Environment, *, behind_one: bool) -> int:
    """Return how many proxies of ours are in front of the site."""
    return env.read("TRUSTED_PROXIES", whole(0, 5), 1 if behind_one else 0)


def lock_out_settings(env: Environment) -> dict[str, Any]:
    """Return the settings of django-axes."""
    room = "onboarding_site.signing_in"
    return {
        "AXES_HANDLER": f"{room}.lock_out.LockOuts",
        "AXES_FAILURE_LIMIT": env.read("SIGN_IN_FAILURES", whole(3, 50), 5),
        "AXES_COOLOFF_TIME": timedelta(minutes=env.read("LOCK_OUT_MINUTES", whole(1, 1440), 15)),
        # What is tried during a lock does not make it longer, so that the page tells the truth.
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"], "ip_address"],
        "AXES_LOCKOUT_CALLABLE": f"{room}.lock_out.locked_out",
        "AXES_CLIENT_IP_CALLABLE": f"{room}.client_address.locked_address",
        "AXES_USERNAME_CALLABLE": f"{room}.lock_out.stored_name",
        # Addresses to go on to may hold what staff searched for.
        "AXES_SENSITIVE_PARAMETERS": ["username", "ip_address", "next"],
        # Sign-ins are in the log, and failures are kept no longer than they count.
        "AXES_DISABLE_ACCESS_LOG": True,
        "AXES_ENABLE_ADMIN": False,
        "AXES_VERBOSE": False,
    }
