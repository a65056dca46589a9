"""The history of one record, as a page of the admin; the record itself may be gone."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from businesses.audit.history import in_one_row, storable
from businesses.exceptions import BusinessesError, RecordGone
from businesses.models import Business, HistoryEntry
from businesses.pages.addresses import change_address, person_address
from businesses.pages.errors.staff_words import staff_words

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin

PER_PAGE = 100


def show_history(
    model_admin: ModelAdmin, request: HttpRequest, object_id: str, extra_context: dict[str, Any]
) -> HttpResponse:
    """Show what staff did about one record, oldest first, as the admin shows its own history.

    object_id: as quoted in the URL. The history is in the site's database, so AWS is asked only
    whether there is such a record about which staff did nothing. Raises RecordGone if there is not.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    opts, record_id = model_admin.opts, unquote(object_id)
    of_it = HistoryEntry.objects.filter(kind=opts.model_name, object_id=storable(record_id))
    entries = in_one_row(of_it).select_related("staff").order_by("at", "pk")
    paginator = model_admin.get_paginator(request, entries, PER_PAGE)
    note = "" if paginator.count else _note_without_entries(model_admin, request, record_id)
    page = paginator.get_page(request.GET.get(PAGE_VAR, 1))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"What staff did: {record_id}",
        "subtitle": None,
        "entries": page,
        "page_range": paginator.get_elided_page_range(page.number),
        "page_var": PAGE_VAR,
        "pagination_required": paginator.num_pages > 1,
        "module_name": str(capfirst(opts.verbose_name_plural)),
        "record_id": record_id,
        "record_link": record_address(str(opts.model_name), record_id),
        "note": note,
        "opts": opts,
        "media": model_admin.media,
        **extra_context,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/businesses/object_history.html", context)


def record_address(kind: str, record_id: str) -> tuple[str, str]:
    """Return the address of what a history is about, and what to call it.

    An onboarding's is the page of the person, which leads to the record as long as there is one.
    """
    if kind == HistoryEntry.Kind.ONBOARDING:
        return person_address(record_id), "Person"
    return change_address(Business, record_id), "Business"


def _note_without_entries(model_admin: ModelAdmin, request: HttpRequest, record_id: str) -> str:
    try:
        model_admin.get_object(request, record_id)
    except RecordGone:
        raise
    except BusinessesError as error:
        return f"{staff_words(error).head} The history is complete."
    return ""
