"""The list of everything that staff did, or were refused."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from businesses.audit.history import in_one_row
from businesses.models import HistoryEntry
from businesses.pages.display import moment
from businesses.pages.staff.object_history import record_address

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[HistoryEntry]
else:
    ModelAdmin = admin.ModelAdmin


TITLE = "What staff did"


class HistoryAdmin(ModelAdmin):
    """Lists the history, newest first. Nobody can add, change or delete an entry."""

    list_display = ("when", "staff_name", "what", "about", "message")
    list_filter = ("at", "action", "kind")
    search_fields = ("object_id", "staff_name")
    search_help_text = "Enter a sub, the ID of a business, or the name of a member of staff."
    fields = readonly_fields = ("when", "staff_name", "what", "about", "message")
    ordering = ("-at", "-pk")
    object_history_template = "admin/object_history.html"  # not the one about a record
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # which would count every entry for each choice
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[HistoryEntry]:
        """Return what is listed: one entry for what began and ended."""
        return in_one_row(super().get_queryset(request))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list under a title that says what it is."""
        return super().changelist_view(request, {"title": TITLE, **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show one entry under what was done."""
        entry: HistoryEntry = context["original"]
        told = f"{capfirst(entry.get_action_display())} by {entry.staff_name}"
        return super().render_change_form(
            request, {**context, "title": told, "subtitle": None}, *args, **kwargs
        )

    @admin.display(description="when", ordering="at")
    def when(self, entry: HistoryEntry) -> SafeString:
        """Show how long ago it was."""
        return moment(entry.at)

    @admin.display(description="what", ordering="action")
    def what(self, entry: HistoryEntry) -> str:
        """Say what was done."""
        return capfirst(entry.get_action_display())

    @admin.display(description="about", ordering="object_id")
    def about(self, entry: HistoryEntry) -> SafeString | str:
        """Link to the person or the business, and to the record's history, which outlives it."""
        if not entry.object_id:
            return entry.get_kind_display()
        address, name = record_address(entry.kind, entry.object_id)
        return format_html(
            '<a href="{}">{}</a> <a href="{}">History</a> <small class="type">{}</small>',
            address,
            name,
            entry.get_history_url(),
            entry.object_id,
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: entries are written when something is done."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what happened does not change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what happened stays."""
        return False
