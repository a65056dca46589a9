"""How far a person got, and what a retry would do about it; pure."""

from dataclasses import dataclass
from enum import StrEnum

from businesses.records.business import BusinessSummary
from businesses.records.onboarding import FAILED, Onboarding, Person
from businesses.records.user import CONFIRMED

UNANSWERED = "Cognito did not answer. Reload to ask again."
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
    """What Cognito and the Business table say of a person now.

    group: the one to be joined. open_group: the one that the API lets people join, "" when unknown.
    is_named: whether there is a username to ask Cognito for. exists: in the user pool; None when
    Cognito did not answer. status: for example CONFIRMED; "" when Cognito was not asked or did not
    answer. enabled: may sign in. groups: those joined; None when unknown. current: what the
    mutation would be told by what Cognito holds now; None when unknown.
    """

    group: str
    exists: bool | None
    open_group: str = ""
    is_named: bool = True
    status: str = ""
    enabled: bool = True
    groups: tuple[str, ...] | None = None
    business: BusinessSummary | None = None
    current: Person | None = None

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
        """Whether somebody lacks a Business who is disabled or not confirmed by now."""
        return self.is_confirmed is False and self.exists is not False and self.business is None

    @property
    def account(self) -> str:
        """Say it in a word or two."""
        if self.exists is False:
            return "no such user"
        if not self.enabled:
            return "disabled"
        if self.status and not self.is_confirmed:
            return f"no: {self.status}"
        return "yes" if self.status else "unknown"

    def steps(self) -> tuple[Step, ...]:
        """Return the steps in their order, so that the first that is missing is where it stuck."""
        return (self._confirmed(), self._grouped(), self._written())

    def _confirmed(self) -> Step:
        name = "Confirmed"
        if self.exists is None and not self.is_named and not self.status:
            return Step(name, Mark.UNKNOWN, UNNAMED)
        if self.exists is None and not self.status:
            return Step(name, Mark.UNKNOWN, UNANSWERED)
        if self.exists is False:
            return Step(name, Mark.MISSING, "The user pool has no such user.")
        if not self.enabled:
            return Step(name, Mark.MISSING, "The user is disabled and cannot sign in.")
        if not self.status:
            return Step(name, Mark.UNKNOWN, "Cognito did not tell.")
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
    """Where Cognito's data are no longer what the record holds."""

    name: str
    recorded: str
    now: str


def differences(record: Onboarding, state: OnboardingState) -> tuple[Difference, ...]:
    """Return what a record would take from Cognito, () where it would not help.

    That is of a FAILED record without a Business, as only its data are still used.
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


def will_be_done(record: Onboarding | None, state: OnboardingState) -> str:
    """Say what a retry of the record would do, before it is done.

    A record says that the person confirmed once, so whoever is disabled or unconfirmed by now is
    retried like everybody else: the words warn, and staff dismiss what is to stay undone.
    """
    if record is None or record.status != FAILED:
        what = f"it is {record.status}" if record else "there is no record of this sub"
        return f"Nothing: {what}."
    if state.business is not None:
        return "The Business is there already: the record becomes COMPLETED."
    if why := _refusal(record, state):
        mend = " Taking the data from Cognito mends that." if differences(record, state) else ""
        return f"The mutation is called, but {why}: expect a refusal.{mend or ' Or dismiss it.'}"
    if state.is_member:
        words = "The Business is written; the user is in the group already."
    elif state.is_member is None:
        words = "What is missing of group and Business is done."
    else:
        words = f"The user joins the group {state.group}, and the Business is written."
    return f"{words}{_warning(state)}"


def _refusal(record: Onboarding, state: OnboardingState) -> str:
    """Say why the API would refuse a record, "" where nothing is known against it."""
    if state.exists is False:
        return "the user is gone"
    if not record.email:
        return "the record has no e-mail address"
    if not record.username:
        return "the record has no username"
    if state.open_group not in {"", record.group_name}:
        return f"the API lets people join {state.open_group} only, not {record.group_name}"
    return ""


def _warning(state: OnboardingState) -> str:
    if state.is_confirmed is not False:
        return ""
    if not state.enabled:
        return " Mind that the user is disabled."
    return f" Mind that the user has not confirmed: Cognito says {state.status}."
