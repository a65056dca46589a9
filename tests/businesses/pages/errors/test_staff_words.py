"""What staff read when AWS fails is theirs: no command, no setting, no untrue sentence."""

import re

import pytest

from businesses import exceptions
from businesses.exceptions import BackendUnavailable, BusinessesError, RecordGone
from businesses.pages.errors.staff_words import LATER, OPERATOR, SILENT, staff_words

FAILURES: dict[str, BusinessesError] = {
    "credentials": exceptions.CredentialsRefused("Expired.", "Set AWS_PROFILE."),
    "green threads": exceptions.GreenThreads("gevent"),
    "history": exceptions.HistoryUnwritable("disk full"),
    "index": exceptions.IndexMissing("businesses", "byName"),
    "machine": exceptions.ApiNotCalled("ProxyInvalid", "no URL", "Check HTTPS_PROXY."),
    "nothing known": BackendUnavailable("No stack.", "Run `manage.py deploy_backend`."),
    "permission": BackendUnavailable("AWS refused.", kind="AccessDeniedException"),
    "pool": exceptions.UserPoolMissing("eu_1"),
    "refused": exceptions.ApiRefused("Unauthorized", "no"),
    "table": exceptions.TableMissing("businesses"),
}
PASSING = {
    "Timeout": SILENT,
    "Unreachable": SILENT,
    "ThrottlingException": "AWS had too much to do.",
    "InternalServerError": "AWS had a failure.",
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_only_an_operator_can_mend_leads_to_one(name: str) -> None:
    words = staff_words(FAILURES[name])
    assert words.what_to_do == OPERATOR
    assert re.fullmatch(r"[A-Z][^`_]+\.", words.head)


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_itself_is_said_to(kind: str) -> None:
    words = staff_words(BackendUnavailable("AWS failed.", kind=kind))
    assert (words.head, words.what_to_do) == (PASSING[kind], LATER)


def test_an_error_that_is_not_of_aws_says_so_itself() -> None:
    gone = RecordGone("sub-1")
    words = staff_words(gone)
    assert (words.head, words.what_to_do) == (str(gone), gone.hint)


def test_two_problems_are_told_together_with_what_to_do_once() -> None:
    both = exceptions.SeveralProblems(FAILURES["table"], FAILURES["history"])
    words = staff_words(both)
    assert words.head == "The table is missing. The site could not write down what was done."
    assert words.what_to_do == OPERATOR
    assert str(words) == f"{words.head} {OPERATOR}"
