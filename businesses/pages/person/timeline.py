"""What happened to one person, newest first: Cognito, the records, and what staff did."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString

from businesses.audit.history import Action, Kind, in_one_row, storable
from businesses.models import Business, HistoryEntry
from businesses.pages.addresses import change_address
from businesses.pages.business.related import retry_behind
from businesses.pages.display import as_typed, moment, stored_time
from businesses.pages.person.reads import PersonFacts
from businesses.records.business import parse_time
from businesses.records.onboarding import (
    COMMAND,
    COMPLETED,
    NOT_IN_ITS_GROUP,
    SWEEP,
    TRIGGER,
    Attempt,
    Onboarding,
)
from businesses.records.reasons.lookup import reason_of
from businesses.sweep.decisions import STUCK

MOST_ENTRIES = 100  # of the history, newest first; the history's own page has all
# An outcome is written to the history after the attempt that it is about.
WRITTEN_WITHIN = timedelta(minutes=2)
RECORDERS = {TRIGGER: "the trigger", SWEEP: "the sweep", COMMAND: "the command retry_onboardings"}
OUTCOMES = {Action.RETRY_COMPLETED, Action.RETRY_FAILED, Action.RETRY_UNRECORDED}
ENDINGS = OUTCOMES | {Action.NOT_RETRIED}
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. at: None if the stored time cannot be read. time: as shown.

    who: "" if nobody in particular did it. words: what came of it, or why; escaped by the template
    unless it is a SafeString. url: of its page, or "".
    """

    at: datetime | None
    time: SafeString
    who: str
    what: str
    words: str = ""
    url: str = ""


def history_of(facts: PersonFacts, kinds: Iterable[str]) -> list[HistoryEntry]:
    """Return the newest entries about a person and their businesses, newest first.

    kinds: those that may be seen. A business that is gone is found if its id is the sub.
    """
    wanted, of_any = set(kinds), Q(pk__in=())
    if Kind.ONBOARDING in wanted:
        of_any |= Q(kind=Kind.ONBOARDING, object_id=storable(facts.sub))
    if Kind.BUSINESS in wanted:
        ids = {storable(each) for each in (facts.sub, *(each.id for each in facts.businesses))}
        of_any |= Q(kind=Kind.BUSINESS, object_id__in=ids)
    entries = in_one_row(HistoryEntry.objects.filter(of_any)).select_related("staff")
    return list(entries.order_by("-at", "-pk")[:MOST_ENTRIES])


def timeline_of(
    facts: PersonFacts, entries: Sequence[HistoryEntry], kinds: Iterable[str]
) -> list[Event]:
    """Return what happened, newest first; what has no readable time comes last.

    entries: newest first. kinds: what may be seen besides Cognito.
    """
    wanted = set(kinds)
    events = list(_from_cognito(facts))
    if Kind.BUSINESS in wanted:
        events += _from_businesses(facts, entries)
    if Kind.ONBOARDING in wanted:
        events += _from_record(facts, entries)
    events += map(_from_history, reversed(entries))
    events.sort(key=lambda event: event.at or EARLIEST)
    return events[::-1]


def _from_cognito(facts: PersonFacts) -> Iterator[Event]:
    if facts.user is not None:
        at = facts.user.created_at
        yield Event(at=at, time=moment(at), who="", what="Signed up")


def _from_businesses(facts: PersonFacts, entries: Sequence[HistoryEntry]) -> Iterator[Event]:
    for business in facts.businesses:
        retried = retry_behind(business, facts.record, entries)
        yield Event(
            at=parse_time(business.created_at),
            time=stored_time(business.created_at),
            who=f"a retry of {RECORDERS.get(retried.by, retried.by)}" if retried else "",
            what="Business written",
            words=as_typed(business.name or business.email or business.id),
            url=change_address(Business, business.id),
        )


def _from_record(facts: PersonFacts, entries: Sequence[HistoryEntry]) -> Iterator[Event]:
    record = facts.record
    if record is None:
        return
    if record.attempts and record.first_failed_at and not _is_first(record):
        yield _event(record.first_failed_at, "", "Got stuck", "Older attempts are not kept.")
    if record.requested:
        yield _event(record.requested.at, record.requested.by, "Onboarding requested")
    for attempt in record.attempts:
        if not _is_in(entries, attempt):
            who = RECORDERS.get(attempt.by, attempt.by)
            yield _event(attempt.at, who, _kind_of(attempt), _outcome_of(attempt))
    given = record.dismissal
    if given and not any(entry.action == Action.DISMISSED for entry in entries):
        yield _event(given.at, given.by, "Dismissed", given.reason)


def _from_history(entry: HistoryEntry) -> Event:
    what, words = _told_by(entry)
    return Event(at=entry.at, time=moment(entry.at), who=_name(entry), what=what, words=words)


def _event(at: str, who: str, what: str, words: str = "") -> Event:
    return Event(at=parse_time(at), time=stored_time(at), who=who, what=what, words=words)


def _is_first(record: Onboarding) -> bool:
    """Return whether the first attempt that a record remembers is the one that got it stuck."""
    return record.first_failed_at >= record.attempts[0].at


def _kind_of(attempt: Attempt) -> str:
    is_done = attempt.outcome == COMPLETED
    if attempt.type == NOT_IN_ITS_GROUP:
        return "Found outside the group"
    if attempt.by == SWEEP or attempt.type in STUCK:
        return "Found onboarded" if is_done else "Found stuck"
    if attempt.by == TRIGGER:
        return "Onboarded" if is_done else "Onboarding failed"
    return "Retry completed" if is_done else "Retry failed"


def _outcome_of(attempt: Attempt) -> str:
    """Say what came of an attempt: the reason in words, with what the service said small below."""
    if not attempt.type:
        return attempt.message
    name = reason_of(attempt.type, attempt.message).name
    exact = f"{attempt.type}: {attempt.message}" if attempt.message else attempt.type
    return format_html('{}<small class="type">{}</small>', name, exact)


def _is_in(entries: Sequence[HistoryEntry], attempt: Attempt) -> bool:
    """Return whether the history has the outcome of an attempt, which then need not be shown."""
    at = parse_time(attempt.at)
    if at is None or attempt.by in RECORDERS:
        return False
    return any(
        entry.action in OUTCOMES
        and entry.staff_name == storable(attempt.by)
        and timedelta(0) <= entry.at - at <= WRITTEN_WITHIN
        for entry in entries
    )


def _name(entry: HistoryEntry) -> str:
    full = entry.staff.get_full_name() if entry.staff else ""
    return f"{full} ({entry.staff_name})" if full else entry.staff_name


def _told_by(entry: HistoryEntry) -> tuple[str, str]:
    """Return what an entry tells, and what came of it."""
    if entry.action in ENDINGS:  # they say themselves what was tried
        what, _, words = entry.message.partition(".")
        return what, words.strip()
    label = entry.get_action_display().capitalize()
    if entry.action == Action.RETRY_BEGUN:
        return entry.message.rstrip(".") or label, "What came of it, if recorded, is another entry."
    is_repeated = entry.message.lower().startswith(label.lower())
    return label, entry.message[len(label) :].lstrip(".: ") if is_repeated else entry.message
