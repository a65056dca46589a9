"""The site as staff meet it: over TLS behind nginx, in Chromium, under its own strict policy."""

import json
import os
import ssl
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Response, expect, sync_playwright

from tests.browser.find_chromium import find, is_root
from tests.browser.site import STUCK, Site
from tests.processes import REPOSITORY
from tests.server.conftest import Served

pytestmark = pytest.mark.server

PICTURES = REPOSITORY / ".serve"
SEARCHED = "zoe@zerowaste.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    flags = ["--no-sandbox"] if is_root() else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(os.environ), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def site(browser: Browser, served: Served) -> Iterator[Site]:
    """A tab in which nothing may be red, and whose pages all come with the policy."""
    unguarded = list[str]()

    def check(response: Response) -> None:
        is_page = response.request.resource_type == "document"
        if is_page and "default-src 'self'" not in response.headers["content-security-policy"]:
            unguarded.append(response.url)

    with browser.new_context(ignore_https_errors=True) as context:
        site = Site(context.new_page(), served.address)
        site.page.on("response", check)
        yield site
        site.page.close()
    assert site.complaints == []
    assert unguarded == []


def picture(site: Site, name: str) -> None:
    """Save what is on the screen, to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    site.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def test_staff_sign_in_and_retry_who_is_stuck(site: Site, served: Served) -> None:
    page = site.page
    site.open("/admin/")
    page.get_by_label("Username").fill(served.user)
    page.get_by_label("Password").fill(served.password)
    site.follow(page.get_by_role("button", name="Log in"))
    cookies = page.context.cookies()
    assert {each["name"] for each in cookies if each["secure"]} >= {"sessionid", "csrftoken"}
    expect(page.get_by_text("Stuck now")).to_be_visible()
    picture(site, "front-page")

    site.open(f"/admin/businesses/search/?q={SEARCHED}")
    expect(page.get_by_text("Zoe's Zero Waste Shop").first).to_be_visible()
    assert SEARCHED not in (served.folder / "onboarding.log").read_text(encoding="utf-8")

    site.open(STUCK)
    stuck = page.locator("#result_list tbody tr").count()
    assert stuck == 7
    site.follow(page.get_by_role("link", name="Retry all", exact=False))
    site.follow(page.get_by_role("button", name="Retry", exact=False).first)
    bar = page.get_by_role("progressbar")
    expect(page.locator("#run-status")).to_contain_text("Finished.")
    assert bar.evaluate("(each) => each.value === each.max && each.max > 5")
    picture(site, "retried")

    site.open(STUCK)  # whom the sweep found is left
    page.locator("button.retry-now").click()
    expect(page.locator(".told")).to_contain_text("The business exists.")
    picture(site, "retried-in-its-row")
    site.open(STUCK)
    expect(page.locator("#result_list tbody tr")).to_have_count(0)


def test_plain_http_leads_to_https_and_is_not_asked_again(served: Served) -> None:
    connection = HTTPConnection(urlsplit(served.plain).netloc)
    connection.request("GET", "/admin/?q=1")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/admin/?q=1")
    connection.close()
    with urllib.request.urlopen(f"{served.address}/admin/login/", context=trusting(served)) as page:
        assert page.headers["Strict-Transport-Security"] == "max-age=3600"
        assert page.headers["Server"] == "nginx"


def test_style_sheets_are_compressed_and_kept_for_good(served: Served) -> None:
    manifest = json.loads((served.folder / "static" / "staticfiles.json").read_text("utf-8"))
    name = manifest["paths"]["businesses/admin.css"]
    request = urllib.request.Request(f"{served.address}/static/{name}")
    request.add_header("Accept-Encoding", "br")
    with urllib.request.urlopen(request, context=trusting(served)) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]


def trusting(served: Served) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=Path(served.folder) / "certificate.pem")
