"""The addresses of rows' pages, whatever characters a row's id has, and of pages for many rows."""

from collections.abc import Iterable

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

# The shortest limit of the usual servers: gunicorn reads request lines of 4,094 bytes.
ADDRESS_LENGTH = 4000


def change_address(model: type[Model], row_id: str) -> str:
    """Return the address of one row's page. row_id: not empty."""
    opts = model._meta  # noqa: SLF001 - which Django documents
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(row_id)])


def naming(address: str, subs: Iterable[str]) -> str | None:
    """Return an address that names rows by their subs; None if it would be too long to be read."""
    named = f"{address}?{urlencode([('sub', sub) for sub in subs])}"
    return named if len(named) <= ADDRESS_LENGTH else None


def person_address(sub: str) -> str:
    """Return the address of the page about one person. sub: not empty."""
    return reverse("admin:businesses_person", args=[quote(sub)])


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Return the address of this site that a form came from, which it names as `back`."""
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    return back if is_ours and back.startswith("/") and len(back) <= ADDRESS_LENGTH else otherwise
