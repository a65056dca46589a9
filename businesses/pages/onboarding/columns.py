"""What the admin shows about a stuck onboarding: the list's columns and the page's fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from businesses.models import Onboarding
from businesses.pages.display import (
    as_typed,
    badge,
    identifier,
    quiet,
    reason_in_words,
    status_badge,
    stored_time,
    warning,
    with_problems,
)
from businesses.pages.live.columns import RecordColumns
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    FAILED,
    MOST_ATTEMPTS,
    NOT_IN_ITS_GROUP,
    OPEN,
    OUT_OF_GROUP,
    Attempt,
)
from businesses.records.onboarding import Onboarding as Record
from businesses.records.onboarding_problems import PERSON, TIMES
from businesses.records.reasons.lookup import reason_of

FEWEST_ROWS = 2
MAY_BE_LEFT_OUT = ("group_name", "source")
OUTCOMES = {FAILED: badge("bad", "failed"), COMPLETED: badge("good", "completed")}


class OnboardingColumns(RecordColumns):
    """A mixin for the ModelAdmin, which finds columns and fields by their names."""

    own_fields: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("sub", *PERSON, "status", "source", *TIMES), "S"),
        "reason": "M",
        "attempts": "L",
        "dismissal": "M",
        "requested": "M",
    }

    @admin.display(description="e-mail")
    def title(self, onboarding: Onboarding) -> SafeString:
        """Show the e-mail address, or else another identifier, since the link needs a text."""
        named = onboarding.email or onboarding.name or onboarding.sub
        return with_problems(named, onboarding.record.problems)

    @admin.display(description="status")
    def state(self, onboarding: Onboarding) -> SafeString:
        """Show the status in words."""
        return status_badge(onboarding.record.status)

    @admin.display(description="sub")
    def person_sub(self, onboarding: Onboarding) -> SafeString:
        """Show the sub, to be copied."""
        return identifier(onboarding.record.sub)

    @admin.display(description="username")
    def person_username(self, onboarding: Onboarding) -> SafeString:
        """Show the username, to be copied."""
        return identifier(onboarding.record.username)

    @admin.display(description="reason")
    def reason(self, onboarding: Onboarding) -> SafeString:
        """Show the last failure in words, or how the record was settled."""
        record = onboarding.record
        if record.status == COMPLETED:
            plain = reason_of(record.reason.type, record.reason.message)
            return status_badge(COMPLETED, f"After this: {plain.name}")
        reason = reason_in_words(record.reason.type, record.reason.message)
        if record.status == OUT_OF_GROUP:
            outside = warning(f"not in {record.group_name}", record.reason.message)
            last = record.attempts[-1] if record.attempts else None
            if last and last.outcome == FAILED and last.type != NOT_IN_ITS_GROUP:
                return format_html("{} {}", outside, reason_in_words(last.type, last.message))
            return outside
        if record.status == DISMISSED and record.dismissal:
            why = f"By {record.dismissal.by}: {record.dismissal.reason}"
            return format_html("{} {}", status_badge(DISMISSED, why), reason)
        return reason

    @admin.display(description="reason")
    def full_reason(self, onboarding: Onboarding) -> SafeString:
        """Show why the last attempt failed, what to do, and who can do it."""
        reason = onboarding.record.reason
        plain = reason_of(reason.type, reason.message)
        told = format_html("<strong>{}.</strong> {}", plain.name, plain.what_to_do)
        if not reason.type:
            return told
        details = f"{reason.type}: {reason.message}"
        return format_html('{} <small class="type">{}</small>', told, details)

    @admin.display(description="attempts")
    def attempt_count(self, onboarding: Onboarding) -> str:
        """Show the number of attempts."""
        return number_of_attempts(onboarding.record)

    @admin.display(description="attempts")
    def attempts(self, onboarding: Onboarding) -> SafeString:
        """Show every attempt, newest first."""
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (
                    stored_time(each.at),
                    each.by,
                    OUTCOMES.get(each.outcome, badge("unknown", each.outcome or "unknown")),
                    _told(each),
                )
                for each in reversed(onboarding.record.attempts)
            ),
        )
        head = "<tr><th>When</th><th>By</th><th>Outcome</th><th>Message</th></tr>"
        return format_html(
            '<table class="attempts"><thead>' + head + "</thead><tbody>{}</tbody></table>", rows
        )

    @admin.display(description="first failed")
    def first_failed(self, onboarding: Onboarding) -> SafeString:
        """Show when the onboarding got stuck, in the site's time zone."""
        return stored_time(onboarding.record.first_failed_at)

    @admin.display(description="last attempt")
    def last_attempt(self, onboarding: Onboarding) -> SafeString:
        """Show when the onboarding was last tried, in the site's time zone."""
        return stored_time(last_tried(onboarding.record))

    @admin.display(description="asked for")
    def requested(self, onboarding: Onboarding) -> SafeString:
        """Show which member of staff had a person onboarded whom nobody had recorded."""
        given = onboarding.record.requested
        if given is None:
            return quiet("no", "")
        return format_html("{}, by {}", stored_time(given.at), given.by)

    @admin.display(description="retry")
    def retry_now(self, onboarding: Onboarding) -> SafeString:
        """Offer to retry this one, with a button of the form that the list is."""
        status = onboarding.record.status
        if status not in OPEN:
            return quiet("-", "This one is settled.")
        verb = "Put back" if status == OUT_OF_GROUP else "Retry"
        return format_html(
            '<button type="submit" class="button retry-now" formaction="{}" name="sub" value="{}" '
            'aria-label="{} {}">{}</button>',
            reverse("admin:businesses_onboarding_retry-now"),
            onboarding.sub,
            verb,
            onboarding,
            verb,
        )

    @admin.display(description="dismissed")
    def dismissal(self, onboarding: Onboarding) -> SafeString:
        """Show who dismissed the onboarding, when, and why."""
        given = onboarding.record.dismissal
        if given is None:
            return quiet("no", "")
        return format_html("{}, by {}: {}", stored_time(given.at), given.by, as_typed(given.reason))


def number_of_attempts(record: Record) -> str:
    """Return how many attempts a record remembers; "+" means at least as many."""
    count = len(record.attempts)
    return f"{count}+" if count >= MOST_ATTEMPTS else str(count)


def last_tried(record: Record) -> str:
    """Return when an onboarding was last tried, as it is stored."""
    return record.attempts[-1].at if record.attempts else record.updated_at


def same_in_every_row(rows: Sequence[Onboarding], names: Iterable[str]) -> dict[str, str]:
    """Return the attributes that have one value in all of several rows, with that value."""
    values = {name: {getattr(row, name) for row in rows} for name in names}
    if len(rows) < FEWEST_ROWS:
        return {}
    return {name: found.pop() for name, found in values.items() if len(found) == 1}


def _told(attempt: Attempt) -> SafeString:
    """Say what an attempt met: the reason in words, with what AWS said small below."""
    if not attempt.type:
        return format_html("{}", attempt.message)
    name = reason_of(attempt.type, attempt.message).name
    details = f"{attempt.type}: {attempt.message}"
    return format_html('{} <small class="type">{}</small>', name, details)
