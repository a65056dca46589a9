"""Businesses as a CSV file, streamed page by page: memory holds one page at any size.

What the file is: UTF-8 with a byte order mark (without it Excel reads another encoding), commas,
every cell in quotation marks, lines ended by CR LF (RFC 4180), one line of headings.

No cell is a formula: see `safe_cell`.

A file that is not everything says so in its last line, which begins with INCOMPLETE or CUT OFF.
"""

import csv
import io
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from businesses.exceptions import BusinessesError
from businesses.queries.paging import FIRST, Cursor, Page
from businesses.records.business import Business

logger = logging.getLogger(__name__)

PAGE_SIZE = 500
HEADINGS = ("Name", "E-mail", "Group", "Created (UTC)", "Updated (UTC)", "ID", "Owner")
BYTE_ORDER_MARK = "\ufeff"

# What makes a spreadsheet take a cell for a formula: OWASP's list, at the start of the cell. And
# again after what a spreadsheet may take for the end of a cell or of a line: where the list
# separator is a semicolon (Germany, France), Excel reads the quotation marks after a comma as
# text, and then every semicolon and line break inside of them ends a cell.
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"^(?=[\s\0]*{_SIGN}|[\t\r\n\0])|(?<=[;\t\r\n])(?=[ \u00a0\"]*{_SIGN})")

ReadPage = Callable[[Cursor, int], Page[Business]]


def safe_cell(text: str) -> str:
    """Return the text with an apostrophe before whatever a spreadsheet would calculate.

    So a cell that begins with = + - @ tab, CR or LF (or = + - @ in full width) begins with '.
    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return _FORMULA.sub("'", text)


def export_response(
    read_page: ReadPage, *, limit: int, today: date, user_id: object, page_size: int = PAGE_SIZE
) -> StreamingHttpResponse:
    """Return the businesses as a file to save.

    read_page: returns the page at a cursor, of so many businesses at most; it is asked for the
    first page and then for each next one. limit: of the whole file. user_id: who asks, for the log.
    The first page is read before this returns, so what it raises can still become a page of words.
    """
    first = read_page(FIRST, min(page_size, limit))
    pages = _pages(first, read_page, limit, page_size)
    return StreamingHttpResponse(
        _lines(pages, user_id=user_id),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(
                as_attachment=True, filename=f"businesses-{today.isoformat()}.csv"
            )
            or ""
        },
    )


def _pages(
    page: Page[Business], read_page: ReadPage, limit: int, page_size: int
) -> Iterator[Page[Business]]:
    """Yield pages until there is none, or they hold `limit` businesses."""
    left = limit - len(page.items)
    yield page
    while page.next and left > 0:
        page = read_page(page.next, min(page_size, left))
        left -= len(page.items)
        yield page


def _lines(pages: Iterator[Page[Business]], *, user_id: object) -> Iterator[str]:
    """Yield the file in pieces of one page, and log how it ended.

    An error ends the file with a line that says so, then goes on to the server, which logs it and
    drops the connection: most browsers then call the download failed.
    """
    count, more, ending = 0, False, "stopped by the browser"
    try:
        yield BYTE_ORDER_MARK + _csv([HEADINGS])
        for page in pages:
            count, more = count + len(page.items), page.next is not None
            yield _csv(map(_row, page.items))
        ending = "cut off by the limit" if more else "complete"
        if more:
            yield _csv([[f"CUT OFF AFTER {count:,} BUSINESSES: {_MORE}"]])
    except Exception as error:
        ending = "broken off by an error"
        cause = error if isinstance(error, BusinessesError) else "The site failed."
        yield _csv([[f"INCOMPLETE, BROKEN OFF AFTER {count:,} BUSINESSES: {cause} {_AGAIN}"]])
        raise
    finally:
        logger.info("User %s exported %d businesses: %s.", user_id, count, ending)


_MORE = (
    "an export has no more rows than that, and there are more businesses. Narrow the search or the "
    "filter, or raise the setting EXPORT_ROW_LIMIT."
)
_AGAIN = "The businesses after this line are missing. Export again."


def _row(business: Business) -> tuple[str, ...]:
    return (
        business.name,
        business.email,
        business.group_name,
        business.created_at,
        business.updated_at,
        business.id,
        business.owner,
    )


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
