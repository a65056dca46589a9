"""A process of the site that is killed over a request, behind nginx, and what staff see of it."""

import os
import signal
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client

from aws_setup.local.server import LocalAws
from businesses.records.onboarding import COMPLETED, FAILED
from tests.businesses.deployed import Deployed
from tests.deployment import REGION, deploy
from tests.servers.production import production

pytestmark = pytest.mark.server

STUCK = "/admin/businesses/onboarding/"
TOKEN = "a" * 32


class Site:
    """The site of one process behind nginx, and somebody who is logged in."""

    def __init__(
        self, address: str, cookies: dict[str, str], worker: int, deployed: Deployed, folder: Path
    ) -> None:
        self.deployed, self._address, self._worker = deployed, address, worker
        self._cookies = {**cookies, "csrftoken": TOKEN}
        self._trusting = ssl.create_default_context(cafile=folder / "certificate.pem")

    def ask(self, path: str, data: str = "", *, killed_in: str) -> str:
        """Return the answer, whose process is killed while it calls this operation of AWS."""
        request = urllib.request.Request(
            self._address + path,
            data=data.encode() or None,
            headers={
                "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
                "X-CSRFToken": TOKEN,
                "Referer": self._address,
            },
        )
        killing = self.deployed.in_the_middle_of(
            killed_in, lambda: os.kill(self._worker, signal.SIGKILL)
        )
        try:
            with urllib.request.urlopen(request, timeout=120, context=self._trusting) as answer:
                return str(answer.read().decode())
        finally:
            killing.join()


@pytest.fixture
def site(
    database_file: Callable[[str], Path], local_aws: LocalAws, tmp_path: Path
) -> Iterator[Site]:
    file = database_file("")
    user = User.objects.create_user("sally", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client = Client()
    client.force_login(user)
    deploy(local_aws)
    connection.close()
    cookies = {name: each.value for name, each in client.cookies.items()}
    variables = {**local_aws.environment(REGION), "DATABASE_URL": f"sqlite:///{file}"}
    with production(tmp_path, variables) as (address, server):
        yield Site(address, cookies, server.worker(), Deployed(local_aws), tmp_path)


def test_the_next_process_shows_the_page(site: Site) -> None:
    site.deployed.stuck(1)
    assert "1 stuck onboarding" in site.ask(STUCK, killed_in="Query")


def test_the_next_process_goes_on_with_a_retry(site: Site) -> None:
    [sub] = site.deployed.stuck(1)
    site.ask(f"{STUCK}retry/now/", f"sub={sub}", killed_in="GraphQL")
    assert site.deployed.record(sub).status == COMPLETED


def test_another_form_is_sent_once(site: Site) -> None:
    [sub] = site.deployed.stuck(1)
    with pytest.raises(HTTPError, match="502"):
        site.ask(f"{STUCK}dismiss/", f"sub={sub}&preset=Spam", killed_in="BatchGetItem")
    assert site.deployed.record(sub).status == FAILED
