"""A form that is sent when a session of single sign-on is due for renewal, in Chromium."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.core import signing
from django.db import connection
from playwright.sync_api import expect, sync_playwright

from aws_setup.local.server import LocalAws
from onboarding_site.signing_in.single_sign_on.renewal import DUE
from tests.browser.find_chromium import find, is_root
from tests.browser.site import STUCK
from tests.businesses.deployed import Deployed
from tests.deployment import REGION, deploy
from tests.onboarding_site.signing_in.provider import CLIENT, SECRET, serving
from tests.processes import KEY
from tests.servers.production import production

pytestmark = pytest.mark.server

SALT = "django.contrib.sessions.SessionStore"


def make_renewal_due(file: Path) -> None:
    """Let the time pass, in the one session that there is, after which the provider is asked."""
    with closing(sqlite3.connect(file)) as database, database:
        [(data,)] = database.execute("SELECT session_data FROM django_session").fetchall()
        session = signing.loads(data, key=KEY, salt=SALT)
        assert session[DUE]
        due = signing.dumps({**session, DUE: time.time() - 1}, key=KEY, salt=SALT, compress=True)
        database.execute("UPDATE django_session SET session_data = ?", (due,))


def test_whoever_sends_a_form_is_led_by_way_of_the_provider(
    database_file: Callable[[str], Path], local_aws: LocalAws, tmp_path: Path
) -> None:
    file = database_file("")
    connection.close()
    deploy(local_aws)
    [sub] = Deployed(local_aws).stuck(1)
    with serving() as provider:
        person = {"sub": "sally-1", "email": "sally@example.com", "email_verified": True}
        provider.person = {**person, "groups": ["support"]}
        variables = {
            **local_aws.environment(REGION),
            "DATABASE_URL": f"sqlite:///{file}",
            "OIDC_ISSUER": provider.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_SUPPORT_GROUPS": "support",
        }
        flags = ["--no-sandbox"] if is_root() else []
        with production(tmp_path, variables) as (address, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(os.environ), args=flags)
            page = browser.new_page(ignore_https_errors=True)
            said = list[str]()
            page.on("console", lambda message: said.append(message.text))
            page.goto(f"{address}/admin/login/?next={STUCK}retry/%3Fsub%3D{sub}")
            page.get_by_role("link", name="Log in with single sign-on").click()
            expect(page.get_by_role("button", name="Retry 1 now")).to_be_visible(timeout=30_000)
            asked = provider.asked.count("/authorize")
            make_renewal_due(file)
            page.get_by_role("button", name="Retry 1 now").click()
            expect(page.locator("#run-status")).to_contain_text("Finished.", timeout=30_000)
            assert provider.asked.count("/authorize") == asked + 1
            assert said == []
            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
            assert said == []
            browser.close()
