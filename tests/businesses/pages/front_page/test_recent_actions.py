"""What a member of staff did last, with names that are read when the page is shown."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from businesses.audit.history import Action, Kind, Staff, write_history
from businesses.models import HistoryEntry
from businesses.pages.front_page.recent_actions import MOST, recent_actions
from businesses.retry.audited import PUT_BACK
from businesses.retry.outcomes import Result
from tests.businesses.deployed import Deployed
from tests.businesses.pages.onboarding.retrying import RETRY, send
from tests.businesses.pages.said import STUCK


@pytest.fixture
def staff(sally: User) -> Staff:
    return Staff(sally.pk, sally.username)


def told(user: User) -> list[str]:
    return [
        f"{line.done} {line.who}+{line.others}: {line.outcome or line.message}"
        for line in recent_actions(user)
    ]


def test_a_line_says_with_whom_what_was_done_and_what_came_of_it(
    deployed: Deployed, support: Client, sally: User
) -> None:
    first, second = deployed.stuck(2, name="Zoe & <b>Sons</b>")
    deployed.confirm(first)
    send(support, RETRY, sub=first)
    support.post(f"{STUCK}dismiss/", {"sub": second, "reason": "A test account."})
    assert told(sally) == [
        "Dismissed Zoe & <b>Sons</b>+0: Dismissed: A test account.",
        "Retried Zoe & <b>Sons</b>+0: onboarded now",
    ]
    assert "Zoe &amp; &lt;b&gt;Sons&lt;/b&gt;</bdi></a>" in support.get("/admin/").content.decode()


def test_the_names_come_in_one_call_and_are_known_for_a_while(
    deployed: Deployed, sally: User, staff: Staff
) -> None:
    subs = deployed.stuck(3, name="Zoe")
    for sub, action in zip(
        subs, (Action.DISMISSED, Action.REOPENED, Action.REFRESHED), strict=True
    ):
        write_history(staff, action, [sub], "…")
    deployed.aws.faults.clear()
    assert [line.who for line in recent_actions(sally)] == ["Zoe"] * 3
    assert [line.who for line in recent_actions(sally)] == ["Zoe"] * 3
    assert deployed.aws.faults.calls("BatchGetItem") == 1


def test_who_was_erased_is_a_sub(deployed: Deployed, sally: User, staff: Staff) -> None:
    write_history(staff, Action.DISMISSED, ["sub-of-nobody"], "…")
    assert [line.who for line in recent_actions(sally)] == ["sub-of-nobody"]


def test_while_dynamodb_does_not_answer_everybody_is_a_sub(
    deployed: Deployed, sally: User, staff: Staff
) -> None:
    [sub] = deployed.stuck(1)
    write_history(staff, Action.DISMISSED, [sub], "…")
    deployed.aws.faults.fail("BatchGetItem", "AccessDeniedException", times=5)
    assert [line.who for line in recent_actions(sally)] == [sub]
    deployed.aws.faults.clear()
    assert [line.who for line in recent_actions(sally)] == [deployed.record(sub).name]


@pytest.mark.parametrize("sub", ["a\nb", "\ud800", "␀", "x" * 2048, "a b"])
def test_an_odd_id_is_no_key_of_the_cache(
    deployed: Deployed, sally: User, staff: Staff, sub: str
) -> None:
    write_history(staff, Action.DISMISSED, [sub], "…")
    assert len(recent_actions(sally)) == 1


def test_what_was_done_for_many_is_one_line(deployed: Deployed, sally: User, staff: Staff) -> None:
    subs = [f"sub-{number}" for number in range(64)]
    for sub in subs:
        write_history(staff, Action.RETRY_BEGUN, [sub], "Retry begun.")
    for sub in subs:
        write_history(staff, Action.RETRY_COMPLETED, [sub], "Retry completed.")
    assert told(sally) == ["Retried sub-63+63: onboarded now"]


def test_who_was_put_back_in_the_group_was_not_onboarded_now(
    deployed: Deployed, sally: User, staff: Staff
) -> None:
    words = f"{PUT_BACK[Result.COMPLETED]} The user is in the group."
    write_history(staff, Action.RETRY_COMPLETED, ["sub-1", "sub-2"], words)
    write_history(staff, Action.RETRY_COMPLETED, ["sub-3"], "Retry completed.")
    assert told(sally) == [
        "Retried sub-3+0: onboarded now",
        "Put back sub-2+1: in the group again",
    ]


def test_a_retry_without_an_end_says_so(deployed: Deployed, sally: User, staff: Staff) -> None:
    write_history(staff, Action.RETRY_BEGUN, ["sub-1"], "Retry begun.")
    assert told(sally) == ["Retry begun sub-1+0: its end, if recorded, is another line"]


def test_an_action_of_another_hour_or_kind_is_another_line(
    deployed: Deployed, sally: User, staff: Staff
) -> None:
    for number in range(2 * MOST):
        write_history(staff, Action.DISMISSED, [f"sub-{number}"], "…")
    before = timezone.now() - timedelta(hours=1)
    for entry in HistoryEntry.objects.all():
        entry.at = before - timedelta(hours=entry.pk)
        entry.save()
    for number in range(2):
        sent = f"Exported {number} businesses: complete."
        write_history(staff, Action.EXPORTED, [""], sent, kind=Kind.BUSINESS)
    lines = told(sally)
    assert lines[:3] == [
        "Exported 1 businesses: complete +0: ",
        "Exported 0 businesses: complete +0: ",
        "Dismissed sub-0+0: …",
    ]
    assert len(lines) == MOST


def test_who_may_not_see_the_records_sees_no_actions(deployed: Deployed, db: None) -> None:
    user = User.objects.create_user("sam", is_staff=True)
    write_history(Staff(user.pk, "sam"), Action.DISMISSED, ["sub-1"], "…")
    cache.clear()
    assert told(user) == []


def test_a_run_is_counted_whole_and_hides_nothing_before_it(
    deployed: Deployed, sally: User, staff: Staff
) -> None:
    write_history(staff, Action.DISMISSED, ["before"], "Dismissed: A test account.")
    running, subs = staff.in_run(uuid4()), [f"sub-{number}" for number in range(150)]
    for sub in subs:
        write_history(running, Action.RETRY_BEGUN, [sub], "Retry begun.")
        write_history(running, Action.RETRY_COMPLETED, [sub], "Retry completed.")
    assert told(sally) == [
        "Retried sub-149+149: onboarded now",
        "Dismissed before+0: Dismissed: A test account.",
    ]
