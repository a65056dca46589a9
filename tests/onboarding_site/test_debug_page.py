"""Django's page about an error, which shows the settings and the request."""

import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from tests.processes import REPOSITORY, environment

PASSWORD = "hunter2"
URL = f"postgres://user:{PASSWORD}@host/name?sslpassword={PASSWORD}"
# With SQLite's engine, as the driver of PostgreSQL need not be installed here.
SHOW = """
import sys
import django
from django.conf import settings
from django.test import RequestFactory
from django.views.debug import technical_500_response
settings.DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
django.setup()
try:
    raise LookupError("a fault of ours")
except LookupError:
    request = RequestFactory().get("/")
    print(technical_500_response(request, *sys.exc_info()).content.decode())
"""


def fail(request: HttpRequest) -> HttpResponse:
    raise LookupError("a fault of ours")


urlpatterns = [path("fail", fail)]


def test_the_page_shows_no_setting_with_the_password() -> None:
    variables = {
        "DJANGO_SETTINGS_MODULE": "onboarding_site.settings",
        "DATABASE_URL": URL,
        "DEBUG": "true",
        "PYTHONPATH": str(REPOSITORY),
    }
    page = subprocess.run(
        [sys.executable, "-c", SHOW],
        env=environment(variables),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "a fault of ours" in page
    assert "&#x27;HOST&#x27;: &#x27;host&#x27;" in page
    assert PASSWORD not in page
    assert "only-for-tests" not in page


@pytest.mark.parametrize("name", ["DATABASE_URL", "HTTPS_PROXY", "http_proxy", "SECRET_KEY"])
@override_settings(DEBUG=True, ROOT_URLCONF=__name__)
def test_the_page_hides_the_variables_of_a_development_server(name: str) -> None:
    client = Client(raise_request_exception=False)
    page = client.get("/fail", **{name: URL}).content.decode()  # type: ignore[arg-type]
    assert "a fault of ours" in page
    assert name in page
    assert PASSWORD not in page
