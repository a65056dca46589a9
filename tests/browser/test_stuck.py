"""The stuck onboardings in a browser: the whole story, and what happens when it is interrupted."""

import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, StorageState, expect

from aws_setup.local.server import LocalAws
from tests.browser.conftest import LOOKS, served, tab
from tests.browser.serve import COLLEAGUE, SUPPORTER
from tests.browser.site import LIST, STUCK, Site
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.odd_records import SO_MANY, every_tenth_odd, stuck_item
from tests.businesses.site_user import SiteUser
from tests.counts import count
from tests.deployment import deploy

RETRY = "Retry selected onboardings"
BATCHES = re.compile(r"/retry/")


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
def site_user(
    deployed_stack: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteUser]:
    """Who the site runs as: it has the real stack's policy, and must not need more."""
    site_user = SiteUser(deployed_stack, tmp_path_factory.mktemp("credentials"))
    site_user.attach(Deployed(deployed_stack).outputs["SitePolicyArn"])
    yield site_user
    site_user.check()


@pytest.fixture(scope="module")
def address(site_user: SiteUser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a freshly started site over the real stack."""
    with served(site_user.environment, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="module")
def logged_in(browser: Browser, address: str) -> StorageState:
    """The cookies of Sally, who may retry."""
    with browser.new_context() as context, tab(context, address) as site:
        site.log_in(SUPPORTER)
        return context.storage_state()


@pytest.fixture(scope="module")
def daylight(browser: Browser, logged_in: StorageState) -> Iterator[BrowserContext]:
    """The window of Sally, in one look."""
    with browser.new_context(storage_state=logged_in, **LOOKS["light"]) as context:
        yield context


@pytest.fixture
def desk(daylight: BrowserContext, address: str) -> Iterator[Site]:
    """A new tab of Sally's."""
    with tab(daylight, address) as site:
        yield site


def act(site: Site, action: str) -> None:
    """Select all rows of the list and run an action on them."""
    site.page.locator("#action-toggle").check()
    site.page.get_by_label("Action:").select_option(label=action)
    site.follow(site.page.locator("button[name=index]"))


def press(site: Site, name: str) -> None:
    site.page.get_by_role("button", name=name, exact=True).click()


def test_123_people_are_put_back_in_their_group(desk: Site, deployed: Deployed) -> None:
    subs = deployed.outside(123)
    desk.open(LIST)
    desk.follow(desk.page.get_by_role("link", name="Not in its group"))
    desk.follow(desk.page.get_by_role("link", name="Put all back in their group"))
    press(desk, "Put 123 back now")
    expect(desk.page.locator("#retry-status")).to_contain_text("123 of 123")
    expect(desk.page.locator("#retry-status")).to_contain_text("Done.")
    assert {tuple(deployed.groups(sub)) for sub in subs} == {(GROUP,)}
    desk.open(f"{LIST}?membership=out-of-group")
    expect(desk.page.get_by_text("Nobody on this page is recorded")).to_be_visible()


def test_a_stuck_person_is_found_from_the_businesses_and_their_page_proves_who_mended_it(
    desk: Site, deployed: Deployed
) -> None:
    with deployed.without_group():
        sub = deployed.sign_up()
    name = deployed.record(sub).name
    desk.open(LIST)
    desk.page.keyboard.press("/")
    expect(desk.page.locator("#site-search")).to_be_focused()
    desk.page.keyboard.type(name.upper())
    desk.press_enter()
    assert desk.heading == name
    steps = desk.page.locator(".stepper li")
    expect(steps).to_contain_text(["Done", "Missing", "Missing"])
    desk.follow(desk.page.get_by_role("button", name="Retry", exact=True))
    expect(steps).to_contain_text(["Done", "Done", "Done"])
    expect(desk.page.locator(".timeline li").first).to_contain_text("Retry completed by sally")
    desk.follow(desk.page.locator(".timeline").get_by_role("link", name=name))
    expect(desk.page.locator("#content")).to_contain_text("A retry by sally wrote this business")
    desk.follow(desk.page.get_by_role("link", name="Person", exact=True))
    assert desk.heading == name


@contextmanager
def batches_held(site: Site, *, after: int = 0) -> Iterator[None]:
    """Keep batches back in the browser until the end of the block, after so many that pass."""
    held: list[Route] = []
    passed, is_over = itertools.count(), threading.Event()

    def hold(route: Route) -> None:
        if is_over.is_set() or route.request.method != "POST" or next(passed) < after:
            route.fallback()
        else:
            held.append(route)

    site.page.route(BATCHES, hold)
    yield
    is_over.set()
    for route in held:
        route.continue_()


def status(site: Site, words: str) -> None:
    """Wait until the progress says so; if it does not, tell what the rows say instead."""
    try:
        expect(site.page.locator("#retry-status")).to_have_text(words)
    except AssertionError as error:
        error.add_note("\n".join(site.page.locator("td.result.warning").all_inner_texts()))
        raise


def test_the_group_goes_three_sign_up_the_group_comes_back_and_staff_settle_it(
    deployed: Deployed, desk: Site
) -> None:
    with deployed.without_group():
        subs = [deployed.sign_up() for _ in range(3)]
    people = [deployed.record(sub).email for sub in subs]

    desk.open(STUCK)
    assert sorted(desk.names()) == sorted(people)
    reasons = desk.page.locator("#result_list td.field-reason").all_inner_texts()
    assert reasons == ["The group is missing\nResourceNotFoundException"] * 3

    act(desk, RETRY)
    to_do = desk.page.get_by_role("cell", name="The user joins the group businesses, and the")
    expect(to_do).to_have_count(3)
    bar = desk.page.get_by_role("progressbar", name="Retried")
    expect(bar).to_be_hidden()
    press(desk, "Retry 3 now")
    status(desk, "3 of 3 · 3 completed · Done.")
    expect(bar).to_have_js_property("position", 1)
    expect(desk.page.locator("td.result.fine")).to_have_count(3)

    desk.open(LIST)
    names = [deployed.record(sub).name for sub in subs]
    assert sorted(desk.names()[:3]) == sorted(names)
    desk.open(f"{STUCK}?status=completed")
    assert sorted(desk.names()) == sorted(people)
    attempts = desk.page.locator("#result_list td.field-attempt_count").all_inner_texts()
    assert attempts == ["2", "2", "2"]
    desk.follow(desk.page.get_by_role("link", name=people[0]))
    desk.follow(desk.page.get_by_role("link", name="History"))
    content = desk.page.locator("#content")
    expect(content).to_contain_text("sally")
    expect(content).to_contain_text("Retry completed. The business exists.")


def test_a_cancel_stops_after_the_batch_and_what_is_left_can_go_on_or_be_reopened(
    deployed: Deployed, desk: Site
) -> None:
    subs = deployed.stuck(45)
    desk.open(STUCK)
    act(desk, RETRY)
    with batches_held(desk):
        press(desk, "Retry 45 now")
        press(desk, "Cancel")
    status(desk, "20 of 45 · 20 completed · Stopped. Rows without a result are unchanged.")
    bar = desk.page.get_by_role("progressbar", name="Retried")
    expect(bar).to_have_js_property("position", 20 / 45)
    assert deployed.businesses(subs) == 20

    desk.page.reload()
    expect(desk.page.locator("#content")).to_contain_text("25 stuck onboardings.")
    with batches_held(desk):
        press(desk, "Retry 25 now")
        press(desk, "Cancel")
    status(desk, "20 of 25 · 20 completed · Stopped. Rows without a result are unchanged.")
    press(desk, "Continue")
    status(desk, "25 of 25 · 25 completed · Done.")
    assert deployed.businesses(subs) == 45


def test_who_leaves_in_the_middle_loses_nothing_and_finds_what_is_left(
    deployed: Deployed, desk: Site
) -> None:
    subs = deployed.stuck(45)
    desk.open(STUCK)
    act(desk, RETRY)
    retry = desk.page.url.removeprefix(desk.address)
    with batches_held(desk, after=2):  # or the third might be done before they leave
        press(desk, "Retry 45 now")
        expect(desk.page.locator("#retry-status")).to_contain_text("20 of 45")
        desk.open(LIST)  # while the second batch is under way
    desk.open(retry)
    again = desk.page.get_by_role("button", name=re.compile(r"^Retry \d+ now$"))
    count = int(re.sub(r"\D", "", again.inner_text()))
    assert 5 <= count <= 25
    again.click()
    expect(desk.page.locator("#retry-status")).to_contain_text(f"{count} of {count}")
    expect(desk.page.locator("#retry-status")).to_contain_text("Done.")
    assert deployed.businesses(subs) == 45
    assert {deployed.record(sub).status for sub in subs} == {"COMPLETED"}


def test_two_who_retry_the_same_rows_at_once_both_leave_their_history(
    deployed: Deployed, desk: Site, browser: Browser, address: str
) -> None:
    subs = deployed.stuck(20)
    with browser.new_context() as context, tab(context, address) as other:
        other.log_in(COLLEAGUE)
        for site in (desk, other):
            site.open(STUCK)
            act(site, RETRY)
        for site in (desk, other):
            press(site, "Retry 20 now")
        for site in (desk, other):
            expect(site.page.locator("#retry-status")).to_contain_text("20 of 20 · ")
            expect(site.page.locator("#retry-status")).to_contain_text("Done.")
            expect(site.page.locator("td.result.warning")).to_have_count(0)
    assert deployed.businesses(subs) == 20
    for sub in subs:
        attempts = deployed.record(sub).attempts
        by = [attempt.by for attempt in attempts]
        assert by[0] == "trigger"
        assert len(by) == len(set(by)) >= 2
        assert set(by) <= {"trigger", SUPPORTER, COLLEAGUE}
    desk.open(f"{STUCK}{subs[0]}/history/")
    told = desk.page.locator("#change-history tbody tr").all_inner_texts()
    assert len(told) == 4
    for name in (SUPPORTER, COLLEAGUE):
        assert sum(name in line for line in told) == 2


def test_a_position_that_is_refused_is_not_called_done(deployed: Deployed, desk: Site) -> None:
    [sub] = deployed.stuck(1)
    desk.open(f"{STUCK}retry/?all=1")
    desk.page.route(
        re.compile(r"/retry/\?all=1"), lambda route: route.continue_(post_data="position=nonsense")
    )
    press(desk, "Retry 1 now")
    expect(desk.page.get_by_role("alert")).to_contain_text("That position is not valid.")
    expect(desk.page.locator("#retry-status")).to_contain_text("Stopped.")
    expect(desk.page.locator("#retry-status")).not_to_contain_text("Done.")
    assert deployed.record(sub).status == "FAILED"


def test_all_that_match_are_retried_with_a_row_for_each(deployed: Deployed, desk: Site) -> None:
    fine, refused = deployed.stuck(21), deployed.stuck(1, group_name="strangers")
    desk.open(STUCK)
    desk.follow(desk.page.get_by_role("link", name="Retry all"))
    press(desk, "Retry 22 now")
    status(desk, "22 of 22 · 1 failed, 21 completed · Done.")
    expect(desk.page.locator("td.result.fine")).to_have_count(21)
    expect(desk.page.locator("td.result.warning")).to_contain_text("failed. GroupNotAllowed")
    assert deployed.businesses(fine) == 21
    assert deployed.businesses(refused) == 0


@pytest.mark.parametrize("number", [30, pytest.param(SO_MANY, marks=pytest.mark.long)])
def test_the_odd_ones_are_named_and_all_others_are_done(
    deployed: Deployed, desk: Site, number: int
) -> None:
    fine, odd = every_tenth_odd(deployed, number)
    desk.open(STUCK)
    desk.follow(desk.page.get_by_role("link", name="Retry all"))
    press(desk, f"Retry {number:,} now")
    done = desk.page.locator("#retry-status")
    expect(done).to_contain_text("Done.", timeout=1000 * (30 + number))
    assert done.inner_text().startswith(f"{number:,} of {number:,} · ")
    assert f"{len(fine):,} completed" in done.inner_text()
    assert f"{len(odd):,} not retried" in done.inner_text()
    named = desk.page.locator("tr[data-sub]").filter(has=desk.page.locator("td.result.warning"))
    assert {row.get_attribute("data-sub") for row in named.all()} == odd.keys()
    reasons = named.locator("td.result").all_inner_texts()
    assert all(reason.endswith("The mutation was not called.") for reason in reasons)
    assert deployed.businesses(fine) == len(fine)
    assert deployed.businesses(list(odd)) == 0
    count("odd records among those that the page retried", len(odd))


def test_the_bar_grows_where_there_were_more_than_could_be_counted(
    deployed: Deployed, desk: Site
) -> None:
    deployed.stuck(41)

    def count_five(route: Route) -> None:
        response = route.fetch()
        page = response.text().replace('data-total="41"', 'data-total="5" data-more')
        route.fulfill(response=response, body=page)

    desk.page.route(re.compile(r"/retry/\?all=1"), count_five, times=1)
    desk.open(f"{STUCK}retry/?all=1")
    with batches_held(desk):
        press(desk, "Retry 41 now")
        press(desk, "Cancel")
    status(desk, "20 so far · 20 completed · Stopped. Rows without a result are unchanged.")
    bar = desk.page.get_by_role("progressbar", name="Retried")
    expect(bar).to_have_js_property("position", 0.5)
    press(desk, "Continue")
    status(desk, "41 in all · 41 completed · Done.")
    expect(bar).to_have_js_property("position", 1)


def test_wrong_credentials_stop_it_with_a_message_and_it_goes_on_once_they_are_mended(
    deployed: Deployed, desk: Site
) -> None:
    deployed.stuck(2)
    deployed.aws.faults.fail("GraphQL", "UnrecognizedClientException", status=401, times=2)
    desk.open(STUCK)
    act(desk, RETRY)
    press(desk, "Retry 2 now")
    expect(desk.page.get_by_role("alert")).to_contain_text("refused the site's credentials")
    deployed.aws.faults.clear()
    press(desk, "Continue")
    status(desk, "2 of 2 · 2 completed · Done.")
    expect(desk.page.get_by_role("alert")).to_be_empty()


def test_who_was_logged_out_meanwhile_is_told(
    deployed: Deployed, browser: Browser, logged_in: StorageState, address: str
) -> None:
    [sub] = deployed.stuck(1)
    with browser.new_context() as context, tab(context, address) as site:
        site.log_in(SUPPORTER)
        site.open(f"{STUCK}retry/?sub={sub}")
        context.clear_cookies(name="sessionid")
        press(site, "Retry 1 now")
        expect(site.page.get_by_role("alert")).to_contain_text("You are no longer logged in.")
    assert deployed.business(sub) is None


def test_without_scripts_the_same_form_does_it(
    deployed: Deployed, browser: Browser, logged_in: StorageState, address: str
) -> None:
    subs = deployed.stuck(2)
    with (
        browser.new_context(storage_state=logged_in, java_script_enabled=False) as context,
        tab(context, address) as site,
    ):
        site.open(f"{STUCK}retry/?sub={subs[0]}&sub={subs[1]}")
        site.follow(site.page.get_by_role("button", name="Retry 2 now"))
        expect(site.page.locator("#content")).to_contain_text("2 rows tried.")
        expect(site.page.locator("td.result.fine")).to_have_count(2)
    assert deployed.businesses(subs) == 2


def test_a_record_is_dismissed_and_reopened(deployed: Deployed, desk: Site) -> None:
    [sub] = deployed.stuck(1)
    desk.open(f"{STUCK}{sub}/change/")
    desk.follow(desk.page.get_by_role("link", name="Dismiss"))
    desk.page.get_by_label("Reason").fill("A test account")
    desk.follow(desk.page.get_by_role("button", name="Dismiss 1"))
    assert desk.field("Status") == "DISMISSED"
    expect(desk.page.locator(".field-dismissal")).to_contain_text("by sally: A test account")
    desk.follow(desk.page.get_by_role("button", name="Reopen"))
    assert desk.field("Status") == "FAILED"


def test_somebody_without_a_record_is_looked_up_and_onboarded(
    deployed: Deployed, desk: Site
) -> None:
    [sub] = deployed.stuck(1)
    deployed.cognito.admin_set_user_password(
        UserPoolId=deployed.pool, Username=sub, Password="Correct-Horse-1979", Permanent=True
    )
    deployed.forget_onboardings()
    desk.open(STUCK)
    desk.search(sub)
    desk.follow(desk.page.get_by_role("button", name="Onboard now"))
    assert desk.field("Status") == "COMPLETED"
    assert deployed.business(sub) is not None


def test_an_odd_row_leads_to_its_own_page(deployed: Deployed, desk: Site) -> None:
    odd = stuck_item(
        1,
        sub={"S": "a/b_2F\"'%0A <b>\n?#&é"},
        name={"S": "The odd one"},
        email={"M": {"a\nb": {"N": "1E125"}}},
        reason={"B": b"\x00"},
    )
    deployed.dynamodb.put_item(TableName=deployed.table.name, Item=odd)
    desk.open(STUCK)
    desk.follow(desk.page.locator("#result_list tbody th a"))
    expect(desk.page.locator("#content")).to_contain_text("email is a map instead of text.")
    expect(desk.page.locator("#content")).to_contain_text("reason is binary instead of a map.")
    desk.check_width()
    desk.check_contrast()
    desk.follow(desk.page.locator(".object-tools").get_by_role("link", name="History"))
    desk.check_width()


def test_every_page_fits_and_can_be_read(deployed: Deployed, site: Site) -> None:
    [sub] = deployed.stuck(1)
    [dismissed] = deployed.stuck(1, status="DISMISSED")
    retry = f"{STUCK}retry/?sub={sub}&sub=nobody"
    deployed.set_attributes(sub, email="a.rather.long.address.that@somewhere.example.com")
    details = (f"{STUCK}{each}/change/" for each in (sub, dismissed))
    for page in (STUCK, *details, retry, f"{STUCK}dismiss/?sub={sub}", f"{STUCK}?q=nobody"):
        site.open(page)
        site.check_contrast()
    site.open(retry)
    press(site, "Retry 1 now")
    expect(site.page.locator("#retry-status")).to_contain_text("Done.")
    site.check_width()
    site.check_contrast()


def test_the_keyboard_alone_retries(deployed: Deployed, desk: Site) -> None:
    [sub] = deployed.stuck(1)
    desk.open(f"{STUCK}{sub}/change/")
    desk.tab_to(desk.page.get_by_role("link", name="Retry", exact=True))
    desk.press_enter()
    desk.tab_to(desk.page.get_by_role("button", name="Retry 1 now"))
    desk.page.keyboard.press("Enter")
    status(desk, "1 of 1 · 1 completed · Done.")
    assert deployed.business(sub) is not None


def test_an_enter_that_repeats_itself_does_not_cancel(deployed: Deployed, desk: Site) -> None:
    deployed.stuck(21)
    desk.open(f"{STUCK}retry/?all=1")
    desk.tab_to(desk.page.get_by_role("button", name="Retry 21 now"))
    with batches_held(desk):
        for _ in range(3):
            desk.page.keyboard.press("Enter")
        desk.tab_to(desk.page.get_by_role("button", name="Cancel"), at_most=1)
    status(desk, "21 of 21 · 21 completed · Done.")
