"""The settings of single sign-on, from the environment. Without OIDC_ISSUER there is none."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.packages import require_package
from onboarding_site.configuration.values import (
    SERVER,
    boolean,
    named,
    secret,
    shown,
    whole,
)

ROOM = "onboarding_site.signing_in.single_sign_on"
BACKEND, RENEWAL = f"{ROOM}.accounts.ProviderBackend", f"{ROOM}.renewal.Renewal"
TIMEOUT = 5  # seconds in which the provider has to answer
_URL = re.compile(rf"[a-z]+://{SERVER}(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{{2}})*)?")
_claim = named(r"[!-~]{1,100}", "the name of a claim", "one, such as groups or cognito:groups")
_scopes = named(r"[!-~]+( [!-~]+)*", "a list of scopes", "scopes with spaces, such as openid email")


def single_sign_on(env: Environment, *, debug: bool) -> dict[str, Any]:
    """Return the settings by name; OIDC_ISSUER is empty if there is no single sign-on."""
    issuer = env.optional("OIDC_ISSUER", _issuer(may_be_plain=debug), "")
    found: dict[str, Any] = {
        "OIDC_ISSUER": issuer,
        "OIDC_RP_CLIENT_ID": env.optional("OIDC_CLIENT_ID", secret, ""),
        "OIDC_RP_CLIENT_SECRET": env.optional("OIDC_CLIENT_SECRET", secret, ""),
        "OIDC_SUPPORT_GROUPS": env.optional("OIDC_SUPPORT_GROUPS", _groups, list[str]()),
        "OIDC_VIEWER_GROUPS": env.optional("OIDC_VIEWER_GROUPS", _groups, list[str]()),
        "OIDC_GROUPS_CLAIM": env.read("OIDC_GROUPS_CLAIM", _claim, "groups"),
        "OIDC_RP_SCOPES": env.read("OIDC_SCOPES", _scopes, "openid email profile"),
        "OIDC_RENEW_MINUTES": env.read("OIDC_RENEW_MINUTES", whole(1, 480), 15),
        "PASSWORD_SIGN_IN": env.read("PASSWORD_SIGN_IN", boolean, default=not issuer),
    }
    _find_faults(env, found)
    return {
        **found,
        "OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS": found["OIDC_RENEW_MINUTES"] * 60,
        "OIDC_USE_PKCE": True,
        "OIDC_TIMEOUT": TIMEOUT,
        "AUTHENTICATION_BACKENDS": [
            "axes.backends.AxesStandaloneBackend",
            *(["django.contrib.auth.backends.ModelBackend"] if found["PASSWORD_SIGN_IN"] else []),
            *([BACKEND] if issuer else []),
        ],
    }


def _find_faults(env: Environment, found: dict[str, Any]) -> None:
    if not found["OIDC_ISSUER"]:
        if not found["PASSWORD_SIGN_IN"]:
            env.fault("PASSWORD_SIGN_IN is off without OIDC_ISSUER, so nobody could sign in.")
        return
    for name, value in (
        ("OIDC_CLIENT_ID", found["OIDC_RP_CLIENT_ID"]),
        ("OIDC_CLIENT_SECRET", found["OIDC_RP_CLIENT_SECRET"]),
        ("OIDC_SUPPORT_GROUPS or OIDC_VIEWER_GROUPS", _all_groups(found)),
    ):
        if not value:
            env.fault(f"OIDC_ISSUER is set, so {name} must be set too.")


def _all_groups(found: dict[str, Any]) -> list[str]:
    return [*found["OIDC_SUPPORT_GROUPS"], *found["OIDC_VIEWER_GROUPS"]]


def _groups(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _issuer(*, may_be_plain: bool) -> Callable[[str], str]:
    def parse(text: str) -> str:
        url = text.strip()
        if not _URL.fullmatch(url):
            raise ValueError(f"is {shown(text)}: set the issuer's URL, such as https://id.example")
        parts = urlsplit(url)
        is_plain = parts.scheme == "http" and (may_be_plain or _is_here(parts.hostname or ""))
        if parts.scheme != "https" and not is_plain:
            raise ValueError(f"is {shown(text)}: an issuer's URL begins with https://")
        require_package("mozilla_django_oidc")
        return url

    return parse


def _is_here(host: str) -> bool:
    """Return whether a host is this machine, where nobody listens in between."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
