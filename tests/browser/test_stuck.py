"""The stuck onboardings in a browser: the whole story, and what happens when it is interrupted."""

import itertools
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, StorageState, expect

from tests.browser.conftest import cookies, tab
from tests.browser.serve import COLLEAGUE, PASSWORD, SUPPORTER
from tests.browser.site import LIST, STUCK, Site
from tests.businesses.deployed import Deployed
from tests.businesses.odd_records import SO_MANY, every_tenth_odd, stuck_item
from tests.harness.counts import count

RETRY = "Retry selected onboardings"
BATCHES = re.compile(r"/run/")


@pytest.fixture(scope="module")
def address(stack_address: str) -> str:
    """The address of a site over the real stack, also for the tests of every look."""
    return stack_address


@pytest.fixture(scope="module")
def logged_in(supporter: StorageState) -> StorageState:
    """The cookies of Sally, who may retry."""
    return supporter


def act(site: Site, action: str) -> None:
    """Select all rows of the list and run an action on them."""
    site.page.locator("#action-toggle").check()
    site.page.get_by_label("Action:").select_option(label=action)
    site.follow(site.page.locator("button[name=index]"))


def press(site: Site, name: str) -> None:
    site.page.get_by_role("button", name=name, exact=True).click()


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
        expect(site.page.locator("#run-status")).to_have_text(words)
    except AssertionError as error:
        error.add_note("\n".join(site.page.locator("#run-others td.result").all_inner_texts()))
        raise


def test_the_group_goes_three_sign_up_the_group_comes_back_and_staff_settle_it(
    deployed: Deployed, desk: Site
) -> None:
    with deployed.without_group():
        subs = [deployed.sign_up() for _ in range(3)]
    people = [deployed.record(sub).email for sub in subs]

    desk.open(STUCK)
    assert sorted(desk.names()) == sorted(people)
    # One of them on the row.
    row = desk.row(people[0])
    row.get_by_role("button", name="Retry").click()
    expect(row.get_by_role("status")).to_contain_text("The business exists. Open the business")
    expect(row.locator(".state")).to_contain_text("completed")

    desk.open(STUCK)
    act(desk, RETRY)
    expect(desk.page.locator(".summary")).to_have_text(
        "2 people will be retried, and nothing known stands in the way."
    )
    press(desk, "Retry 2 now")
    status(desk, "2 of 2 · 2 done · Finished.")
    bar = desk.page.get_by_role("progressbar", name="Retrying stuck onboardings")
    expect(bar).to_have_js_property("position", 1)
    desk.follow(desk.page.locator("#run-fine").get_by_role("link", name="Open the business").first)
    assert "/business/" in desk.page.url

    desk.open(LIST)
    names = [deployed.record(sub).name for sub in subs]
    assert sorted(desk.names()[:3]) == sorted(names)
    desk.open(f"{STUCK}?status=completed")
    assert sorted(desk.names()) == sorted(people)
    desk.follow(desk.page.get_by_role("link", name=people[0]))
    desk.follow(desk.page.get_by_role("link", name="History"))
    content = desk.page.locator("#content")
    expect(content).to_contain_text("sally")
    expect(content).to_contain_text("Retry completed. The business exists.")


def test_a_run_can_be_stopped_left_and_returned_to(deployed: Deployed, desk: Site) -> None:
    subs = deployed.stuck(45)
    desk.open(STUCK)
    act(desk, RETRY)
    with batches_held(desk):
        desk.follow(desk.page.get_by_role("button", name="Retry 45 now"))
        press(desk, "Stop")
    status(desk, "20 of 45 · 20 done · Stopped. Rows without a result are unchanged.")
    bar = desk.page.get_by_role("progressbar")
    expect(bar).to_have_js_property("position", 20 / 45)
    assert deployed.businesses(subs) == 20

    # What was stopped waits, wherever they go, and Back returns to it.
    desk.open(STUCK)
    expect(desk.page.get_by_text("yours, and not finished")).to_be_visible()
    desk.leave_by(desk.page.go_back)
    status(desk, "20 of 45 · 20 done")
    with batches_held(desk, after=1):  # or the third might be done before they leave
        press(desk, "Continue")
        expect(desk.page.locator("#run-status")).to_contain_text("40 of 45")
        desk.open(LIST)
    # What was going on when they left goes on when they return.
    desk.leave_by(desk.page.go_back)
    status(desk, "45 of 45 · 45 done · Finished.")
    assert deployed.businesses(subs) == 45
    assert {deployed.record(sub).status for sub in subs} == {"COMPLETED"}


def forget_failed_loads(desk: Site) -> None:
    """Leave out of the complaints what the browser says of requests that a test made fail."""
    desk.complaints[:] = [each for each in desk.complaints if "Failed to load" not in each]


def test_what_no_process_of_the_site_answers_is_sent_again(deployed: Deployed, desk: Site) -> None:
    batch, row = deployed.stuck(1), deployed.stuck(1)
    failures = iter([{"status": 502, "content_type": "text/html", "body": "Bad Gateway"}])

    def answer(route: Route) -> None:
        failure = next(failures, None) if route.request.method == "POST" else None
        route.fulfill(**failure) if failure else route.continue_()  # type: ignore[arg-type]

    desk.page.route(BATCHES, answer)
    desk.page.route(re.compile("/retry/now/"), lambda route: route.abort(), times=1)
    desk.page.clock.install()
    desk.open(f"{STUCK}retry/?sub={batch[0]}")
    press(desk, "Retry 1 now")
    expect(desk.page.locator("#run-status")).to_contain_text("Trying again.")
    desk.page.clock.fast_forward(1_000)
    status(desk, "1 of 1 · 1 done · Finished.")
    desk.open(STUCK)
    desk.page.locator("button.retry-now").click()
    expect(desk.page.locator(".told")).to_contain_text("The business exists.")
    assert deployed.businesses([*batch, *row]) == 2
    forget_failed_loads(desk)


def test_a_session_that_ends_in_the_middle_leads_through_the_login_back_to_it(
    deployed: Deployed, browser: Browser, address: str, directory: Path
) -> None:
    subs = deployed.stuck(21)
    with browser.new_context() as context, tab(context, address) as site:
        site.log_in(SUPPORTER)
        site.open(f"{STUCK}retry/?all=1")
        with batches_held(site, after=1):
            site.follow(site.page.get_by_role("button", name="Retry 21 now"))
            expect(site.page.locator("#run-status")).to_contain_text("20 of 21")
            [session] = [each for each in context.cookies() if each["name"] == "sessionid"]
            with closing(sqlite3.connect(directory / "db.sqlite3")) as database, database:
                key = session["value"]
                database.execute("DELETE FROM django_session WHERE session_key = ?", (key,))
        expect(site.page.get_by_label("Username")).to_be_visible()
        assert deployed.businesses(subs) == 20
        site.page.get_by_label("Username").fill(SUPPORTER)
        site.page.get_by_label("Password").fill(PASSWORD)
        press(site, "Log in")
        status(site, "21 of 21 · 21 done · Finished.")
    assert deployed.businesses(subs) == 21


def test_a_login_in_another_tab_gives_the_run_its_new_token(
    deployed: Deployed, browser: Browser, address: str
) -> None:
    [sub] = deployed.stuck(1)
    with browser.new_context() as context, tab(context, address) as site:
        site.log_in(SUPPORTER)
        site.open(f"{STUCK}retry/?sub={sub}")
        with batches_held(site):
            site.follow(site.page.get_by_role("button", name="Retry 1 now"))
        status(site, "1 of 1 · 1 done · Finished.")
        [again] = deployed.stuck(1)
        site.open(STUCK)
        context.clear_cookies(name="sessionid")
        with tab(context, address) as other:
            other.log_in(SUPPORTER)
        site.page.get_by_role("button", name="Retry").last.click()
        expect(site.page.locator(".told")).to_contain_text("The business exists.")
    assert deployed.business(again) is not None


def test_failures_come_first_and_are_retried_again(deployed: Deployed, desk: Site) -> None:
    fine, refused = deployed.stuck(21), deployed.stuck(1, group_name="strangers")
    deployed.aws.faults.fail("GraphQL", "UnrecognizedClientException", status=401, times=20)
    asking = desk.page.locator("#retry-asking")
    desk.page.route(re.compile("/states/"), lambda route: route.abort(), times=1)
    desk.open(f"{STUCK}retry/?all=1&keep=1")
    expect(asking).to_contain_text("confirmed could not be found out.")
    forget_failed_loads(desk)
    desk.page.route(re.compile("/states/"), lambda route: route.fulfill(body="{"), times=1)
    desk.page.reload()
    expect(asking).to_contain_text("confirmed could not be found out.")  # the answer was cut off
    desk.page.reload()
    expect(desk.page.locator(".summary")).to_have_text(
        "21 people will be retried, and nothing known stands in the way; 1 is expected to "
        "fail, and here is why."
    )
    expect(desk.page.locator("#exceptions")).to_contain_text("lets people join only businesses")
    expect(asking).to_be_empty()  # all accounts were asked for
    press(desk, "Retry 22 now")
    expect(desk.page.get_by_role("alert")).to_contain_text("does not let the site onboard anybody")
    deployed.aws.faults.clear()
    press(desk, "Continue")
    status(desk, "22 of 22 · 21 done, 1 to look at · Finished.")
    assert deployed.businesses(fine) == 21
    others = desk.page.locator("#run-others")
    expect(others.locator("td.result")).to_contain_text("Nobody may join this group")
    expect(others.locator("tr.reason")).to_have_text("✗ Nobody may join this group: 1")
    expect(desk.page.locator("#run")).to_contain_class("mixed")
    top = desk.page.locator("#run-fine").bounding_box()
    first = others.bounding_box()
    assert top is not None
    assert first is not None
    assert first["y"] < top["y"]
    # Again, after an operator has put the record right.
    deployed.dynamodb.update_item(
        TableName=deployed.outputs["OnboardingTableName"],
        Key={"sub": {"S": refused[0]}},
        UpdateExpression="SET groupName = :group",
        ExpressionAttributeValues={":group": {"S": "businesses"}},
    )
    desk.follow(desk.page.get_by_role("button", name="Retry those again"))
    status(desk, "1 of 1 · 1 done · Finished.")
    assert deployed.businesses(refused) == 1


# That all others are done is shown of the same page without a browser too.
@pytest.mark.long
@pytest.mark.parametrize("number", [30, SO_MANY])
def test_the_odd_ones_are_named_and_all_others_are_done(
    deployed: Deployed, desk: Site, number: int
) -> None:
    fine, odd = every_tenth_odd(deployed, number)
    desk.open(f"{STUCK}retry/?all=1&keep=1")  # as Cognito's data would mend them
    press(desk, f"Retry {number:,} now")
    done = desk.page.locator("#run-status")
    expect(done).to_contain_text("Finished.", timeout=1000 * (30 + number))
    assert done.inner_text().startswith(f"{number:,} of {number:,} · ")
    assert f"{len(fine):,} done, {len(odd):,} to look at" in done.inner_text()
    named = desk.page.locator("#run-others tr[data-sub]")
    assert {row.get_attribute("data-sub") for row in named.all()} == odd.keys()
    reasons = named.locator("td.result").all_inner_texts()
    assert all(reason.endswith("The mutation was not called.") for reason in reasons)
    assert deployed.businesses(fine) == len(fine)
    assert deployed.businesses(list(odd)) == 0
    count("odd records among those that the page retried", len(odd))


def test_two_see_each_others_runs(
    deployed: Deployed, desk: Site, browser: Browser, address: str
) -> None:
    subs = deployed.stuck(21)
    with (
        browser.new_context(storage_state=cookies(COLLEAGUE)) as context,
        tab(context, address) as other,
    ):
        other.open(f"{STUCK}retry/?all=1")
        with batches_held(other, after=1):
            other.follow(other.page.get_by_role("button", name="Retry 21 now"))
            expect(other.page.locator("#run-status")).to_contain_text("20 of 21")
            desk.open(STUCK)
            note = desk.page.get_by_text("boris is at work on it")
            expect(note).to_be_visible()
            desk.follow(desk.page.get_by_role("link", name="See how far it is"))
            status(desk, "20 of 21 · 20 done")
            press(desk, "Continue")
            status(desk, "21 of 21 · 21 done · Finished.")
        status(other, "21 of 21 · 21 done · Finished.")
        text = f"{deployed.record(subs[0]).attempts[-1].by}"
        assert text in {SUPPORTER, COLLEAGUE}
    assert deployed.businesses(subs) == 21


def test_without_scripts_the_same_forms_do_it(
    deployed: Deployed, browser: Browser, logged_in: StorageState, address: str
) -> None:
    subs = deployed.stuck(3)
    with (
        browser.new_context(storage_state=logged_in, java_script_enabled=False) as context,
        tab(context, address) as site,
    ):
        # The list leads on at once to the same one that waits for Cognito, as no script asks it.
        site.page.goto(f"{address}{STUCK}?source=trigger", wait_until="commit")
        site.page.wait_for_url("**/?source=trigger&wait=1")
        site.check_width()
        site.follow(site.page.get_by_role("button", name="Retry").first)
        assert site.page.url.endswith("?source=trigger&wait=1")
        expect(site.page.locator(".messagelist")).to_contain_text("The business exists.")
        act_without_script(site)
        site.follow(site.page.get_by_role("button", name="Retry 2 now"))
        expect(site.page.locator("#content")).to_contain_text("2 of 2 · 2 done · Finished.")
    assert deployed.businesses(subs) == 3


def act_without_script(site: Site) -> None:
    for box in site.page.locator(".action-select").all():
        box.check()
    site.page.get_by_label("Action:").select_option(label=RETRY)
    site.follow(site.page.locator("button[name=index]"))


def test_many_are_dismissed_for_a_usual_reason_and_that_is_undone_and_done_again(
    deployed: Deployed, desk: Site
) -> None:
    subs = deployed.stuck(3)
    desk.open(STUCK)
    act(desk, "Dismiss selected onboardings")
    desk.page.get_by_label("Reason:", exact=True).select_option("A test account")
    desk.follow(desk.page.get_by_role("button", name="Dismiss 3"))
    message = desk.page.locator(".messagelist")
    expect(message).to_contain_text("3 records: Dismissed: A test account")
    assert {deployed.record(sub).status for sub in subs} == {"DISMISSED"}
    desk.follow(message.get_by_role("button", name="Undo"))
    expect(message).to_contain_text("3 records: Reopened.")
    assert {deployed.record(sub).status for sub in subs} == {"FAILED"}
    desk.follow(message.get_by_role("button", name="Undo"))
    expect(message).to_contain_text("3 records: Dismissed: A test account")
    [reason] = {getattr(deployed.record(sub).dismissal, "reason", "") for sub in subs}
    assert reason == "A test account"


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
    expect(desk.page.locator(".messagelist")).to_contain_text("The business exists.")
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
    desk.follow(desk.page.locator(".object-tools").get_by_role("link", name="History"))
    desk.check_width()


def test_the_keyboard_alone_retries_and_an_enter_that_repeats_itself_does_not_stop_it(
    deployed: Deployed, desk: Site
) -> None:
    [sub] = deployed.stuck(1)
    desk.open(f"{STUCK}{sub}/change/")
    desk.tab_to(desk.page.get_by_role("button", name="Retry", exact=True).first)
    desk.press_enter()
    expect(desk.page.locator(".messagelist")).to_contain_text("The business exists.")
    assert deployed.business(sub) is not None
    deployed.stuck(21)
    desk.open(f"{STUCK}retry/?all=1")
    desk.tab_to(desk.page.get_by_role("button", name="Retry 21 now"))
    with batches_held(desk):
        desk.press_enter()
        expect(desk.page.get_by_role("button", name="Stop")).to_be_visible()
        for _ in range(3):
            desk.page.keyboard.press("Enter")
        desk.tab_to(desk.page.get_by_role("button", name="Stop"), at_most=1)
    status(desk, "21 of 21 · 21 done · Finished.")
