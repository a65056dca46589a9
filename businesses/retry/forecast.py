"""What a retry of a record would do, in words for staff; without I/O."""

from businesses.records.onboarding import FAILED, OPEN, OUT_OF_GROUP, SETTLED, Onboarding
from businesses.retry.state import OnboardingState, differences

FROM_COGNITO = "To fix this, take the data from Cognito."


def will_be_done(record: Onboarding | None, state: OnboardingState, *, keep: bool = False) -> str:
    """Say what a retry of the record would do, before it is done.

    keep: whether the record keeps its data where Cognito's are newer, instead of taking them first.
    A record says that the person confirmed at some point, so users who are now disabled or
    unconfirmed are retried like everybody else. The text warns about them, and staff dismiss the
    records of people who should not be onboarded.
    """
    if record is None:
        return "Nothing, because there is no record with this sub."
    if record.status in SETTLED:
        return f"Nothing, because the record is {record.status}."
    given = differences(record, state)
    if not given or not state.current:
        return f"{_done(record, state)}{_unverified(record, state)}"
    names = " and ".join(each.name for each in given)
    if keep:
        return (
            f"{_done(record, state)} Cognito holds another {names}, which the record does not take."
        )
    taken = record.with_person(state.current)
    words = f"Cognito holds another {names}, which the record takes first. {_done(taken, state)}"
    return f"{words}{_unverified(record, state)}"


def _done(record: Onboarding, state: OnboardingState) -> str:
    if record.status == OUT_OF_GROUP and state.business is None:
        return "Nothing, because there is no Business any more. The next sweep finds that out."
    if record.status == FAILED and state.business is not None:
        return "The Business already exists, so the record becomes COMPLETED."
    if record.obstacles:
        return f"Nothing. {' '.join(record.obstacles)} {_mend(record, state)}"
    if why := _refusal(record, state):
        advice = FROM_COGNITO if differences(record, state) else "Or dismiss the record."
        return f"The mutation is called, but {why}, so expect the API to refuse it. {advice}"
    if state.is_group_gone:
        return f"It fails: Cognito has no group {state.group}. Retry once the group is there."
    if record.status == OUT_OF_GROUP:
        words = f"The user joins the group {state.group} again, and the Business stays as it is."
        if state.is_member:
            words = "The user is in the group by now, so the record becomes COMPLETED."
    elif state.is_member:
        words = "The Business is written; the user is already in the group."
    elif state.is_member is None:
        words = "The group membership and the Business are added where they are missing."
    else:
        words = f"The user joins the group {state.group}, and the Business is written."
    return f"{words}{_warning(state)}"


def _unverified(record: Onboarding, state: OnboardingState) -> str:
    """Say that Cognito holds another e-mail address that is not taken; "" if it does not."""
    if not state.unverified_email or record.status != FAILED or state.business is not None:
        return ""
    return " Cognito holds another e-mail, which is not verified, so the record's is kept."


def is_expected_to_succeed(record: Onboarding, state: OnboardingState, *, keep: bool) -> bool:
    """Return whether nothing about the person is known that would make a retry fail.

    A group that is gone is no reason, as it stops everybody. keep: as in `will_be_done`.
    """
    if record.status not in OPEN or (record.status == OUT_OF_GROUP and state.business is None):
        return False
    if record.status == FAILED and state.business is not None:
        return True
    if state.current and not keep and differences(record, state):
        record = record.with_person(state.current)
    return not (record.obstacles or _refusal(record, state))


def _mend(record: Onboarding, state: OnboardingState) -> str:
    """Say what to do about a record that cannot be retried as it is."""
    if differences(record, state):
        return FROM_COGNITO
    dismiss = ", or dismiss the record" if record.status in OPEN else ""
    return f"Correct the item in the DynamoDB console{dismiss}."


def _refusal(record: Onboarding, state: OnboardingState) -> str:
    """Say why the API would refuse a record; "" if no reason is known."""
    if state.exists is False:
        taken = "this user is gone and the username belongs to somebody else now"
        return taken if state.is_replaced else "the user no longer exists"
    if state.current and record.username not in {state.current.username, record.sub}:
        return "the username is not this user's"
    if state.open_group not in {"", record.group_name}:
        return f"the API lets people join only {state.open_group}, not {record.group_name}"
    return ""


def _warning(state: OnboardingState) -> str:
    if state.is_confirmed is not False:
        return ""
    if not state.enabled:
        return " Note that the user is disabled."
    return f" Note that the user has not confirmed: Cognito says {state.status}."
