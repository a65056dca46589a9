"""The addresses of rows' pages, whatever characters a row's id has, and of pages for many rows."""

from collections.abc import Iterable

from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

# The shortest limit of the usual servers: gunicorn reads request lines of 4,094 bytes.
ADDRESS_LENGTH = 4000
LIST_FILTERS = "_changelist_filters"  # as Django's own pages call them
NAMED_BY = "business"  # in the address of a person's page
# What pages have in their addresses beside the filters of the list that they were opened from.
NOT_OF_LIST = ("all", "keep", "sub", PAGE_VAR, SEARCH_VAR)


def change_address(model: type[Model], row_id: str) -> str:
    """Return the address of one row's page. row_id: not empty."""
    opts = model._meta  # noqa: SLF001 - which Django documents
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(row_id)])


def naming(address: str, subs: Iterable[str], filters: str = "") -> str | None:
    """Return an address that names rows by their subs; None if it would be too long to be read.

    filters: those of the list that the rows were selected on; see `list_filters`.
    """
    kept = [(LIST_FILTERS, filters)] if filters else []
    named = f"{address}?{urlencode([*(('sub', sub) for sub in subs), *kept])}"
    return named if len(named) <= ADDRESS_LENGTH else None


def list_filters(request: HttpRequest) -> str:
    """Return the filters of the list that a page was opened from, as the list's address has them.

    They are in the page's own address: as they are for a page about all that match, or else under
    LIST_FILTERS. A search is left out, because whom it names is not to be stored.
    """
    given = request.GET.get(LIST_FILTERS)
    filters = QueryDict(given, mutable=True) if given is not None else request.GET.copy()
    for name in NOT_OF_LIST:
        filters.pop(name, None)
    return filters.urlencode()


def opened_from(address: str, filters: str, **parameters: str) -> str:
    """Return the address of a page that is opened from a list with these filters."""
    given = {LIST_FILTERS: filters, **parameters}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{address}?{query}" if query else address


def list_address(view: str, filters: str) -> str:
    """Return the address of a list with these filters. view: the name of its URL."""
    address = reverse(view)
    filtered = f"{address}?{filters}"
    return filtered if filters and len(filtered) <= ADDRESS_LENGTH else address


def person_address(sub: str, business: str = "") -> str:
    """Return the address of the page about one person. sub: not empty.

    business: the id of a business that names the person as its owner, if nothing else may know of
    them. It tells the username, without which their businesses cannot be asked for once the user is
    gone.
    """
    address = reverse("admin:businesses_person", args=[quote(sub)])
    is_telling = business not in {"", sub}
    return f"{address}?{urlencode({NAMED_BY: business})}" if is_telling else address


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Return the address of this site that a form came from, which it names as `back`."""
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    return back if is_ours and back.startswith("/") and len(back) <= ADDRESS_LENGTH else otherwise
