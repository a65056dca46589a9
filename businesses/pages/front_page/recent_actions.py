"""What a member of staff did last: with whom, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet

from businesses.audit.history import Action, in_one_row
from businesses.backend import get_backend
from businesses.figures.names import names_of
from businesses.models import HistoryEntry
from businesses.pages.addresses import person_address
from businesses.retry.audited import PUT_BACK
from businesses.retry.outcomes import Result

MOST = 10
LOOKED_AT = 200  # entries; what was done for many at once is one line
MOST_READS = 5  # of so many entries; the next one leaves out the rest of a run
TOGETHER = timedelta(minutes=2)  # how far apart the entries of one line are

FINE, BAD, NEUTRAL = "well", "ill", "unknown"
MARKS = {FINE: "✓", BAD: "!", NEUTRAL: "·"}
# What was done, and what came of it.
WORDS: dict[str, tuple[str, str, str]] = {
    Action.RETRY_BEGUN: ("Retry begun", "its end, if recorded, is another line", NEUTRAL),
    Action.RETRY_COMPLETED: ("Retried", "onboarded now", FINE),
    Action.RETRY_FAILED: ("Retried", "it failed again", BAD),
    Action.RETRY_UNRECORDED: ("Retried", "the record does not show it", BAD),
    Action.NOT_RETRIED: ("Not retried", "", BAD),
    Action.RETRY_NOT_MADE: ("Not retried", "", BAD),
    Action.FOUND_SETTLED: ("Retried", "already settled", FINE),
    Action.DISMISSED: ("Dismissed", "", FINE),
    Action.REOPENED: ("Reopened", "stuck again", FINE),
    Action.NOT_CHANGED: ("Not changed", "", BAD),
    Action.UNCONFIRMED: ("Change not confirmed", "", BAD),
    Action.REFRESHED: ("Took the data in Cognito for", "", FINE),
    Action.EXPORT_BEGUN: ("Export begun", "", NEUTRAL),
    Action.EXPORTED: ("Exported", "", FINE),
    Action.REFUSED: ("Refused", "", BAD),
    Action.ERASED: ("Erased", "", NEUTRAL),
}
EXPORTS = {Action.EXPORT_BEGUN, Action.EXPORTED}
IN_GROUP = ("Put back", "in the group again", FINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentAction:
    """One line. who: the name, or else the sub or ID; "" if it is about nobody in particular.

    others: how many more it was done for. message: the history's own words about the newest.
    """

    who: str
    url: str
    others: int
    done: str
    outcome: str
    mark: str
    kind: str
    message: str
    at: datetime


def recent_actions(user: AbstractBaseUser | AnonymousUser) -> list[RecentAction]:
    """Return the last actions of a user, newest first, as far as they may see what they are about.

    The history knows subs only; names are read from the tables now.
    """
    asked: Any = user
    seen = [kind for kind in HistoryEntry.Kind if asked.has_perm(f"businesses.view_{kind}")]
    own = HistoryEntry.objects.filter(staff=asked, kind__in=seen)
    entries = in_one_row(own).order_by("-at", "-pk")
    newest, cut = _newest(entries)
    groups = _grouped(newest)[:MOST]
    ids = {group[0].object_id for group in groups} - {""}
    names = names_of(get_backend(), ids) if ids else {}
    lines = list[RecentAction]()
    for group in groups:
        first, number = group[0], len({each.object_id for each in group})
        if first.run in cut:
            same = entries.filter(run=first.run, action=first.action)
            number = same.order_by().values("object_id").distinct().count()
        lines.append(_line(first, names.get(first.object_id, ""), number - 1))
    return lines


def _newest(
    entries: QuerySet[HistoryEntry],
) -> tuple[list[HistoryEntry], set[UUID]]:
    """Return the newest entries, and the runs of which only the newest are among them."""
    found, cut = list[HistoryEntry](), set[UUID]()
    following = entries
    for _ in range(MOST_READS):
        some = list(following.exclude(run__in=cut)[:LOOKED_AT])
        found += some
        if len(some) < LOOKED_AT or (last := some[-1]).run is None:
            break
        cut.add(last.run)
        following = entries.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    return found, cut


def _grouped(entries: Iterable[HistoryEntry]) -> list[list[HistoryEntry]]:
    """Put together what was done for several records at once, with the same outcome."""
    groups = list[list[HistoryEntry]]()
    for entry in entries:
        last = groups[-1][-1] if groups else None
        is_same = last is not None and _words(last) == _words(entry) and entry.object_id != ""
        if last and is_same and last.at - entry.at <= TOGETHER:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return groups


def _words(entry: HistoryEntry) -> tuple[str, str, str]:
    """Return what was done, what came of it, and which of the marks says so."""
    if entry.message.startswith(PUT_BACK[Result.COMPLETED]):
        return IN_GROUP
    unknown = entry.get_action_display().capitalize(), "", NEUTRAL
    return WORDS.get(entry.action, unknown)


def _address(entry: HistoryEntry) -> str:
    """Return where more is to be read: about the person, or in the history of a business."""
    if entry.object_id and entry.kind == HistoryEntry.Kind.ONBOARDING:
        return person_address(entry.object_id)
    return entry.get_history_url()


def _line(entry: HistoryEntry, name: str, others: int) -> RecentAction:
    done, outcome, kind = _words(entry)
    message = entry.message
    if entry.action in EXPORTS:  # which say themselves what was done
        done, message = message.rstrip("."), ""
    return RecentAction(
        who=name or entry.object_id,
        url=_address(entry),
        others=others,
        done=done,
        outcome=outcome,
        mark=MARKS[kind],
        kind=kind,
        message=message,
        at=entry.at,
    )
