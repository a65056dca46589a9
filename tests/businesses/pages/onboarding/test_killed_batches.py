"""A batch of dismissals whose process is killed, and which is sent once more."""

import threading

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from businesses.audit.history import Action, Staff
from businesses.audit.runs import WHY, Run
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.backend import get_backend
from businesses.exceptions import HistoryUnwritable
from businesses.pages.onboarding.actions.record_changes import change_records
from businesses.pages.onboarding.actions.run_actions import DISMISS
from businesses.records.onboarding import DISMISSED, FAILED, Onboarding
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import minute
from tests.businesses.pages.onboarding.retrying import history
from tests.businesses.pages.onboarding.test_retry_troubles import unwritable_history
from tests.businesses.pages.said import STUCK


def test_each_record_has_its_history_before_the_next_one_is_changed(
    deployed: Deployed, sally: User
) -> None:
    first, second = deployed.stuck(2)

    def change(table: OnboardingTable, sub: str) -> Onboarding:
        return table.dismiss(sub, by="sally", reason="A test", at=minute(3))

    staff, told = Staff(sally.pk, "sally"), (Action.DISMISSED, "Dismissed: A test")
    with unwritable_history("LIKE 'Dismissed%'"):
        report = change_records(get_backend(), staff, [first, second], change, told)
    assert isinstance(report.problem, HistoryUnwritable)
    assert report.left == (second,)
    assert [deployed.record(sub).status for sub in (first, second)] == [DISMISSED, FAILED]


def test_what_a_run_dismissed_before_it_was_killed_counts_as_dismissed_by_it(
    deployed: Deployed, sally: User
) -> None:
    earlier, lost, other, left = subs = deployed.stuck(4)
    deployed.table.dismiss(earlier, by="sally", reason="A test", at=minute(3))
    staff = Staff(sally.pk, "sally")
    run = Run.begin("dismiss", staff, subs=subs, total=4, given={WHY: "A test"})
    deployed.table.dismiss(lost, by="sally", reason="A test", at=timezone.now())
    deployed.table.dismiss(other, by="boris", reason="A test", at=timezone.now())
    assert DISMISS.do(run, staff, subs, threading.Event()) is None
    for sub in (lost, left):
        assert history(sub) == [("sally", "Dismissed: A test")]
    for sub in (earlier, other):
        [(_, message)] = history(sub)
        assert message.startswith("Not changed. ")


def test_the_script_is_told_which_runs_may_be_sent_twice(
    deployed: Deployed, support: Client, sally: User
) -> None:
    staff = Staff(sally.pk, "sally")
    told = {}
    for action in ("retry", "put_back", "dismiss", "reopen"):
        run = Run.begin(action, staff, subs=["sub"], total=1, given={WHY: "A test"})
        page = support.get(f"{STUCK}run/{run.pk}/").content.decode()
        told[action] = " data-repeatable" in page
    assert told == {"retry": True, "put_back": True, "dismiss": False, "reopen": False}
