"""What came of a retry, in words for staff; pure."""

from dataclasses import dataclass
from enum import Enum

from botocore.exceptions import ClientError

from businesses.exceptions import BusinessesError, InvalidRecord, RecordGone
from businesses.records.onboarding import Onboarding, Reason

SERVER_ERROR = 500
HARMLESS = "That is harmless: retry it, and it is found done."


class Result(Enum):
    """How the retry of one record ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "not retried"  # its status is another one
    UNRECORDED = "not recorded"  # what came of it could not be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one record. text: for staff, a sentence or two.

    reason: why the mutation failed; None where it went through, or was not called.
    record: as written, or as found; None where there is none.
    """

    sub: str
    result: Result
    text: str
    reason: Reason | None = None
    record: Onboarding | None = None

    @property
    def is_fine(self) -> bool:
        """Whether nothing is left to do for anybody: done by this retry, or settled before."""
        return self.result is Result.COMPLETED or (
            self.result is Result.REFUSED and self.record is not None
        )


def refusal(sub: str, record: Onboarding | InvalidRecord | None) -> Outcome:
    """Say what a record is that is not retried."""
    if isinstance(record, Onboarding):
        text = f"It is {record.status} since {record.updated_at}."
    elif record is None:
        text = "There is no record of this sub."
    else:
        text = f"{record} {record.hint}"
    return Outcome(
        sub=sub,
        result=Result.REFUSED,
        text=f"{text} The mutation was not called.",
        record=record if isinstance(record, Onboarding) else None,
    )


def unrecorded(reason: Reason | None, error: Exception) -> str:
    """Say what came of a call, what is known of its record, and what to do.

    A write that nobody answered, or that met a fault of DynamoDB's own, may have taken effect.
    """
    is_known, why = isinstance(error, BusinessesError), str(error)
    if isinstance(error, ClientError):
        is_known = error.response["ResponseMetadata"]["HTTPStatusCode"] < SERVER_ERROR
        why = error.response["Error"]["Code"]
    if isinstance(error, RecordGone):
        state = "there is no record any more"
        mend = "Search for the sub to onboard the person." if reason else "Nothing is left to do."
    elif is_known:
        state = f"the record was not updated ({why})"
        mend = "It is as it was: retry it." if reason else HARMLESS
    else:
        state = f"it is not known whether the record was updated ({why})"
        mend = "Reload it, and retry it if it is still FAILED." if reason else HARMLESS
    if reason is None:
        return f"The mutation went through, but {state}. {mend}"
    return f"The mutation failed ({reason.type}: {reason.message}), and {state}. {mend}"
