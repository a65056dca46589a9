"""The outcomes of retries, described for staff. Nothing here does any I/O."""

from dataclasses import dataclass
from enum import Enum

from botocore.exceptions import ClientError

from businesses.exceptions import BusinessesError, RecordGone
from businesses.records.onboarding import DISMISSED, SETTLED, Onboarding, Reason

SERVER_ERROR = 500
ALREADY = "The business already existed"  # how a completed retry that wrote nothing says so
FIX_ITEM = "Correct the item in the DynamoDB console, or open the record to see what else helps."
HARMLESS = "This is harmless: another retry will find the work done and complete the record."


class Result(Enum):
    """How the retry of one record ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "not retried"  # there is no record, or it lacks what the mutation needs
    SETTLED = "settled before"  # somebody else completed or dismissed it
    UNRECORDED = "not recorded"  # the result could not be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome for one record. text: a sentence or two for staff.

    reason: why the mutation failed; None if it succeeded or was not called.
    record: as written, or else as found; None if there is none.
    """

    sub: str
    result: Result
    text: str
    reason: Reason | None = None
    record: Onboarding | None = None

    @property
    def is_fine(self) -> bool:
        """Whether nothing is left to do: this retry completed it, or it was settled before."""
        return self.result in {Result.COMPLETED, Result.SETTLED}


def refusal(sub: str, record: Onboarding | None, why: str = "") -> Outcome:
    """Say why a record is not retried: by whom and when it was settled, or what it lacks.

    why: if neither its status nor its data say so.
    """
    result = Result.REFUSED
    if record is None:
        text = "There is no record with this sub."
    elif record.status in SETTLED:
        result, text = Result.SETTLED, settled(record)
    elif why:
        text = why
    elif record.obstacles:
        text = f"{' '.join(record.obstacles)} {FIX_ITEM}"
    else:
        text = f"It has become {record.status} in the meantime."
    text = f"{text} The mutation was not called."
    return Outcome(sub=sub, result=result, text=text, record=record)


def settled(record: Onboarding) -> str:
    """Say by whom and when a record was completed or dismissed, in a sentence."""
    if record.status == DISMISSED and record.dismissal:
        by, why = record.dismissal.by, f": {record.dismissal.reason}"
    else:
        completed = (each.by for each in reversed(record.attempts) if each.outcome == record.status)
        by, why = next(completed, ""), ""
    who = f" by {by}" if by else ""
    return f"It has been {record.status} since {record.updated_at}{who}{why.rstrip('.')}."


def unrecorded(reason: Reason | None, error: Exception) -> str:
    """Say how a call ended, what is known about its record, and what to do.

    A write that got no answer, or a server error from DynamoDB, may have taken effect.
    """
    is_known, why = isinstance(error, BusinessesError), str(error)
    if isinstance(error, ClientError):
        is_known = error.response["ResponseMetadata"]["HTTPStatusCode"] < SERVER_ERROR
        why = error.response["Error"]["Code"]
    if isinstance(error, RecordGone):
        state = "the record no longer exists"
        hint = "Search for the sub to onboard the person." if reason else "Nothing is left to do."
    elif is_known:
        state = f"the record was not updated ({why})"
        hint = "The record is unchanged. Retry it." if reason else HARMLESS
    else:
        state = f"it is not known whether the record was updated ({why})"
        hint = "Reload the record, and retry it if it is still FAILED." if reason else HARMLESS
    if reason is None:
        return f"The mutation succeeded, but {state}. {hint}"
    return f"The mutation failed ({reason.type}: {reason.message}), and {state}. {hint}"
