"""A list as a CSV file, streamed so that memory holds only one page, however large the file.

The format is UTF-8 with a byte order mark (without it Excel assumes another encoding), commas,
every cell in quotation marks, lines ended by CR LF (RFC 4180), and one line of headings.

No cell is a formula: see `safe_cell`.

A file that lacks records says so in its last line, which begins with INCOMPLETE or CUT OFF. A
record with attributes that cannot be understood has the rest of its cells, and the last one says
what is wrong.
"""

import csv
import io
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from businesses.audit.history import Action, Staff, write_history
from businesses.exceptions import BusinessesError, HistoryUnwritable
from businesses.queries.paging import FIRST, Cursor, Page

logger = logging.getLogger(__name__)

PAGE_SIZE = 500
BYTE_ORDER_MARK = "\ufeff"

# What makes a spreadsheet treat a cell as a formula: the characters of OWASP's list at the start of
# the cell, and also after anything that a spreadsheet may treat as the end of a cell or line. Where
# the list separator is a semicolon (Germany, France), Excel reads the quotation marks after a comma
# as text, so every semicolon and line break inside them ends a cell.
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"^(?=[\s\0]*{_SIGN}|[\t\r\n\0])|(?<=[;\t\r\n])(?=[ \u00a0\"]*{_SIGN})")

End = Callable[[int, str], None]


class Exportable(Protocol):
    """What a record must have."""

    @property
    def problems(self) -> Sequence[str]:
        """A sentence about each attribute that is missing or cannot be understood."""


Record = TypeVar("Record", bound=Exportable)
ReadPage = Callable[[Cursor, int], Page[Record]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns(Generic[Record]):
    """What the lines of a file hold, and are called.

    row: returns the cells of a record, one for each heading, however odd the record is. one, many:
    the record's name, such as "business" and "businesses". kind: as the history stores it.
    """

    headings: tuple[str, ...]
    row: Callable[[Record], tuple[str, ...]]
    one: str
    many: str
    kind: str


def safe_cell(text: str) -> str:
    """Return the text with an apostrophe before anything that a spreadsheet would calculate.

    A cell that begins with = + - @ tab, CR or LF (or = + - @ in full width) gets a ' in front.
    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return _FORMULA.sub("'", text)


def export_response(  # noqa: PLR0913 - by keyword
    read_page: ReadPage[Record],
    columns: Columns[Record],
    *,
    limit: int,
    today: date,
    user_id: object,
    begin: Callable[[], End],
    page_size: int = PAGE_SIZE,
) -> StreamingHttpResponse:
    """Return the records as a file download.

    read_page: takes a cursor and the most records to return, and returns that page; it is called
    for the first page and then for each next one. limit: the most records in the whole file.
    user_id: who asked, for the log. begin: records that the export begins, once the first page is
    there, and returns what records its end: the number of records, and the ending in words.
    Both happen before this returns, so that their errors can still be shown as an ordinary page.
    """
    first = read_page(FIRST, min(page_size, limit))
    end = begin()
    pages = _pages(first, read_page, limit, page_size)
    return StreamingHttpResponse(
        _lines(pages, columns, user_id=user_id, end=end),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(
                as_attachment=True, filename=f"{columns.many}-{today.isoformat()}.csv"
            )
            or ""
        },
    )


def _pages(
    page: Page[Record], read_page: ReadPage[Record], limit: int, page_size: int
) -> Iterator[Page[Record]]:
    """Yield pages until there are no more, or until they hold `limit` records."""
    left = limit - len(page.items)
    yield page
    while page.next and left > 0:
        page = read_page(page.next, min(page_size, left))
        left -= len(page.items)
        yield page


def begin_export(staff: Staff, what: str, columns: Columns[Record]) -> End:
    """Write into the history that an export begins; return what writes how it ended.

    what: which records, in words, without names and addresses. Raises HistoryUnwritable, so that
    nothing is exported without an entry.
    """
    write_history(staff, Action.EXPORT_BEGUN, [""], f"Export begun: {what}.", kind=columns.kind)

    def end(count: int, ending: str) -> None:
        message = f"Exported {count:,} {columns.one if count == 1 else columns.many}: {ending}."
        try:
            write_history(staff, Action.EXPORTED, [""], message, kind=columns.kind)
        except HistoryUnwritable as error:
            # The file is on its way, and its beginning is on record.
            logger.error("The end of an export is missing in the history. %s", error)  # noqa: TRY400

    return end


def _lines(
    pages: Iterator[Page[Record]], columns: Columns[Record], *, user_id: object, end: End
) -> Iterator[str]:
    """Yield the file one page at a time, and record how it ended.

    An error ends the file with a line that says so. It is then raised to the server, which logs it
    and drops the connection, so that most browsers report a failed download.
    """
    count, odd, more, ending = 0, 0, False, "stopped by the browser"
    many = columns.many.upper()
    try:
        yield BYTE_ORDER_MARK + _csv([columns.headings])
        for page in pages:
            count, more = count + len(page.items), page.next is not None
            odd += sum(bool(record.problems) for record in page.items)
            yield _csv(map(columns.row, page.items))
        ending = "cut off by the limit" if more else "complete"
        if more:
            yield _csv([[f"CUT OFF AFTER {count:,} {many}: {_MORE.format(columns.many)}"]])
    except Exception as error:
        ending = "broken off by an error"
        cause = error if isinstance(error, BusinessesError) else "The site failed."
        again = _AGAIN.format(columns.many)
        yield _csv([[f"INCOMPLETE, BROKEN OFF AFTER {count:,} {many}: {cause} {again}"]])
        raise
    finally:
        among = f", {odd} of them odd" if odd else ""
        log = "User %s exported %d %s%s: %s."
        logger.info(log, user_id, count, columns.many, among, ending)
        end(count, ending)


_MORE = (
    "there are more {} than an export may contain. Narrow the search or the filter, or "
    "raise the setting EXPORT_ROW_LIMIT."
)
_AGAIN = "The {} that belong after this line are missing. Export again."


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
