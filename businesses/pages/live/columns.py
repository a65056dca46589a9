"""The columns and fields that records of both tables have."""

from collections.abc import Mapping
from typing import ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from businesses.models import Business, Onboarding
from businesses.pages.display import as_typed, further_attributes, item_as_json, quiet
from businesses.pages.live.late_drift import drift_cell


class RecordColumns:
    """A mixin for the ModelAdmin, which finds columns and fields by their names.

    own_fields: the attributes that have fields of their own, with the types that these show.
    """

    own_fields: ClassVar[Mapping[str, str]]

    @admin.display(description="name")
    def business_name(self, row: Business | Onboarding) -> SafeString:
        """Show the name of the business, as it is recorded."""
        return as_typed(row.name) if row.name else quiet("none", "")

    @admin.display(description="e-mail")
    def address(self, row: Business | Onboarding) -> SafeString:
        """Show the e-mail address, as it is recorded."""
        return as_typed(row.email) if row.email else quiet("none", "")

    @admin.display(description="e-mail")
    def listed_address(self, row: Business | Onboarding) -> SafeString:
        """Show the e-mail address, and what Cognito holds otherwise."""
        return format_html("{} {}", self.address(row), drift_cell(row))

    @admin.display(description="name")
    def listed_name(self, row: Business | Onboarding) -> SafeString:
        """Show the name of the business, and what Cognito holds otherwise."""
        return format_html("{} {}", self.business_name(row), drift_cell(row))

    @admin.display(description="further attributes")
    def further(self, row: Business | Onboarding) -> SafeString:
        """Show the attributes that have no field of their own."""
        return further_attributes(row.record.item, self.own_fields)

    @admin.display(description="item as JSON")
    def item(self, row: Business | Onboarding) -> SafeString:
        """Show every attribute as it is stored."""
        return item_as_json(row.record.item)
