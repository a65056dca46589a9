"""How far a person got, and the one thing to do now. Nothing here does any I/O."""

from dataclasses import dataclass, replace
from enum import StrEnum

from businesses.pages.person.reads import BUSINESS, RECORD, PersonFacts
from businesses.records.business import Business, BusinessSummary, parse_time
from businesses.records.onboarding import DISMISSED, FAILED, Onboarding
from businesses.records.user import person_of
from businesses.retry.forecast import will_be_done
from businesses.retry.state import Mark, OnboardingState, Step, differences

GONE = "The user is gone, so nobody can be onboarded."


class Button(StrEnum):
    """What staff can do about a person with one button."""

    RETRY = "retry"
    REFRESH = "refresh"
    ONBOARD = "onboard"
    REOPEN = "reopen"
    PUT_BACK = "put_back"
    NONE = "none"

    @property
    def label(self) -> str:
        """The words on the button."""
        return LABELS[self]


LABELS = {
    Button.RETRY: "Retry",
    Button.REFRESH: "Take the data from Cognito and retry",
    Button.ONBOARD: "Onboard now",
    Button.REOPEN: "Reopen",
    Button.PUT_BACK: "Put back in the group",
    Button.NONE: "",
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one button that is right now, and why; with Button.NONE, why there is none."""

    button: Button
    words: str


def state_of(facts: PersonFacts) -> OnboardingState:
    """Return how far a person got. An unknown Business counts as none here; see `steps_of`."""
    recorded = facts.record.group_name if facts.record else ""
    business, user = facts.own, facts.user
    group = (business.group_name if business else "") or recorded or facts.group
    state = OnboardingState(
        group=group,
        open_group=facts.group,
        exists=facts.exists,
        is_replaced=facts.membership is not None and facts.membership.is_replaced,
        groups=facts.membership.groups if facts.membership else None,
        business=_summary(business) if business else None,
    )
    if user is None:
        return state
    open_group = facts.group or group
    known = facts.record.person if facts.record else person_of(user, open_group)
    return state.with_account(user, known, open_group)


def steps_of(facts: PersonFacts, state: OnboardingState) -> tuple[Step, ...]:
    """Return the three steps; what could not be read is unknown."""
    steps = state.steps()
    if BUSINESS not in facts.silent or state.business:
        return steps
    unread = replace(
        steps[-1], mark=Mark.UNKNOWN, words="The table did not answer. Reload to ask again."
    )
    return (*steps[:-1], unread)


def next_step_of(facts: PersonFacts, state: OnboardingState) -> NextStep:
    """Return the one button that is right for a person now."""
    record = facts.record
    if unread := facts.silent.keys() & {BUSINESS, RECORD}:
        what = "record and Business are" if len(unread) > 1 else f"{unread.pop()} is"
        return NextStep(Button.NONE, f"Their {what} unknown now. Reload to ask again.")
    if record and record.status == FAILED:
        if state.exists is False and not state.business:
            return NextStep(Button.NONE, f"{GONE} Open the record to dismiss it.")
        button = Button.REFRESH if differences(record, state) else Button.RETRY
        return NextStep(button, f"What a retry would do: {will_be_done(record, state)}")
    if state.business:
        return _of_onboarded(record, state)
    if record and record.status == DISMISSED:
        return NextStep(Button.REOPEN, "The onboarding was dismissed, so nothing is retried.")
    return _of_unrecorded(state)


def _summary(business: Business) -> BusinessSummary:
    created_at = parse_time(business.created_at)
    return BusinessSummary(group_name=business.group_name, created_at=created_at)


def _of_onboarded(record: Onboarding | None, state: OnboardingState) -> NextStep:
    if state.exists is False:
        return NextStep(Button.NONE, "The user is gone; the Business is still there.")
    if state.is_member is None:
        words = f"Cognito did not answer, so it is unknown whether they are in {state.group}."
        return NextStep(Button.NONE, f"The person has a Business. {words} Reload to ask again.")
    if state.is_member is False and record and record.status == DISMISSED:
        words = f"The person is not in the group {state.group}, and staff left it so."
        return NextStep(Button.REOPEN, words)
    if state.is_member is False:
        words = f"The person is onboarded, but is not in the group {state.group} now."
        return NextStep(Button.PUT_BACK, words)
    return NextStep(Button.NONE, "Nothing is left to do: the person is onboarded.")


def _of_unrecorded(state: OnboardingState) -> NextStep:
    """Return what to do about somebody without a Business, of whom no record says why."""
    if state.may_be_onboarded:
        return NextStep(Button.ONBOARD, "The person has confirmed, but has no Business.")
    if state.exists is False:
        return NextStep(Button.NONE, GONE)
    if state.is_confirmed is None:
        words = "Cognito did not answer, so it is unknown whether the person has confirmed."
        return NextStep(Button.NONE, f"{words} Reload to ask again.")
    if not state.enabled:
        return NextStep(Button.NONE, "The user is disabled. Only enabled users can be onboarded.")
    return NextStep(Button.NONE, "Nothing to do before the person has confirmed the account.")
