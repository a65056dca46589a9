"""What staff are told of how far a person got; pure."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from businesses.records.business import BusinessSummary
from businesses.records.onboarding import COMPLETED, DISMISSED
from businesses.retry.forecast import is_expected_to_succeed, will_be_done
from businesses.retry.state import Mark, OnboardingState, differences
from tests.businesses.account import START
from tests.businesses.onboardings import onboarding

NOBODY = OnboardingState(group="businesses", exists=False, groups=())
CONFIRMED = OnboardingState(group="businesses", exists=True, status="CONFIRMED", groups=())
MEMBER = replace(CONFIRMED, groups=("businesses",))
SETTLED = replace(MEMBER, business=BusinessSummary(group_name="businesses", created_at=START))
UNASKED = OnboardingState(group="businesses", exists=None)

WRITTEN = "The Business is written; the user is already in the group."
CALLED, REFUSED = "The mutation is called", "so expect the API to refuse it. Or dismiss the record."

DONE, MISSING, UNKNOWN = Mark.DONE, Mark.MISSING, Mark.UNKNOWN


@pytest.mark.parametrize(
    ("state", "marks"),
    [
        (NOBODY, (MISSING, MISSING, MISSING)),
        (replace(CONFIRMED, status="UNCONFIRMED"), (MISSING, MISSING, MISSING)),
        (replace(MEMBER, enabled=False), (MISSING, DONE, MISSING)),
        (CONFIRMED, (DONE, MISSING, MISSING)),
        (replace(CONFIRMED, status="EXTERNAL_PROVIDER"), (DONE, MISSING, MISSING)),
        (replace(CONFIRMED, groups=("others",)), (DONE, MISSING, MISSING)),
        (MEMBER, (DONE, DONE, MISSING)),
        (SETTLED, (DONE, DONE, DONE)),
        (UNASKED, (UNKNOWN, UNKNOWN, MISSING)),
        (replace(MEMBER, status=""), (UNKNOWN, DONE, MISSING)),
    ],
)
def test_each_step_is_done_missing_or_unknown(
    state: OnboardingState, marks: tuple[Mark, Mark, Mark]
) -> None:
    assert tuple(step.mark for step in state.steps()) == marks


def test_the_words_say_what_cognito_says() -> None:
    confirmed, grouped, written = replace(SETTLED, groups=("others", "guests")).steps()
    assert confirmed.words == "Cognito says CONFIRMED."
    assert grouped.words == "Not a member. Also in others, guests."
    assert (written.words, written.at) == ("", datetime(2026, 11, 23, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (CONFIRMED, "The user joins the group businesses, and the Business is written."),
        (MEMBER, WRITTEN),
        (SETTLED, "The Business already exists, so the record becomes COMPLETED."),
        (UNASKED, "The group membership and the Business are added where they are missing."),
        (NOBODY, f"{CALLED}, but the user no longer exists, {REFUSED}"),
        (
            replace(MEMBER, enabled=False),
            f"{WRITTEN} Note that the user is disabled.",
        ),
        (
            replace(MEMBER, status="UNCONFIRMED"),
            f"{WRITTEN} Note that the user has not confirmed: Cognito says UNCONFIRMED.",
        ),
        (
            replace(CONFIRMED, open_group="others"),
            f"{CALLED}, but the API lets people join only others, not businesses, {REFUSED}",
        ),
    ],
)
def test_what_a_retry_would_do_follows_from_what_is_missing(
    state: OnboardingState, words: str
) -> None:
    assert will_be_done(onboarding(1), state) == words


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"email": ""}, "no e-mail address"), ({"username": ""}, "no username")],
)
def test_a_record_that_lacks_an_argument_is_not_retried_and_cognitos_data_may_mend_it(
    changes: dict[str, str], why: str
) -> None:
    record = onboarding(1, **changes)
    words = will_be_done(record, CONFIRMED)
    hint = "Correct the item in the DynamoDB console, or dismiss the record."
    assert words == f"Nothing. The record has {why}. {hint}"
    known = replace(CONFIRMED, current=onboarding(1).person)
    assert "which the record takes first. The user joins" in will_be_done(record, known)
    assert "To fix this, take the data from Cognito." in will_be_done(record, known, keep=True)
    assert is_expected_to_succeed(record, known, keep=False)
    assert not is_expected_to_succeed(record, known, keep=True)
    [difference] = differences(record, known)
    assert difference.recorded == ""


def test_only_a_stuck_record_without_a_business_takes_other_data() -> None:
    record = onboarding(1)
    other = replace(record.person, email="new@example.com", name="New")
    known = replace(CONFIRMED, current=other)
    assert [each.name for each in differences(record, known)] == ["e-mail", "name"]
    assert differences(record, replace(known, current=record.person)) == ()
    assert differences(record, replace(known, current=replace(other, email=""))) == ()
    assert differences(record, CONFIRMED) == ()
    assert differences(onboarding(1, status=DISMISSED), known) == ()
    assert differences(record, replace(known, business=SETTLED.business)) == ()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (CONFIRMED, "yes"),
        (NOBODY, "no such user"),
        (UNASKED, "unknown"),
        (replace(CONFIRMED, enabled=False), "disabled"),
        (replace(CONFIRMED, status="RESET_REQUIRED"), "no: RESET_REQUIRED"),
    ],
)
def test_the_account_is_said_in_a_word(state: OnboardingState, words: str) -> None:
    assert state.account == words


def test_nothing_is_done_to_what_is_not_stuck() -> None:
    for status in (COMPLETED, DISMISSED):
        words = will_be_done(onboarding(1, status=status), CONFIRMED)
        assert words == f"Nothing, because the record is {status}."
    assert will_be_done(None, CONFIRMED) == "Nothing, because there is no record with this sub."


def test_only_who_has_confirmed_and_lacks_a_business_may_be_onboarded() -> None:
    assert CONFIRMED.may_be_onboarded
    assert MEMBER.may_be_onboarded
    for other in (NOBODY, SETTLED, UNASKED, replace(CONFIRMED, enabled=False)):
        assert not other.may_be_onboarded
    assert not replace(CONFIRMED, status="UNCONFIRMED").may_be_onboarded
