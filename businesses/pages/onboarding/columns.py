"""What the admin shows about a stuck onboarding: the list's columns and the page's fields."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from businesses.models import Onboarding
from businesses.pages.display import further_attributes, quiet, stored_time, with_problems
from businesses.records.attributes import to_json
from businesses.records.onboarding import COMPLETED, DISMISSED, MOST_ATTEMPTS
from businesses.records.onboarding_problems import PERSON, TIMES

# The attributes that have their own fields, which show these types.
SHOWN = {
    **dict.fromkeys(("sub", *PERSON, "status", "source", *TIMES), "S"),
    "reason": "M",
    "attempts": "L",
    "dismissal": "M",
}


class OnboardingColumns:
    """A mixin for the ModelAdmin, which finds columns and fields by their names."""

    @admin.display(description="e-mail")
    def title(self, onboarding: Onboarding) -> SafeString:
        """Show the e-mail address, or else another identifier, since the link needs a text."""
        named = onboarding.email or onboarding.name or onboarding.sub
        return with_problems(named, onboarding.record.problems)

    @admin.display(description="name")
    def business_name(self, onboarding: Onboarding) -> SafeString:
        """Show the name of the business to be created."""
        return format_html("{}", onboarding.name) if onboarding.name else quiet("none", "")

    @admin.display(description="reason")
    def reason(self, onboarding: Onboarding) -> SafeString:
        """Show the last failure's type with its message, or how the record was settled."""
        record = onboarding.record
        if record.status == COMPLETED:
            return quiet("completed", f"After {record.reason.type}: {record.reason.message}")
        kind = format_html(
            '<span title="{}">{}</span>', record.reason.message, record.reason.type or "unknown"
        )
        if record.status == DISMISSED and record.dismissal:
            why = f"By {record.dismissal.by}: {record.dismissal.reason}"
            return format_html("{}, {}", quiet("dismissed", why), kind)
        return kind

    @admin.display(description="reason")
    def full_reason(self, onboarding: Onboarding) -> SafeString:
        """Show why the last attempt failed, in full."""
        reason = onboarding.record.reason
        return format_html("<strong>{}</strong> {}", reason.type or "unknown", reason.message)

    @admin.display(description="attempts")
    def attempt_count(self, onboarding: Onboarding) -> str:
        """Show the number of attempts that the record remembers; "+" means at least as many."""
        count = len(onboarding.record.attempts)
        return f"{count}+" if count >= MOST_ATTEMPTS else str(count)

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
                    each.outcome.lower(),
                    f"{each.type}: {each.message}" if each.type else each.message,
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
        attempts = onboarding.record.attempts
        return stored_time(attempts[-1].at if attempts else onboarding.record.updated_at)

    @admin.display(description="dismissed")
    def dismissal(self, onboarding: Onboarding) -> SafeString:
        """Show who dismissed the onboarding, when, and why."""
        given = onboarding.record.dismissal
        if given is None:
            return quiet("no", "")
        return format_html("{}, by {}: {}", stored_time(given.at), given.by, given.reason)

    @admin.display(description="further attributes")
    def further(self, onboarding: Onboarding) -> SafeString:
        """Show the attributes that have no field of their own."""
        return further_attributes(onboarding.record.item, SHOWN)

    @admin.display(description="item as JSON")
    def item(self, onboarding: Onboarding) -> SafeString:
        """Show every attribute as it is stored."""
        return format_html('<pre class="item">{}</pre>', to_json(onboarding.record.item))
