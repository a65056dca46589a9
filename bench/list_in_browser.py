"""When the rows of the list are visible in Chromium, however slow Cognito is: `make bench`.

Each page is loaded with nothing known about its owners, while Cognito takes 25 ms for a call, takes
2 s, or does not answer; and "warm", with the groups that the page before has read. Measured is the
time from the navigation to the frame that shows the last of fifty rows, by the browser's clock. The
site serves in threads of this process, the records are in dynalite, and Cognito is a stub.

Exits with 1 if the median is above 1.1 times that of the warm pages.
"""

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from statistics import median
from typing import TYPE_CHECKING

from bench.admin_list import LIST, PAGE, rest_of_aws, set_up_django
from bench.store import serve_tables

if TYPE_CHECKING:
    from django.core.cache import BaseCache
    from playwright.sync_api import BrowserContext

SIZE = 1_000
COGNITO = {"25 ms": 0.025, "2 s": 2.0, "silent": 3600.0}
ROUNDS = 15  # each through all cases, so that other load on the machine affects all of them
MOST = 1.1
# When the frame is drawn that shows as many rows as a page has. It fails on a page that has fewer.
WHEN_VISIBLE = f"""
window.visible = new Promise((resolve, reject) => {{
    const look = () => {{
        const rows = document.querySelectorAll("#result_list tbody tr").length;
        if (rows >= {PAGE}) return void requestAnimationFrame(() => resolve(performance.now()));
        if (document.readyState !== "complete") return void requestAnimationFrame(look);
        reject(new Error(`${{document.title}}: ${{rows}} rows`));
    }};
    look();
}});
"""


def main() -> int:
    """Print the ratios; return 1 if Cognito delays the rows."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_tables((SIZE,)) as dynamodb,
        rest_of_aws() as (rest, take),
    ):
        set_up_django(dynamodb, rest, f"sqlite:///{folder}/db.sqlite3")
        with _served() as (address, session), _chromium(address, session) as browser:
            times = _measure(browser, address + LIST, take)
    warm = median(times["warm"])
    print(f"Medians of {ROUNDS}, {os.cpu_count()} cores: warm {warm:.0f} ms")
    ratios = {name: median(times[name]) / warm for name in COGNITO}
    for name, ratio in ratios.items():
        print(f"Cognito {name}: {median(times[name]):.0f} ms, {ratio:.2f} times the warm time")
    return int(any(ratio > MOST for ratio in ratios.values()))


@contextlib.contextmanager
def _served() -> Iterator[tuple[str, str]]:
    """Serve the site; yield its address and the key of a superuser's session."""
    from django.contrib.auth.models import User
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.test import Client, override_settings

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    client = Client()
    client.force_login(User.objects.get(username="bench"))
    override_settings(BACKEND_STACK_NAME=f"bench-{SIZE}", SESSION_COOKIE_SECURE=False).enable()
    with ThreadedWSGIServer(("127.0.0.1", 0), Quiet) as server:
        server.set_app(StaticFilesHandler(get_wsgi_application()))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", client.cookies["sessionid"].value
        server.shutdown()


@contextlib.contextmanager
def _chromium(address: str, session: str) -> "Iterator[BrowserContext]":
    from playwright.sync_api import sync_playwright

    from tests.browser.find_chromium import find, is_root

    flags = ["--no-sandbox"] if is_root() else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(os.environ), args=flags)
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        context.add_init_script(WHEN_VISIBLE)
        yield context
        browser.close()


def _measure(
    browser: "BrowserContext", address: str, take: Callable[[float], None]
) -> dict[str, list[float]]:
    from django.core.cache import cache

    times: dict[str, list[float]] = {name: [] for name in ("warm", *COGNITO)}
    page = browser.new_page()
    for number in range(ROUNDS + 1):
        for name, seconds in COGNITO.items():
            take(seconds)
            _forget(cache)
            page.goto(address, wait_until="commit")
            _note(times[name], page.evaluate("window.visible"), number)
            # So that what one page still asks for does not slow down the next one.
            page.locator("[data-late]").first.wait_for(state="detached")
            if seconds < 1:
                page.goto(address, wait_until="commit")
                _note(times["warm"], page.evaluate("window.visible"), number)
        print(f"\rMeasuring, round {number} of {ROUNDS}", end="", flush=True)
    print()
    return times


def _note(times: list[float], visible: float, number: int) -> None:
    if number:  # the first round starts clients and caches
        times.append(visible)


def _forget(cache: "BaseCache") -> None:
    """Forget the groups, but not the size of the table, which DynamoDB tells."""
    count = cache.get("businesses:count")
    cache.clear()
    cache.set("businesses:count", count)


if __name__ == "__main__":
    sys.exit(main())
