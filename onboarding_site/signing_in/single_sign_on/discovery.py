"""The provider's endpoints, which its discovery document names.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
"""

from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache
from mozilla_django_oidc.utils import import_from_settings

ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
}
OPTIONAL = "OIDC_OP_USER_ENDPOINT"
KEPT = 3600  # seconds


class ProviderAway(Exception):
    """The provider does not answer, or not as a provider of single sign-on does."""


def setting(name: str, *default: Any) -> Any:
    """Return a setting of mozilla-django-oidc; the endpoints are the provider's own words.

    Raises ProviderAway.
    """
    if name not in ENDPOINTS:
        return import_from_settings(name, *default)
    return _document()[ENDPOINTS[name]]


def key_of(issuer: str) -> str:
    """Return under which key the cache keeps the endpoints of an issuer."""
    return f"single-sign-on:{issuer}"


def _document() -> dict[str, str]:
    issuer = settings.OIDC_ISSUER
    key = key_of(issuer)
    kept: dict[str, str] | None = cache.get(key)
    if kept is None:
        kept = _checked(_fetched(issuer), issuer)
        cache.set(key, kept, KEPT)
    return kept


def _fetched(issuer: str) -> Any:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        response = requests.get(address, timeout=setting("OIDC_TIMEOUT"))
        response.raise_for_status()
        return response.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway(f"{type(error).__name__} for the discovery document") from error


def _checked(document: Any, issuer: str) -> dict[str, str]:
    """Return the endpoints of a document. One of another issuer may be a stranger's."""
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ProviderAway("The discovery document is not the one of OIDC_ISSUER")
    found = {key: str(document.get(key, "")) for key in ENDPOINTS.values()}
    missing = [key for name, key in ENDPOINTS.items() if not found[key] and name != OPTIONAL]
    if missing:
        raise ProviderAway(f"The discovery document lacks {', '.join(missing)}")
    if issuer.startswith("https:") and any(
        url and not url.startswith("https:") for url in found.values()
    ):
        raise ProviderAway("The discovery document names an endpoint without https")
    return found
