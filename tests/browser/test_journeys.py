"""What support does all day, with nothing but what is on the pages.

Nobody types an address here: each journey opens the front page, as after the login, goes on by
links, boxes, buttons and keys, and asserts what a person would read.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import StorageState, expect

from aws_setup.local.server import LocalAws
from businesses.records.onboarding import COMPLETED
from tests.browser.site import Site
from tests.businesses.deployed import GROUP, Deployed

ZOE, OLIVE = "Zoe's Flowers", "Olive & Oak"
OUTSIDE = 23  # more than a batch
TUESDAY_ONLY = ["Tried since", "Never tried again"]


@dataclass(frozen=True, slots=True)
class People:
    """Whom the journeys are about. zoe, owner: subs. outside: of those who are not in the group."""

    zoe: str
    owner: str
    outside: list[str]


def last_tuesday() -> date:
    today = timezone.localdate()
    return today - timedelta(days=(today.weekday() - 1) % 7 or 7)


def write_the_week(deployed: Deployed) -> None:
    """Write who got stuck around last Tuesday; one of each day was tried again on Wednesday."""
    days = [last_tuesday() + timedelta(days=number) for number in (-1, 0, 1)]
    for day in days:
        failed_at = f"{day}T09:30:00.000Z"
        for name, tried in zip(TUESDAY_ONLY, (days[-1], day), strict=True):
            given = name if day == days[1] else f"{day:%A}: {name}"
            at = f"{tried}T10:30:00.000Z"
            deployed.stuck(1, name=given, first_failed_at=failed_at, updated_at=at)


@pytest.fixture(scope="module")
def people(deployed_stack: LocalAws) -> People:
    """Everybody, before anybody opens the front page, whose numbers may be minutes old."""
    deployed = Deployed(deployed_stack)
    with deployed.without_group():
        zoe = deployed.sign_up(name=ZOE)
    write_the_week(deployed)
    [owner] = deployed.stuck(1, status=COMPLETED, name=OLIVE)
    deployed.write_business(owner, name=OLIVE)
    return People(zoe, owner, deployed.outside(OUTSIDE))


@pytest.fixture(scope="module")
def supporter(people: People, supporter: StorageState) -> StorageState:
    """The cookies of Sally, who logged in when all this had happened."""
    return supporter


@pytest.fixture
def front_page(desk: Site) -> Site:
    """The front page, in a new tab of Sally's."""
    desk.open("/admin/")
    return desk


def search(site: Site, term: str) -> None:
    """Search from wherever one is, with the key that leads to the box."""
    site.page.keyboard.press("/")
    site.page.keyboard.type(term)
    site.press_enter()


def test_why_zoe_is_stuck_then_she_is_mended_and_it_is_proved_who_did_it(
    front_page: Site, people: People, deployed_stack: LocalAws
) -> None:
    page, content = front_page.page, front_page.page.locator("#content")
    search(front_page, "zoe")
    assert front_page.heading == ZOE
    steps = page.locator(".stepper li")
    expect(steps).to_contain_text(["Done", "Missing", "Missing"])
    expect(page.locator(".why")).to_contain_text("The group is missing. The group that people join")
    front_page.follow(page.get_by_role("link", name="Open the onboarding record"))
    expect(content).to_contain_text("The group is missing")
    front_page.follow(page.get_by_role("link", name="Person", exact=True))

    front_page.follow(page.get_by_role("button", name="Retry", exact=True))
    expect(page.locator(".messagelist")).to_contain_text("The business exists.")
    expect(steps).to_contain_text(["Done", "Done", "Done"])
    assert Deployed(deployed_stack).groups(people.zoe) == [GROUP]

    expect(page.locator(".timeline li").first).to_contain_text("Retry completed by sally")
    front_page.follow(page.locator(".timeline").get_by_role("link", name=ZOE))
    expect(content).to_contain_text("A retry by sally wrote this business")
    front_page.follow(page.get_by_role("link", name="Person", exact=True))
    assert front_page.heading == ZOE
    front_page.follow(page.get_by_role("link", name="Open the onboarding record"))
    front_page.follow(page.get_by_role("link", name="History"))
    expect(content).to_contain_text("sally")
    expect(content).to_contain_text("Retry completed. The business exists.")
    front_page.follow(page.get_by_role("link", name="Home").first)
    actions = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=ZOE))
    expect(actions.first).to_contain_text("onboarded now")


def test_all_that_failed_on_tuesday_are_exported(front_page: Site) -> None:
    page, tuesday = front_page.page, last_tuesday().isoformat()
    front_page.follow(page.get_by_role("link", name="Stuck now"))
    days = page.get_by_role("form", name="Days of the first failure")
    days.get_by_label("From").fill(tuesday)
    days.get_by_label("To").fill(tuesday)
    front_page.follow(days.get_by_role("button", name="Show these days"))
    rows = page.locator("#result_list td.field-listed_name .typed")
    expect(rows).to_have_text(TUESDAY_ONLY)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [line["Name"] for line in lines] == TUESDAY_ONLY
    assert {line["First failed (UTC)"][:10] for line in lines} == {tuesday}
    assert {line["Reason"] for line in lines} == {"AWS had too much to do"}
    front_page.follow(page.get_by_role("link", name="Home").first)
    expect(page.locator("#recent-actions-module")).to_contain_text("Exported 2 onboardings")


def test_the_business_of_an_owners_sub(front_page: Site, people: People) -> None:
    page = front_page.page
    search(front_page, people.owner)
    assert front_page.heading == OLIVE
    businesses = page.get_by_role("region", name="Businesses")
    front_page.follow(businesses.get_by_role("link", name=OLIVE))
    assert front_page.heading == OLIVE
    front_page.page.get_by_text("Identifiers").click()
    assert people.owner in front_page.field("Owner")


def test_all_who_are_outside_are_put_back_in_their_group(
    front_page: Site, people: People, deployed_stack: LocalAws
) -> None:
    page = front_page.page
    number = page.get_by_role("link", name="Not in their group")
    expect(number).to_contain_text(f"{OUTSIDE}")
    front_page.follow(number)
    assert front_page.heading == "Not in their group"
    front_page.follow(page.get_by_role("link", name="Put all back in their group"))
    page.get_by_role("button", name=f"Put {OUTSIDE} back now").click()
    status = page.locator("#run-status")
    expect(status).to_contain_text(f"{OUTSIDE} of {OUTSIDE} · {OUTSIDE} done · Finished.")
    deployed = Deployed(deployed_stack)
    assert {tuple(deployed.groups(sub)) for sub in people.outside} == {(GROUP,)}
    front_page.follow(page.get_by_role("link", name="Home").first)
    expect(number).to_contain_text("0")
    expect(page.locator("#recent-actions-module")).to_contain_text(f"and {OUTSIDE - 1} others")
    front_page.follow(number)
    expect(page.locator("#content")).to_contain_text("Nobody is recorded as not in their group.")


def test_a_stuck_person_is_found_from_the_page_of_the_businesses(front_page: Site) -> None:
    page, name = front_page.page, TUESDAY_ONLY[1]
    front_page.follow(page.locator("#site-tabs").get_by_role("link", name="Businesses"))
    box = page.locator("#changelist-search").get_by_role("textbox")
    box.fill(name)
    front_page.leave_by(lambda: box.press("Enter"))
    expect(page.locator("#content")).to_contain_text("No business was found.")
    front_page.follow(page.get_by_role("link", name=f"Search everywhere for “{name}”"))
    found = page.locator(".found-name")
    front_page.follow(found.get_by_text(name, exact=True))
    assert front_page.heading == name
    expect(page.get_by_role("region", name="Onboarding")).to_contain_text("Retry")
