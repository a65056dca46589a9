"""How far a person's onboarding got, and how their record differs from Cognito; without I/O."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from businesses.records.business import BusinessSummary
from businesses.records.identity import REPLACED
from businesses.records.onboarding import FAILED, Onboarding, Person
from businesses.records.user import CONFIRMED, PoolUser, renewed

UNANSWERED = "Cognito did not answer. Reload to ask again."
UNNAMED = "The record has no username, so Cognito cannot be asked."


class Mark(StrEnum):
    """Whether a step was done."""

    DONE = "done"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an onboarding, in words for staff. at: when it was done, if that is known."""

    name: str
    mark: Mark
    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingState:
    """What Cognito and the Business table currently say about a person.

    group: the group to join. is_group_gone: whether the user pool is known to have no such group.
    open_group: the group that the API lets people join; "" when unknown.
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
    is_group_gone: bool = False
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
        return Step("Business written", Mark.DONE, "", self.business.created_at)


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
