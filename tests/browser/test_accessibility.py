"""Every kind of page in its states: axe finds nothing, in the light, in the dark and on a phone.

One tab walks through all of them, as that is cheapest. Accessible names, contrast, the size of what
can be pressed, and landmarks are axe's to judge; no page may need to be scrolled sideways.
"""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Route, expect

from aws_setup.local.server import LocalAws
from businesses.records.onboarding import DISMISSED, Reason
from tests.browser.conftest import LOOKS, cookies, served, tab
from tests.browser.serve import PASSWORD, SUPERUSER, USER
from tests.browser.site import LIST, STUCK, Site
from tests.businesses.deployed import Deployed
from tests.businesses.site_user import SiteUser
from tests.deployment import deploy
from tests.harness.counts import count

FACTOR, CODE = "/admin/second-factor/", re.compile(r"^[a-z2-7]{4}(-[a-z2-7]{4}){3}$")
PERSON, SEARCH = "/admin/businesses/person/", "/admin/businesses/search/"
STAFF, GROUPS = "/admin/auth/user/", "/admin/auth/group/"
# Django's own pages, and those that have the same parts as another.
STOCK = (
    STAFF,
    *(f"{STAFF}1/{page}/" for page in ("change", "delete", "history", "password")),
    f"{GROUPS}1/change/",
    "/admin/password_change/",
)
MORE_STOCK = (
    "/admin/auth/",
    f"{STAFF}?q=vera",
    f"{STAFF}add/",
    GROUPS,
    f"{GROUPS}add/",
    "/admin/password_change/done/",
)


class People:
    """Whoever is needed for the pages to have something to say."""

    def __init__(self, deployed: Deployed) -> None:
        self.onboarded = deployed.sign_up()
        with deployed.without_group():
            self.without_group = deployed.sign_up()
        self.outdated, self.unconfirmed, self.odd = deployed.stuck(3)
        deployed.confirm(self.outdated)
        deployed.set_attributes(self.outdated, email="another@example.com", email_verified="true")
        [self.dismissed] = deployed.stuck(1, status=DISMISSED)
        deployed.stuck(1, reason=Reason("W" * 256, "W" * 256))
        [self.outside] = deployed.outside(1)


@pytest.fixture
def deployed(local_aws_server: LocalAws) -> Deployed:
    """The real stack."""
    deploy(local_aws_server)
    return Deployed(local_aws_server)


@pytest.fixture
def people(deployed: Deployed) -> People:
    """The people of the stack."""
    return People(deployed)


@pytest.fixture
def site_user(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteUser]:
    """Who the site runs as."""
    site_user = SiteUser(deployed.aws, tmp_path_factory.mktemp("credentials"))
    site_user.attach(deployed.outputs["SitePolicyArn"])
    yield site_user
    site_user.check()


@pytest.fixture
def site(browser: Browser, site_user: SiteUser, tmp_path: Path) -> Iterator[Site]:
    """A tab of a superuser, who sees most, on a site of their own, in which nothing moves."""
    with (
        served(site_user.environment, tmp_path) as address,
        browser.new_context(
            storage_state=cookies(SUPERUSER), **LOOKS["light"], reduced_motion="reduce"
        ) as context,
        tab(context, address) as site,
    ):
        yield site


class Walk:
    """Goes from page to page and has axe look at each: in the light, and each kind in every look.

    Of the pages of one kind, which their bodies' classes tell, only the first is looked at in the
    dark and on a phone too, as later ones have other words and the same styles.
    thorough: whether it looks at all of them so, and opens `to_more` too.
    """

    def __init__(self, site: Site, *, thorough: bool) -> None:
        self.site, self.thorough = site, thorough
        self.kinds = set[str | None]()

    def to(self, *addresses: str, status: int = 200) -> None:
        """Open each of these, and look at it."""
        for address in addresses:
            self.site.open(address, status=status)
            kind = self.site.page.locator("body").get_attribute("class")
            self.look(in_every_look=self.thorough or kind not in self.kinds)
            self.kinds.add(kind)

    def to_more(self, *addresses: str, status: int = 200) -> None:
        """Do so with pages that have other words than those before, and the same parts."""
        if self.thorough:
            self.to(*addresses, status=status)

    def look(self, *, in_every_look: bool = True) -> None:
        """Look at the page as it is now, after something was done on it."""
        self.site.check_accessibility(in_every_look=in_every_look)
        count("states of pages that axe looked at", 1)
        count("of these, looked at in the dark and on a phone too", in_every_look)


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.long)])
def test_axe_finds_nothing_on_any_page(
    site: Site, deployed: Deployed, people: People, tmp_path: Path, thorough: bool
) -> None:
    walk = Walk(site, thorough=thorough)
    walk_the_lists(walk, deployed)
    walk_the_records(walk, deployed, people)
    walk_a_run(walk, deployed)
    walk.to(*STOCK)
    walk.to_more(*MORE_STOCK)
    walk.to("/admin/nowhere/", f"{PERSON}nobody/", status=404)
    walk.to_more(f"{LIST}nobody/change/", status=404)
    walk.to(f"{STUCK}onboard/", status=405)
    walk_the_login(walk)
    walk_the_second_factor(walk)
    (tmp_path / "db.sqlite3").rename(tmp_path / "away")
    walk.to("/admin/", status=503)


def walk_the_lists(walk: Walk, deployed: Deployed) -> None:
    site = walk.site
    walk.to("/admin/")
    for summary in site.page.locator("summary").all():
        summary.click()
    walk.look()
    walk.to("/admin/businesses/", LIST, STUCK)
    expect(site.page.get_by_role("link", name="Filters and search")).to_be_hidden()
    site.page.get_by_role("button", name="Toggle navigation").click()
    walk.look()
    site.page.get_by_role("button", name="Toggle navigation").click()
    site.page.keyboard.press("?")
    walk.look()
    site.page.set_viewport_size({"width": 390, "height": 844})
    site.open(LIST)
    shows = site.page.get_by_role("link", name="Filters and search")
    hides = site.page.get_by_role("link", name="Hide the filters")
    expect(hides).to_be_hidden()
    shows.click()
    expect(site.page.get_by_role("link", name="Past 7 days")).to_be_in_viewport()
    expect(shows).to_be_hidden()
    expect(hides).to_be_visible()
    walk.look()
    site.page.set_viewport_size({"width": 1280, "height": 800})
    walk.to(f"{LIST}?q=nobody", f"{LIST}?created=nonsense", f"{LIST}?membership=out-of-group")
    walk.to(f"{STUCK}?status=dismissed", f"{STUCK}?status=out-of-group")
    walk.to(f"{SEARCH}?q=person", f"{SEARCH}?q=nobody")
    walk.to_more(f"{LIST}?q=a&group=businesses", f"{STUCK}?q=nobody", SEARCH)
    deployed.aws.faults.fail("Query", "AccessDeniedException", times=20)
    walk.to(LIST, status=503)
    walk.to_more(STUCK, status=503)
    deployed.aws.faults.clear()


def walk_the_records(walk: Walk, deployed: Deployed, people: People) -> None:
    for sub in (people.onboarded, people.outside):
        walk.to(f"{LIST}{sub}/change/", f"{PERSON}{sub}/")
    for sub in (people.without_group, people.outdated):
        walk.to(f"{STUCK}{sub}/change/", f"{PERSON}{sub}/")
    for sub in (people.unconfirmed, people.dismissed):
        walk.to(f"{STUCK}{sub}/change/")
        walk.to_more(f"{PERSON}{sub}/")
    deployed.cognito.admin_delete_user(UserPoolId=deployed.pool, Username=people.unconfirmed)
    walk.to(f"{PERSON}{people.unconfirmed}/")
    walk.to_more(f"{STUCK}{people.unconfirmed}/change/")
    for operation in ("ListUsers", "AdminGetUser", "AdminListGroupsForUser"):
        deployed.aws.faults.lose_connection(operation, times=20)
    walk.to(f"{PERSON}{people.outdated}/")
    walk.to_more(f"{STUCK}{people.outdated}/change/")
    deployed.aws.faults.clear()
    walk.to(f"{STUCK}dismiss/?sub={people.outdated}", f"{STUCK}reopen/?status=dismissed&all=1")


def walk_a_run(walk: Walk, deployed: Deployed) -> None:
    site = walk.site
    held: list[Route] = []
    deployed.aws.faults.fail(
        "AdminAddUserToGroup", "ResourceNotFoundException", message="Group not found.", times=1
    )
    walk.to(f"{STUCK}retry/?all=1")

    def hold_the_first(route: Route) -> None:
        if held or route.request.method != "POST":
            route.fallback()
        else:
            held.append(route)

    site.page.route(re.compile(r"/run/[^/]+/$"), hold_the_first)
    site.follow(site.page.get_by_role("button", name=re.compile(r"^Retry \d+ now$")))
    expect(site.page.get_by_role("button", name="Stop")).to_be_visible()
    walk.look()
    held[0].continue_()
    expect(site.page.locator("#run-status")).to_contain_text("Finished.")
    site.page.locator("summary", has_text="done").click()
    walk.look()
    walk.to("/admin/businesses/historyentry/")
    walk.to_more(f"{STUCK}?status=completed", "/admin/")
    site.open(f"{STUCK}?status=completed")
    site.follow(site.page.locator("#result_list tbody th a").first)
    site.follow(site.page.get_by_role("link", name="History"))
    walk.look()


def walk_the_login(walk: Walk) -> None:
    site = walk.site
    site.open("/admin/")
    site.follow(site.page.get_by_role("button", name="Log out"))
    walk.look()
    walk.to("/admin/login/")
    site.page.get_by_label("Username").fill(USER)
    site.page.get_by_label("Password").fill("wrong")
    site.follow(site.page.get_by_role("button", name="Log in"))
    walk.look()
    site.page.get_by_label("Username").fill(USER)
    site.page.get_by_label("Password").fill(PASSWORD)
    site.follow(site.page.get_by_role("button", name="Log in"))
    walk.to(STUCK)
    walk.to(f"{STUCK}retry/?all=1", status=403)


def walk_the_second_factor(walk: Walk) -> None:
    """Turn the second factor on, and meet it at the next login; with the keyboard's Enter alone."""
    site = walk.site
    walk.to(FACTOR)
    key = site.page.locator("code.key").inner_text().replace(" ", "")
    app = TOTP(base64.b32decode(key))
    field = site.page.get_by_label("Code")
    expect(field).to_be_focused()
    field.fill(f"{app.token():06}")
    site.leave_by(lambda: field.press("Enter"))
    expect(site.page.get_by_role("listitem").filter(has_text=CODE)).to_have_count(10)
    walk.look()
    code = site.page.get_by_role("listitem").filter(has_text=CODE).first.inner_text()
    walk.to(FACTOR)
    site.follow(site.page.get_by_role("button", name="Log out"))
    site.log_in(USER)
    walk.look()
    field.fill("000000")
    site.leave_by(lambda: field.press("Enter"))
    walk.look()
    field.fill(code)
    site.leave_by(lambda: field.press("Enter"))
    expect(site.page.get_by_role("heading", name="Onboarding", exact=True)).to_be_visible()
