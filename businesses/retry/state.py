"""How far a person's onboarding got, and what a retry would do. Nothing here does any I/O."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from businesses.records.business import BusinessSummary
from businesses.records.identity import REPLACED
from businesses.records.onboarding import FAILED, OPEN, OUT_OF_GROUP, SETTLED, Onboarding, Person
from businesses.records.user import CONFIRMED, PoolUser, renewed

UNANSWERED = "Cognito did not answer. Reload to ask again."
FROM_COGNITO = "To fix this, take the data from Cognito."
UNNAMED = "The record has no username, so Cognito cannot be asked."


class Mark(StrEnum):
    """Whether a step was done."""

    DONE = "done"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an onboarding, in words for staff."""

    name: str
    mark: Mark
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingState:
    """What Cognito and the Business table currently say about a person.

    group: the group to join. open_group: the group that the API lets people join; "" when unknown.
    is_named: whether there is a username to ask Cognito for. exists: whether the user pool has the
    user; None when Cognito did not answer. is_replaced: whether the user is gone and somebody else
    has the username. status: for example CONFIRMED; "" when Cognito was not
    asked or did not answer. enabled: whether the user may sign in. groups: the groups joined; None
    when unknown. current: the mutation's arguments according to what Cognito holds now; None when
    unknown. unverified_email: what Cognito holds in place of the recorded e-mail address, unless
    the user has verified it; "" if there is no such address.
    """

    group: str
    exists: bool | None
    is_replaced: bool = False
    open_group: str = ""
    is_named: bool = True
    status: str = ""
    enabled: bool = True
    groups: tuple[str, ...] | None = None
    business: BusinessSummary | None = None
    current: Person | None = None
    unverified_email: str = ""

    def with_account(self, user: PoolUser, recorded: Person, group: str) -> Self:
        """Return the state with what Cognito holds of the user.

        recorded: the data to compare with. group: the group that the API lets people join.
        """
        current, email = renewed(recorded, user, group), user.attributes.get("email") or ""
        return replace(
            self,
            status=user.status,
            enabled=user.enabled,
            current=current,
            unverified_email="" if email == current.email else email,
        )

    @property
    def is_member(self) -> bool | None:
        """Whether the person is in the group; None when unknown."""
        if self.exists is False:
            return False
        return None if self.groups is None else self.group in self.groups

    @property
    def may_be_onboarded(self) -> bool:
        """Whether the person is known to have confirmed and to lack a Business."""
        return self.enabled and self.status in CONFIRMED and self.business is None

    @property
    def is_confirmed(self) -> bool | None:
        """Whether the user has confirmed and may sign in; None when unknown."""
        if self.exists is False:
            return False
        return self.enabled and self.status in CONFIRMED if self.status else None

    @property
    def is_in_doubt(self) -> bool:
        """Whether the person lacks a Business and is currently disabled or not confirmed."""
        return self.is_confirmed is False and self.exists is not False and self.business is None

    @property
    def account(self) -> str:
        """Describe the user's account in a word or two."""
        if self.exists is False:
            return "no such user"
        if not self.enabled:
            return "disabled"
        if self.status and not self.is_confirmed:
            return f"no: {self.status}"
        return "yes" if self.status else "unknown"

    def steps(self) -> tuple[Step, ...]:
        """Return the steps in order; the first missing one is where the person got stuck."""
        return (self._confirmed(), self._grouped(), self._written())

    def _confirmed(self) -> Step:
        name = "Confirmed"
        if self.exists is None and not self.is_named and not self.status:
            return Step(name, Mark.UNKNOWN, UNNAMED)
        if self.exists is None and not self.status:
            return Step(name, Mark.UNKNOWN, UNANSWERED)
        if self.exists is False:
            gone = REPLACED if self.is_replaced else "The user pool has no such user."
            return Step(name, Mark.MISSING, gone)
        if not self.enabled:
            return Step(name, Mark.MISSING, "The user is disabled and cannot sign in.")
        if not self.status:
            return Step(name, Mark.UNKNOWN, "Cognito did not report the user's status.")
        done = self.status in CONFIRMED
        return Step(name, Mark.DONE if done else Mark.MISSING, f"Cognito says {self.status}.")

    def _grouped(self) -> Step:
        name = f"In the group {self.group}"
        if self.is_member is None:
            return Step(name, Mark.UNKNOWN, UNANSWERED if self.is_named else UNNAMED)
        others = ", ".join(each for each in self.groups or () if each != self.group)
        words = "" if self.is_member else "Not a member."
        if others:
            words = f"{words} Also in {others}.".strip()
        return Step(name, Mark.DONE if self.is_member else Mark.MISSING, words)

    def _written(self) -> Step:
        if self.business is None:
            return Step("Business written", Mark.MISSING, "There is no Business.")
        since = self.business.created_at
        words = f"Since {since:%Y-%m-%d %H:%M} UTC." if since else ""
        return Step("Business written", Mark.DONE, words)


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs between the record and Cognito."""

    name: str
    recorded: str
    now: str


def differences(record: Onboarding, state: OnboardingState) -> tuple[Difference, ...]:
    """Return what a record would take from Cognito; () if that would not help.

    It only helps a FAILED record without a Business, because only its data are still used.
    """
    old, new = record.person, state.current
    if record.status != FAILED or state.business is not None or new is None or not new.email:
        return ()
    pairs = (
        Difference("e-mail", old.email, new.email),
        Difference("name", old.name, new.name),
        Difference("group", old.group_name, new.group_name),
        Difference("username", old.username, new.username),
    )
    return tuple(each for each in pairs if each.recorded != each.now)


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
    """Return whether nothing is known that would make a retry of an open record fail.

    keep: as in `will_be_done`.
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
