"""Reads the parts of the front page from AWS at the same time; each may fail alone."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.utils import timezone

from businesses.backend import Backend
from businesses.concurrency.threads import Threads
from businesses.exceptions import BusinessesError
from businesses.figures.counts import MENDED, ONBOARDED, SET_ASIDE, tally_of
from businesses.figures.days import Window
from businesses.figures.out_of_group import OutOfGroup, read_out_of_group
from businesses.figures.stuck import Stuck, read_stuck
from businesses.figures.tally import Tally
from businesses.pages.front_page.backend_state import (
    BackendState,
    check_anew,
    doubt,
    is_due,
    read_backend_state,
)
from businesses.typed_cache import no_connection_left

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What AWS says; None for what is unknown. problems: why, in the words of the errors."""

    stuck: Stuck | None
    out_of_group: OutOfGroup | None
    onboarded: Tally | None
    mended: Tally | None
    set_aside: Tally | None
    backend: BackendState | None
    problems: tuple[str, ...]


def read_parts(backend: Backend, window: Window, *, sees_businesses: bool) -> Parts:
    """Ask for everything at once, so that the page waits only for the slowest answer."""
    problems = dict[str, None]()

    def told(what: str, question: Callable[[], Answer]) -> Answer | None:
        try:
            return question()
        except BusinessesError as error:
            logger.warning("The front page does not know %s: %s", what, error)
            problems[f"{error} {error.hint}"] = None
            return None

    def apart(what: str, question: Callable[[], Answer]) -> Answer | None:
        with no_connection_left():
            return told(what, question)

    with Threads(6, "front page") as pool:
        stuck = pool.submit(apart, "who is stuck", lambda: read_stuck(backend, window))
        outside = pool.submit(
            apart, "who is not in their group", lambda: read_out_of_group(backend)
        )
        mended, set_aside, onboarded = (
            pool.submit(
                apart,
                f"the figure {each.figure}",
                lambda each=each: tally_of(backend, each, window),
            )
            if sees_businesses or each is not ONBOARDED
            else None
            for each in (MENDED, SET_ASIDE, ONBOARDED)
        )
        state = pool.submit(apart, "the backend's state", lambda: read_backend_state(backend))
    checked, now = state.result(), timezone.now()
    if checked and is_due(checked, now) and doubt(checked, stuck.result(), now):
        checked = told("the backend's state", lambda: check_anew(backend)) or checked
    return Parts(
        stuck=stuck.result(),
        out_of_group=outside.result(),
        onboarded=onboarded.result() if onboarded else None,
        mended=mended.result() if mended else None,
        set_aside=set_aside.result() if set_aside else None,
        backend=checked,
        problems=tuple(problems),
    )
