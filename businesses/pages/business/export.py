"""Businesses as a CSV file, streamed so that memory holds only one page, however large the file.

The format is UTF-8 with a byte order mark (without it Excel assumes another encoding), commas,
every cell in quotation marks, lines ended by CR LF (RFC 4180), and one line of headings.

No cell is a formula: see `safe_cell`.

A file that lacks businesses says so in its last line, which begins with INCOMPLETE or CUT OFF. A
record with attributes that cannot be understood has the rest of its cells, and the last one says
what is wrong.
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
HEADINGS = ("Name", "E-mail", "Group", "Created (UTC)", "Updated (UTC)", "ID", "Owner", "Problems")
BYTE_ORDER_MARK = "\ufeff"

# What makes a spreadsheet treat a cell as a formula: the characters of OWASP's list at the start of
# the cell, and also after anything that a spreadsheet may treat as the end of a cell or line. Where
# the list separator is a semicolon (Germany, France), Excel reads the quotation marks after a comma
# as text, so every semicolon and line break inside them ends a cell.
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"^(?=[\s\0]*{_SIGN}|[\t\r\n\0])|(?<=[;\t\r\n])(?=[ \u00a0\"]*{_SIGN})")

ReadPage = Callable[[Cursor, int], Page[Business]]
End = Callable[[int, str], None]


def safe_cell(text: str) -> str:
    """Return the text with an apostrophe before anything that a spreadsheet would calculate.

    A cell that begins with = + - @ tab, CR or LF (or = + - @ in full width) gets a ' in front.
    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return _FORMULA.sub("'", text)


def export_response(  # noqa: PLR0913 - by keyword
    read_page: ReadPage,
    *,
    limit: int,
    today: date,
    user_id: object,
    begin: Callable[[], End],
    page_size: int = PAGE_SIZE,
) -> StreamingHttpResponse:
    """Return the businesses as a file download.

    read_page: takes a cursor and the most businesses to return, and returns that page; it is called
    for the first page and then for each next one. limit: the most businesses in the whole file.
    user_id: who asked, for the log. begin: records that the export begins, once the first page is
    there, and returns what records its end: the number of businesses, and the ending in words.
    Both happen before this returns, so that their errors can still be shown as an ordinary page.
    """
    first = read_page(FIRST, min(page_size, limit))
    end = begin()
    pages = _pages(first, read_page, limit, page_size)
    return StreamingHttpResponse(
        _lines(pages, user_id=user_id, end=end),
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
    """Yield pages until there are no more, or until they hold `limit` businesses."""
    left = limit - len(page.items)
    yield page
    while page.next and left > 0:
        page = read_page(page.next, min(page_size, left))
        left -= len(page.items)
        yield page


def _lines(pages: Iterator[Page[Business]], *, user_id: object, end: End) -> Iterator[str]:
    """Yield the file one page at a time, and record how it ended.

    An error ends the file with a line that says so. It is then raised to the server, which logs it
    and drops the connection, so that most browsers report a failed download.
    """
    count, odd, more, ending = 0, 0, False, "stopped by the browser"
    try:
        yield BYTE_ORDER_MARK + _csv([HEADINGS])
        for page in pages:
            count, more = count + len(page.items), page.next is not None
            odd += sum(bool(business.problems) for business in page.items)
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
        among = f", {odd} of them odd" if odd else ""
        logger.info("User %s exported %d businesses%s: %s.", user_id, count, among, ending)
        end(count, ending)


_MORE = (
    "there are more businesses than an export may contain. Narrow the search or the filter, or "
    "raise the setting EXPORT_ROW_LIMIT."
)
_AGAIN = "The businesses that belong after this line are missing. Export again."


def _row(business: Business) -> tuple[str, ...]:
    return (
        business.name,
        business.email,
        business.group_name,
        business.created_at,
        business.updated_at,
        business.id,
        business.owner,
        " ".join(business.problems),
    )


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
