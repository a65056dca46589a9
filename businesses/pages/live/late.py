"""What only Cognito knows of a list's rows: the page's script asks once the rows are shown.

The page names the rows in a signed text, so that nobody can ask about others. A browser without
scripts is led to the same page, which waits.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from businesses.exceptions import NotUnderstood

ROWS_VAR, TAB_VAR = "rows", "tab"  # parameters of the script's request
TAB_SECONDS = 60  # longer than any such request takes


@dataclass(frozen=True, slots=True)
class LateRequest:
    """What the script asks for. name: of the view, and with "late-" the id of its element.

    rows: signed. failure: what the script shows in place of a cell without an answer.
    """

    name: str
    rows: str
    failure: SafeString


def placeholder(name: str, number: int, text: str, why: str) -> SafeString:
    """Return what stands in a cell until the script replaces it."""
    return format_html(
        '<span class="quiet" data-late="{}" data-of="late-{}" title="{}">{}</span>',
        number,
        name,
        why,
        text,
    )


def sign_rows(name: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a text that names what is asked about these rows."""
    return _signer(name).sign_object([list(row) for row in rows], compress=True)


def named_rows(request: HttpRequest, name: str) -> Any:
    """Return the rows that a request of the script names. Raises NotUnderstood."""
    signed = request.POST.get(ROWS_VAR, "")
    try:
        return _signer(name).unsign_object(signed)
    except BadSignature as error:
        raise NotUnderstood(ROWS_VAR, signed, "no page of this site named them") from error


def latest_of_tab(request: HttpRequest) -> Callable[[], bool]:
    """Return what tells whether this is still the latest such request of a browser's tab.

    A page that was left behind needs no further answers, and its calls would delay those for the
    page that is shown. The processes of a site know that of each other if they share a cache.
    """
    tab = request.POST.get(TAB_VAR, "")
    if not tab:
        return lambda: True
    named = hashlib.sha256(f"{request.user.pk}:{tab}".encode("utf-8", "surrogatepass"))
    key, mine = f"businesses:late:{named.hexdigest()}", str(uuid.uuid4())
    cache.set(key, mine, TAB_SECONDS)
    return lambda: bool(cache.get(key, mine) == mine)


def _signer(name: str) -> Signer:
    return Signer(salt=f"businesses.late-{name}")
