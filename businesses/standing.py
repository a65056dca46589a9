"""How far a person got, and what a retry would do about it; pure."""

from dataclasses import dataclass
from enum import StrEnum

from businesses.onboarding_records import FAILED, Onboarding
from businesses.pool_users import CONFIRMED
from businesses.presence import Presence


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
class Standing:
    """What Cognito and the Business table say of a person now.

    group: the one to be joined. exists: in the user pool; None when Cognito did not answer. status:
    for example CONFIRMED; "" when Cognito was not asked or did not answer. enabled: may sign in.
    groups: those joined; None when unknown.
    """

    group: str
    exists: bool | None
    status: str = ""
    enabled: bool = True
    groups: tuple[str, ...] | None = None
    business: Presence | None = None

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

    def steps(self) -> tuple[Step, ...]:
        """Return the steps in their order, so that the first that is missing is where it stuck."""
        return (self._confirmed(), self._grouped(), self._written())

    def _confirmed(self) -> Step:
        name = "Confirmed"
        if self.exists is None:
            return Step(name, Mark.UNKNOWN, "Cognito did not answer. Reload to ask again.")
        if not self.exists:
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
            return Step(name, Mark.UNKNOWN, "Cognito did not answer. Reload to ask again.")
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


def will_be_done(record: Onboarding | None, standing: Standing) -> str:
    """Say what a retry of the record would do, before it is done."""
    if record is None or record.status != FAILED:
        what = f"it is {record.status}" if record else "there is no record of this sub"
        return f"Nothing: {what}."
    if standing.business is not None:
        return "The Business is there already: the record becomes COMPLETED."
    if standing.exists is False:
        return "The mutation is called, but the user is gone: expect a refusal. Or dismiss it."
    if standing.is_member:
        return "The Business is written; the user is in the group already."
    if standing.is_member is None:
        return "What is missing of group and Business is done."
    return f"The user joins the group {standing.group}, and the Business is written."
