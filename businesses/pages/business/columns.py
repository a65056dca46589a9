"""What the admin shows about a business: the columns of the list and the fields of the page."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from businesses.models import Business
from businesses.pages.display import (
    badge,
    identifier,
    quiet,
    stored_time,
    with_problems,
)
from businesses.pages.live.columns import RecordColumns
from businesses.pages.live.late import placeholder
from businesses.records.business import TEXTS
from businesses.records.identity import REPLACED, Identity, Membership


class BusinessColumns(RecordColumns):
    """A mixin for the ModelAdmin, which finds columns and fields by their names."""

    own_fields = dict.fromkeys(TEXTS, "S")

    @admin.display(description="name", ordering="name")
    def title(self, business: Business) -> SafeString:
        """Show the name, or else another identifier, since the link needs a text."""
        return with_problems(str(business), business.record.problems)

    @admin.display(description="groups")
    def groups(self, business: Business) -> SafeString:
        """Show the owner's groups, or why they are unknown; warn if the business's is missing."""
        owner = business.record.owner_identity
        if business.late_number is not None:
            shown = placeholder("groups", business.late_number, "…", "Cognito is being asked.")
        else:
            shown = groups_cell(business.membership, owner, business.group_name)
        if not business.outside_since:
            return shown
        since = stored_time(business.outside_since)
        return format_html('{}<small class="type">found outside {}</small>', shown, since)

    @admin.display(description="ID")
    def business_id(self, business: Business) -> SafeString:
        """Show the id, to be copied."""
        return identifier(business.record.id)

    @admin.display(description="owner")
    def business_owner(self, business: Business) -> SafeString:
        """Show the owner, to be copied."""
        return identifier(business.record.owner)

    @admin.display(description="created", ordering="created")
    def created(self, business: Business) -> SafeString:
        """Show when the record was written, in the site's time zone."""
        return stored_time(business.record.created_at)

    @admin.display(description="updated")
    def updated(self, business: Business) -> SafeString:
        """Show when the record last changed, in the site's time zone."""
        return stored_time(business.record.updated_at)


def groups_cell(membership: Membership | None, owner: Identity, group: str) -> SafeString:
    """Show an owner's groups. group: what the business signed up for."""
    if membership is None:
        return _unknown(owner)
    if membership.is_replaced:
        return badge("bad", "user gone", REPLACED)
    if not membership.user_exists:
        return badge("bad", "user gone", "The user no longer exists in the user pool")
    names = format_html("{}", ", ".join(membership.groups))
    if group in membership.groups:
        return names
    missing = badge("bad", f"not in {group}", "The business signed up for this group")
    return format_html("{} {}", names, missing) if names else missing


def _unknown(owner: Identity) -> SafeString:
    """Say that the groups are unknown, or that nobody checked whose the username is."""
    if owner.is_unmistakable or not owner.sub:
        return quiet("unknown", "Cognito did not answer")
    why = "Cognito lists only a few users a second, or does not list this one. Reload to ask again."
    return quiet("not checked", why)
