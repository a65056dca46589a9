"""The list of everything that staff did, or were refused."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from businesses.models import HistoryEntry

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[HistoryEntry]
else:
    ModelAdmin = admin.ModelAdmin


class HistoryAdmin(ModelAdmin):
    """Lists the history, newest first. Nobody can add, change or delete an entry."""

    list_display = ("at", "staff_name", "action", "about", "message")
    list_filter = ("at", "action", "kind")
    search_fields = ("object_id", "staff_name")
    search_help_text = "Enter a sub, the ID of a business, or the name of a member of staff."
    fields = readonly_fields = ("at", "staff_name", "action", "about", "message")
    ordering = ("-at", "-pk")
    list_per_page = 50
    show_full_result_count = False
    actions = None

    @admin.display(description="about", ordering="object_id")
    def about(self, entry: HistoryEntry) -> str:
        """Link to the history of the record that an entry is about, which may be gone."""
        if not entry.object_id:
            return entry.get_kind_display()
        return format_html('<a href="{}">{}</a>', entry.get_history_url(), entry.object_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: entries are written when something is done."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what happened does not change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what happened stays."""
        return False
