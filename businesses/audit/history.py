"""The history: what staff did, or were refused, which outlives records and staff accounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from businesses.exceptions import HistoryUnwritable
from businesses.models import HistoryEntry

Action, Kind = HistoryEntry.Action, HistoryEntry.Kind

# Which entry before it an end makes superfluous: the one that says that it began. Left out are the
# end of an export, since its beginning alone says what was exported, and the ends that also come
# without a beginning of their own (NOT_RETRIED, FOUND_SETTLED), which would hide that of another.
BEGINNINGS: Mapping[str, str] = {
    Action.RETRY_COMPLETED: Action.RETRY_BEGUN,
    Action.RETRY_FAILED: Action.RETRY_BEGUN,
    Action.RETRY_UNRECORDED: Action.RETRY_BEGUN,
    Action.RETRY_NOT_MADE: Action.RETRY_BEGUN,
}


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


def in_one_row(entries: QuerySet[HistoryEntry]) -> QuerySet[HistoryEntry]:
    """Leave out the beginnings of retries whose end tells all that is to be known.

    A beginning has an end if that is what the same member of staff next began or ended there. Of an
    export, both entries stay.
    """
    begun = {*BEGINNINGS.values()}
    following = (
        HistoryEntry.objects.filter(
            Q(at__gt=OuterRef("at")) | Q(pk__gt=OuterRef("pk")),
            at__gte=OuterRef("at"),  # which an index finds
            kind=OuterRef("kind"),
            object_id=OuterRef("object_id"),
            staff_name=OuterRef("staff_name"),
            action__in=(*BEGINNINGS, *begun),
        )
        .order_by("at")
        .values("action")[:1]
    )
    nothing = Value("")
    end = Coalesce(Subquery(following), nothing)
    then = Case(When(action__in=begun, then=end), default=nothing)
    return entries.alias(then=then).exclude(then__in=BEGINNINGS)


def storable(text: str) -> str:
    """Return the text as every database can store it.

    PostgreSQL stores no NUL, and no database stores half of a surrogate pair; DynamoDB stores the
    first, and JSON can contain the second.
    """
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
