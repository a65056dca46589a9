"""One browser for the package, one site for each module, one tab for each test."""

import atexit
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    StorageState,
    expect,
    sync_playwright,
)

from aws_setup.local.server import LocalAws
from tests.browser.find_chromium import find, is_root
from tests.browser.serve import DATABASE, ENDED, SUPPORTER, USER, session_key
from tests.browser.site import Site
from tests.businesses.account import Account, business
from tests.businesses.deployed import Deployed
from tests.businesses.site_user import SiteUser
from tests.deployment import deploy
from tests.processes import Forked, environment

FLAGS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Scripts of pages that are left at once are hardly worth compiling; axe's the least.
    "--js-flags=--no-opt --no-maglev",
)

LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}

RECORDS = 120

expect.set_options(timeout=30_000)  # milliseconds; a machine that runs tests may be slow


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, closed before other tests run, because that ends Playwright's event loop."""
    chromium = find(os.environ)
    flags = [*FLAGS, "--no-sandbox"] if is_root() else [*FLAGS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site_user(
    local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteUser]:
    """The user as whom the site runs, in an empty account; the site's policy must be enough."""
    local_aws_server.reset()
    site_user = SiteUser(local_aws_server, tmp_path_factory.mktemp("credentials"))
    yield site_user
    site_user.check()


@pytest.fixture(scope="module")
def account(local_aws_server: LocalAws, site_user: SiteUser) -> Iterator[Account]:
    """A deployed account with three pages of businesses; the newest ten have users."""
    with deployed_account(local_aws_server, site_user) as account:
        account.write(business(number) for number in range(RECORDS))
        for number in range(RECORDS - 10, RECORDS):
            account.create_user(f"sub-{number:04}", "businesses")
        yield account


@pytest.fixture(scope="module")
def address(
    account: Account, site_user: SiteUser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a freshly started site for the account."""
    with served(site_user.environment, tmp_path_factory.mktemp("site")) as address:
        yield address


def cookies(user: str) -> StorageState:
    """Return the cookies of somebody who has logged in, on whichever site."""
    return {
        "cookies": [
            {
                "name": "sessionid",
                "value": session_key(user),
                "domain": "127.0.0.1",
                "path": "/",
                "expires": -1,
                "httpOnly": True,
                "secure": False,
                "sameSite": "Lax",
            }
        ],
        "origins": [],
    }


@pytest.fixture(scope="module")
def logged_in() -> StorageState:
    """The cookies of somebody who has logged in."""
    return cookies(USER)


# For tests of what is laid out otherwise in a narrow window; others are repeated in it by
# make test-long, as the site answers the same.
in_both_looks = pytest.mark.parametrize("window", [*LOOKS], indirect=True, scope="module")


@pytest.fixture(scope="module", params=["light", pytest.param("narrow", marks=pytest.mark.long)])
def window(
    browser: Browser, logged_in: StorageState, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """The window of somebody who has logged in, on a wide screen or on a narrow one."""
    context = browser.new_context(storage_state=logged_in, **LOOKS[request.param])
    yield context
    context.close()


@pytest.fixture
def site(window: BrowserContext, address: str) -> Iterator[Site]:
    """A new tab; nothing may go wrong in it."""
    with tab(window, address) as site:
        yield site


@pytest.fixture(scope="module")
def deployed_stack(local_aws_server: LocalAws) -> LocalAws:
    """An account with the real stack in it."""
    deploy(local_aws_server)
    return local_aws_server


@pytest.fixture
def deployed(deployed_stack: LocalAws) -> Deployed:
    """The real stack without a record in its Onboarding table."""
    deployed = Deployed(deployed_stack)
    deployed.forget_onboardings()
    deployed_stack.faults.clear()
    return deployed


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site's database."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def stack_address(
    deployed_stack: LocalAws, tmp_path_factory: pytest.TempPathFactory, directory: Path
) -> Iterator[str]:
    """The address of a freshly started site over the real stack, whose policy must be enough."""
    site_user = SiteUser(deployed_stack, tmp_path_factory.mktemp("credentials"))
    site_user.attach(Deployed(deployed_stack).outputs["SitePolicyArn"])
    with served(site_user.environment, directory) as address:
        yield address
    site_user.check()


@pytest.fixture(scope="module")
def supporter() -> StorageState:
    """The cookies of Sally, who may retry."""
    return cookies(SUPPORTER)


@pytest.fixture(scope="module")
def daylight(browser: Browser, supporter: StorageState) -> Iterator[BrowserContext]:
    """The window of Sally, in one look."""
    with browser.new_context(storage_state=supporter, **LOOKS["light"]) as context:
        yield context


@pytest.fixture
def desk(daylight: BrowserContext, stack_address: str) -> Iterator[Site]:
    """A new tab of Sally's."""
    with tab(daylight, stack_address) as site:
        yield site


@contextmanager
def tab(context: BrowserContext, address: str) -> Iterator[Site]:
    """Open a tab on the site, and check at its end that nothing went wrong in it."""
    site = Site(context.new_page(), address)
    yield site
    site.page.close()
    assert site.complaints == []


@contextmanager
def deployed_account(aws: LocalAws, site_user: SiteUser) -> Iterator[Account]:
    """Deploy the stack into an empty account."""
    account = Account(aws, site_user)
    account.deploy()
    yield account
    account.close()


@contextmanager
def served(aws: Mapping[str, str], directory: Path) -> Iterator[str]:
    """Serve the site for this AWS with a new database; yield its address."""
    variables = environment({**aws, DATABASE: str(directory / "db.sqlite3")})
    ends, until = os.pipe()
    said, out = os.pipe()
    _, requests = _sites()
    socket.send_fds(requests, [json.dumps(variables).encode()], [out, ends])
    os.close(ends)
    os.close(out)
    with open(said, encoding="utf-8") as lines, open(until, "wb") as open_end:  # noqa: PTH123
        try:
            address = lines.readline().strip()
            assert address, "the site did not start; its own message is above"
            yield address
        finally:
            open_end.close()
            last = lines.read().strip()
        assert last == ENDED, "the site ended otherwise; its own message is above"


@cache
def _sites() -> tuple[Forked, socket.socket]:
    """Start the process that forks sites; return it, which ends with this one, and its socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = Forked(["tests.browser.serve"], environment({}), (theirs.fileno(), 2, 2))
    atexit.register(process.wait, timeout=30)
    atexit.register(ours.close)  # before it is waited for, as the last that is registered is first
    return process, ours
