"""The site with a provider of single sign-on."""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import override_settings

from tests.onboarding_site.configuration.reading import settings_of
from tests.onboarding_site.signing_in import urls_with_provider
from tests.onboarding_site.signing_in.provider import CLIENT, SECRET, Provider, serving
from tests.processes import KEY

# Imported before any setting is overridden, as the site's own addresses depend on OIDC_ISSUER.
URLS = urls_with_provider.__name__


@pytest.fixture
def provider(db: None) -> Iterator[Provider]:
    """A provider at which Sally is logged in; the site's settings name it."""
    cache.clear()
    with serving() as provider:
        variables = {
            "ENV_FILE": os.devnull,
            "SECRET_KEY": KEY,
            "OIDC_ISSUER": provider.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_SUPPORT_GROUPS": "support-eu, support-us",
            "OIDC_VIEWER_GROUPS": "finance",
        }
        read = settings_of(variables)
        names = {"MIDDLEWARE", "AUTHENTICATION_BACKENDS", "PASSWORD_SIGN_IN"}
        given = {name: read[name] for name in read if name in names or name.startswith("OIDC_")}
        provider.person = {
            "sub": "sally-1",
            "email": "sally@example.com",
            "email_verified": True,
            "groups": ["support-eu", "all"],
        }
        with override_settings(ROOT_URLCONF=URLS, **given):
            yield provider
    cache.clear()
