"""The headers of every answer, and Django's own opinion of them."""

import pytest
from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client, override_settings

STRICT = {
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}


def check(response: HttpResponseBase) -> None:
    said = response.headers["Content-Security-Policy"].split("; ")
    assert set(said) == STRICT
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("address", "status"),
    [("/admin/login/", 200), ("/admin/", 302), ("/nowhere", 404), ("/admin/login/?\0", 200)],
)
def test_every_answer_says_what_it_may_load(address: str, status: int, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        response = Client().get(address)
    assert response.status_code == status
    if debug and status == 404:
        # Django's own page for developers has its styles in it.
        assert "Content-Security-Policy" not in response.headers
        return
    check(response)


def test_refusals_of_a_host_and_of_a_method_say_so_too() -> None:
    refused = Client(headers={"host": "elsewhere.example"}).get("/admin/login/")
    assert refused.status_code == 400
    check(refused)
    traced = Client().trace("/")
    assert traced.status_code == 405
    check(traced)


def test_no_page_may_be_framed_and_no_address_leaves_the_site() -> None:
    assert settings.X_FRAME_OPTIONS == "DENY"
    assert settings.SECURE_CROSS_ORIGIN_OPENER_POLICY == "same-origin"
