"""Runs: one action on many records, done in batches, that can be left and returned to."""

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, models
from django.utils import timezone

from businesses.audit.history import Staff, storable
from businesses.exceptions import HistoryUnwritable
from businesses.models import HistoryEntry

WHY = "why"  # of what a run is given: words of staff, which may name somebody
UNDER_WAY_FOR = timedelta(minutes=1)  # longer than a batch takes
SHOWN_FOR = timedelta(days=7)  # how long an unfinished run is offered to be continued


class Run(models.Model):
    """One action on many records, which a member of staff has begun; it is in the database.

    What came of each record is in the history, whose entries name the run. Like those, a run names
    nobody but by the sub.

    action: the name of a RunAction. staff_name: kept when the account is deleted. given_as_json:
    what the action needs to know, such as filters or the reason of a dismissal, and what the page
    needs of the list that the run was begun from. total: how many
    records there were to do, as far as they were counted; there are more unless is_counted.
    left_as_json: the subs that are still to be done; "" if the run is of all that match, of which
    it continues at position ("" is the newest). Both are text, since no column for JSON holds a sub
    with a NUL character on every database.
    touched_at: when its last batch began or ended; None before the first. finished_at: None while
    something is left.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.CharField(max_length=32)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    staff_name = models.CharField(max_length=150)
    given_as_json = models.TextField(default="{}")
    total = models.PositiveBigIntegerField()
    is_counted = models.BooleanField(default=True)
    left_as_json = models.TextField(blank=True)
    position = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """No permissions of its own: whoever may do the action sees its runs."""

        app_label = "businesses"
        default_permissions = ()
        indexes = (models.Index(fields=["finished_at", "started_at"], name="runs_unfinished"),)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.staff_name}: {self.action} {self.total}"

    @classmethod
    def begin(  # noqa: PLR0913 - by keyword
        cls,
        action: str,
        staff: Staff,
        *,
        subs: Iterable[str] | None,
        total: int,
        is_counted: bool = True,
        given: Mapping[str, str] | None = None,
    ) -> Self:
        """Store a new run. subs: None for all that match. Raises HistoryUnwritable."""
        left = "" if subs is None else json.dumps(list(dict.fromkeys(subs)))
        try:
            return cls.objects.create(
                action=action,
                staff_id=staff.id,
                staff_name=storable(staff.name),
                given_as_json=json.dumps(dict(given or {})),
                total=total,
                is_counted=is_counted,
                left_as_json=left,
            )
        except DatabaseError as error:
            raise HistoryUnwritable(str(error)) from error

    @property
    def given(self) -> dict[str, str]:
        """What the action needs to know; without the reason once the run is finished."""
        given: dict[str, str] = json.loads(self.given_as_json)
        return given

    @property
    def left(self) -> list[str] | None:
        """The subs that are still to be done; None if the run is of all that match."""
        left: list[str] | None = json.loads(self.left_as_json or "null")
        return left

    @property
    def is_under_way(self) -> bool:
        """Whether somebody is at work on it, as far as its last batch tells."""
        touched = self.touched_at
        is_recent = touched is not None and timezone.now() - touched < UNDER_WAY_FOR
        return self.finished_at is None and is_recent

    @classmethod
    def unfinished(cls, staff_id: int) -> "list[Self]":
        """Return the runs that somebody is at work on, and what this user has left, newest first.

        Those that another person left are theirs to continue, or not.
        """
        since = timezone.now() - SHOWN_FOR
        runs = cls.objects.filter(finished_at=None, started_at__gte=since).order_by("-started_at")
        return [run for run in runs if run.is_under_way or run.staff_id == staff_id]

    def touch(self) -> None:
        """Let others see that somebody is at work on it. Raises HistoryUnwritable."""
        self.touched_at = timezone.now()
        self._save("touched_at")

    def go_on(self, tried: Iterable[str], following: str | None) -> None:
        """Record how far it is after a batch. Raises HistoryUnwritable.

        tried: the subs for which nothing is left to do in this run. following: where a run of all
        that match goes on; None at its end.
        """
        # Somebody else may have done another batch of the same run in the meantime.
        self.refresh_from_db()
        left, done = self.left, set(tried)
        if left is None:
            self.position, is_over = following or "", following is None
        else:
            left = [sub for sub in left if sub not in done]
            self.left_as_json, is_over = json.dumps(left), not left
        self.touched_at = timezone.now()
        if is_over:
            self.finished_at = self.touched_at
            kept = {name: each for name, each in self.given.items() if name != WHY}
            self.given_as_json = json.dumps(kept)
        self._save()

    def _save(self, *fields: str) -> None:
        try:
            self.save(update_fields=fields or None)
        except DatabaseError as error:
            raise HistoryUnwritable(str(error)) from error

    def results(self, results: Iterable[str]) -> "dict[str, tuple[int, str]]":
        """Return the id and the action of the last entry about each record, by sub, oldest first.

        results: the actions that say what came of a record, unlike those that say what is begun.
        """
        entries = HistoryEntry.objects.filter(run=self.pk, action__in=results)
        found: dict[str, tuple[int, str]] = {}
        rows: Any = entries.order_by("pk").values_list("object_id", "pk", "action")
        for sub, number, action in rows.iterator():
            found.pop(sub, None)
            found[sub] = (number, action)
        return found


def under_way(subs: Iterable[str], *, but: str) -> dict[str, HistoryEntry]:
    """Return who began to retry a record and has not ended yet, as far as the history knows.

    but: the name of a member of staff whose own retries do not count.
    """
    since = timezone.now() - UNDER_WAY_FOR
    wanted, own = {storable(sub): sub for sub in subs}, storable(but)
    entries = HistoryEntry.objects.filter(
        kind=HistoryEntry.Kind.ONBOARDING, object_id__in=list(wanted), at__gte=since
    )
    last = {wanted[entry.object_id]: entry for entry in entries.order_by("at", "pk")}
    begun = HistoryEntry.Action.RETRY_BEGUN
    return {
        sub: entry
        for sub, entry in last.items()
        if entry.action == begun and entry.staff_name != own
    }
