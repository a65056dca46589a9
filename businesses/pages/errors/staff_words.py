"""What staff read when AWS fails: their own words; the details are for whoever mends it."""

from dataclasses import dataclass

from businesses.exceptions import (
    ApiNotCalled,
    ApiRefused,
    ApiUnreachable,
    BackendUnavailable,
    BusinessesError,
    CredentialsRefused,
    GreenThreads,
    HistoryUnwritable,
    IndexMissing,
    SeveralProblems,
    TableMissing,
    UserPoolMissing,
)
from businesses.records.reasons.lookup import reason_of
from businesses.records.reasons.meanings import (
    AWS_FAILED,
    BUSY,
    CREDENTIALS_REFUSED,
    LOCAL_FAULT,
    POOL_MISSING,
    TABLE_MISSING,
    Who,
)

LATER = "Nothing you did. Try again in a minute; if it stays, tell an operator."
OPERATOR = "Nothing you did. Tell an operator."
SILENT = "AWS does not answer just now."
_HEADS: dict[type[BusinessesError], str] = {
    ApiNotCalled: f"{LOCAL_FAULT.name}.",
    ApiRefused: "The API does not let the site onboard anybody.",
    CredentialsRefused: f"{CREDENTIALS_REFUSED.name}.",
    GreenThreads: "The site is not served as it has to be.",
    HistoryUnwritable: "The site could not write down what was done.",
    IndexMissing: "This list or search needs an index that the table does not have.",
    TableMissing: f"{TABLE_MISSING.name}.",
    UserPoolMissing: f"{POOL_MISSING.name}.",
}


@dataclass(frozen=True, slots=True)
class StaffWords:
    """head: what happened, a sentence. what_to_do: for staff, without commands."""

    head: str
    what_to_do: str

    def __str__(self) -> str:
        return f"{self.head} {self.what_to_do}"


def staff_words(error: BusinessesError) -> StaffWords:
    """Say what happened when the backend failed; an error that is none of AWS's says so itself."""
    if not isinstance(error, SeveralProblems):
        return _of_one(error)
    parts = [staff_words(problem) for problem in error.problems]
    to_do = dict.fromkeys(part.what_to_do for part in parts)
    return StaffWords(" ".join(part.head for part in parts), " ".join(to_do))


def _of_one(error: BusinessesError) -> StaffWords:
    head = _HEADS.get(type(error))
    if head:
        return StaffWords(head, OPERATOR)
    if isinstance(error, ApiUnreachable):
        return StaffWords(SILENT, LATER)
    if not isinstance(error, BackendUnavailable):
        return StaffWords(str(error), error.hint)
    if not error.kind:
        return StaffWords("The backend cannot be used just now.", OPERATOR)
    plain = reason_of(error.kind)
    if plain.who is not Who.NOBODY:
        return StaffWords(f"{plain.name}.", OPERATOR)
    return StaffWords(f"{plain.name}." if plain in {BUSY, AWS_FAILED} else SILENT, LATER)
