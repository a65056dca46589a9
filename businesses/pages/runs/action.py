"""What a run can do: the description of one action, from which its page and its batches follow."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from businesses.audit.history import Staff
from businesses.audit.runs import Run
from businesses.exceptions import BusinessesError


@dataclass(frozen=True, slots=True)
class Selected:
    """The next rows among all that match.

    after: where to go on once the first so many of them are done; None if nothing follows.
    """

    subs: tuple[str, ...]
    after: Callable[[int], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowName:
    """What to call a row, and where its page is.

    state: its state now, as HTML; "" if unknown. business_url: the page of the person's Business;
    "" if there is none. reason: why its last attempt failed, in words; "" if it did not.
    """

    title: str
    url: str = ""
    state: str = ""
    reason: str = ""
    business_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAction:
    """An action on many rows.

    name: as it is stored with a run. verb: of the button, such as "Retry". doing: for example
    "Retrying". noun: of the rows, in the plural. permission: of whoever begins or continues a run.
    list_view: the name of the URL of the list that a run was begun from.
    fine: the actions of the history after which nothing is left to do about a row. others: those
    that leave something to see to.
    select: returns the next rows, at most so many, of a run of all that match.
    do: does it to these rows and writes the history, with an entry of `fine` or `others` for each
    row that needs no further try in this run; begins no further row once the event is set. Returns
    the problem that ended it early, or None.
    names: the names of rows by sub, as far as they are known; {} if AWS does not answer.
    is_repeatable: whether a batch may be done twice, so that the page's script sends it again when
    no process of the site has answered.
    again: what the button says that does the rows of `others` once more; "" if that makes no sense.
    undo: the name of the action that takes it back; "" if none does.
    """

    name: str
    verb: str
    doing: str
    noun: str
    permission: str
    list_view: str
    fine: frozenset[str]
    others: frozenset[str]
    select: Callable[[Run, int], Selected]
    do: Callable[[Run, Staff, Sequence[str], threading.Event], BusinessesError | None]
    names: Callable[[Iterable[str]], dict[str, RowName]]
    is_repeatable: bool = False
    again: str = ""
    undo: str = ""

    @property
    def results(self) -> frozenset[str]:
        """The actions of the history that say what came of a row."""
        return self.fine | self.others
