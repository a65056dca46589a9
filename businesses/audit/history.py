"""The history: what staff did, or were refused, which outlives records and staff accounts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from django.db import DatabaseError, transaction
from django.http import HttpRequest

from businesses.exceptions import HistoryUnwritable
from businesses.models import HistoryEntry

Action, Kind = HistoryEntry.Action, HistoryEntry.Kind


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acted. id: of the staff account; None for a command. name: recorded with what was done.

    The name is kept when the account is deleted. run: the run in which they act, if it is one.
    """

    id: int | None
    name: str
    run: UUID | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Return the user who sent a request. Only for users who are logged in."""
        return cls(request.user.pk, request.user.get_username())

    def in_run(self, run: UUID) -> Self:
        """Return them as they act in a run."""
        return replace(self, run=run)


def write_history(
    staff: Staff,
    action: str,
    ids: Iterable[str],
    message: str,
    *,
    kind: str = Kind.ONBOARDING,
) -> None:
    """Add an entry to the history of each record. Raises HistoryUnwritable; then none is written.

    Entries outlive the record, so they identify a person by the sub alone. ids: subs, or ids of
    businesses if that is the kind; "" is for what concerns no single record.
    """
    try:
        with transaction.atomic():
            HistoryEntry.objects.bulk_create(
                HistoryEntry(
                    staff_id=staff.id,
                    staff_name=storable(staff.name),
                    action=action,
                    kind=kind,
                    object_id=storable(each),
                    message=storable(message),
                    run=staff.run,
                )
                for each in ids
            )
    except DatabaseError as error:
        raise HistoryUnwritable(str(error)) from error


def storable(text: str) -> str:
    """Return the text as every database can store it.

    PostgreSQL stores no NUL, and no database stores half of a surrogate pair; DynamoDB stores the
    first, and JSON can contain the second.
    """
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
