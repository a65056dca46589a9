"""Takes the pictures of docs/images/: `make screenshots`.

They show the demo's month on a fixed day, with many more people stuck, so that the same code makes
the same pictures.
"""

import logging
import os
import random
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser.find_chromium import find, is_root

if TYPE_CHECKING:
    from aws_setup.demo.month import Event
    from aws_setup.local.server import LocalAws

NOW = datetime(2026, 3, 16, 10, 30, tzinfo=UTC)
IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDE, TALL, PHONE = (1280, 860), (1280, 1180), (390, 844)
USER = "sally"
STUCK = "/admin/businesses/onboarding/"
FONTS = ("fonts-dejavu-core", "fonts-noto-cjk", "fonts-noto-color-emoji", "fonts-noto-core")
STREETS = ("Abbey", "Bridge", "Chapel", "Dock", "Elm", "Ferry", "Garden", "Hill", "Island", "Kiln")
TRADES = ("Bakery", "Bikes", "Books", "Flowers", "Tiles", "Toys")
STORY_WIDTH, FRAME_MILLISECONDS = 960, 1800


def main() -> int:
    """Take all pictures. Return 1 if the machine lacks what they need."""
    if not _has_fonts():
        sys.stderr.write(
            f"Fonts are missing. On Debian and Ubuntu: apt-get install {' '.join(FONTS)}\n"
        )
        return 1
    IMAGES.mkdir(exist_ok=True)
    with _demo_site() as (address, session), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find(os.environ), chromium_sandbox=not is_root()
        )
        Pictures(browser, address, session).take()
        browser.close()
    return 0


class Pictures:
    """The pages as somebody of Support sees them."""

    def __init__(self, browser: Browser, address: str, session: tuple[str, str]) -> None:
        self._browser = browser
        self._address = address
        self._session = session

    def take(self) -> None:
        """Take every picture, and the moving one of the story last, as it changes the records."""
        with self._page(size=TALL) as page:
            self._of(page, "front-page", "/admin/")
        with self._page() as page:
            self._of(page, "businesses", "/admin/businesses/business/")
            self._of(page, "stuck", STUCK)
            self._of(page, "search", "/admin/businesses/search/?q=zo")
            page.get_by_role("link", name="Zoe's Zero Waste Shop").click()
            page.wait_for_url("**/person/**")
            self._save(page, "person")
        with self._page(size=TALL, dark=True) as page:
            self._of(page, "dark", "/admin/")
        with self._page(size=PHONE) as page:
            self._of(page, "phone", "/admin/")
        with self._page() as page:
            self._tell_story(page)

    def _tell_story(self, page: Page) -> None:
        frames = [self._of(page, "story-1", STUCK)]
        page.get_by_role("link", name="Retry all", exact=False).click()
        page.wait_for_url("**/retry/**")
        frames.append(self._save(page, "story-2"))
        with _held_batch(page):
            page.get_by_role("button", name="Retry", exact=False).first.click()
            page.get_by_text("20 of").wait_for()
            frames.append(self._save(page, "retry-under-way"))
        page.get_by_text("Finished.", exact=False).wait_for()
        frames.append(self._save(page, "retry-done"))
        frames.append(self._of(page, "story-5", STUCK))
        _animate(frames, IMAGES / "story.gif")
        for path in frames:
            if path.stem.startswith("story-"):
                path.unlink()

    def _of(self, page: Page, name: str, path: str) -> Path:
        page.goto(self._address + path, wait_until="networkidle")
        return self._save(page, name)

    def _save(self, page: Page, name: str) -> Path:
        path = IMAGES / f"{name}.png"
        page.screenshot(path=path, animations="disabled")
        return path

    @contextmanager
    def _page(self, size: tuple[int, int] = WIDE, *, dark: bool = False) -> Iterator[Page]:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
        )
        name, value = self._session
        context.add_cookies([{"name": name, "value": value, "url": self._address}])
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        yield page
        context.close()


@contextmanager
def _held_batch(page: Page) -> Iterator[None]:
    """Hold the run's second batch until its picture is taken."""
    batches, held = 0, []

    def hold(route: Route) -> None:
        nonlocal batches
        batches += route.request.method == "POST"
        if batches == 2:
            held.append(route)
        else:
            route.continue_()

    page.route("**/run/**", hold)
    yield
    held[0].continue_()


def _animate(frames: list[Path], path: Path) -> None:
    pictures = []
    for frame in frames:
        with Image.open(frame) as image:
            height = round(image.height * STORY_WIDTH / image.width)
            smaller = image.convert("RGB").resize((STORY_WIDTH, height))
            pictures.append(smaller.quantize(64))
    first, *others = pictures
    first.save(path, save_all=True, append_images=others, duration=FRAME_MILLISECONDS, loop=0)


@contextmanager
def _demo_site() -> Iterator[tuple[str, tuple[str, str]]]:
    """Serve the site after the demo's month, on the fixed day; yield its address and a login."""
    from django.core.management import call_command

    from aws_setup.demo.running import use_only
    from aws_setup.demo.stage import Stage
    from aws_setup.local.server import LocalAws
    from tests.deployment import REGION, deploy

    logging.getLogger("onboarding_site").setLevel(logging.ERROR)
    with LocalAws() as aws:
        use_only(aws.environment(REGION))
        _number_users()
        call_command("migrate", verbosity=0)
        deploy(aws)
        for _ in Stage(aws, aws.client("cognito-idp", REGION), _outputs(aws)).play(_events()):
            pass
        with aws.clock.at(NOW), _served() as address:
            yield address, _login()


def _events() -> "list[Event]":
    from aws_setup.demo.month import SignsUp, month_before
    from aws_setup.demo.people import Cause, Person

    begun = NOW - timedelta(hours=2)
    more = [
        SignsUp(
            begun + timedelta(minutes=number),
            Person(f"{street} Street {trade}", f"{street}.{trade}@example.com".lower()),
            Cause.GROUP_MISSING,
        )
        for number, (street, trade) in enumerate((s, t) for t in TRADES for s in STREETS)
    ]
    return sorted([*month_before(NOW), *more], key=lambda event: event.at)


def _number_users() -> None:
    """Let Cognito give the same `sub`s each time."""
    from ministack.services import cognito

    chance = random.Random(1)
    cognito.new_uuid = lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _outputs(aws: "LocalAws") -> dict[str, str]:
    from tests.deployment import REGION

    [stack] = aws.client("cloudformation", REGION).describe_stacks()["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


@contextmanager
def _served() -> Iterator[str]:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    with ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler) as server:
        server.set_app(StaticFilesHandler(get_wsgi_application()))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _login() -> tuple[str, str]:
    """Make a member of Support who is logged in; return the cookie."""
    from django.conf import settings
    from django.contrib.auth.models import Group, User
    from django.test import Client

    user = User.objects.create_user(USER, is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return name, client.cookies[name].value


def _has_fonts() -> bool:
    """Return whether there are fonts for what the names hold, after installing them if possible."""
    if not _finds_fonts() and is_root() and shutil.which("apt-get"):
        subprocess.run(("apt-get", "update", "-q"), check=False)
        subprocess.run(("apt-get", "install", "-q", "-y", "fontconfig", *FONTS), check=False)
    return _finds_fonts()


def _finds_fonts() -> bool:
    fc_list = shutil.which("fc-list")
    if fc_list is None:
        return False
    found = [
        subprocess.run((fc_list, wanted), capture_output=True, check=False).stdout
        for wanted in (":lang=ja", ":lang=ar", ":charset=2615:color=true")
    ]
    return all(found)


if __name__ == "__main__":
    django.setup()
    sys.exit(main())
