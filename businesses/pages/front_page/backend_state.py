"""The backend's state in one line, and the checks behind it. Stuck people are no part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

from businesses.aws.stack import CheckResult, CheckState, Stack
from businesses.backend import Backend
from businesses.figures.cached import fresh_key

WELL_SECONDS, ILL_SECONDS = 300, 30  # how long checks are shown that found nothing, or something


@dataclass(frozen=True, slots=True)
class BackendState:
    """The results of the quick checks. at: when they were made; aware."""

    checks: Sequence[CheckResult]
    at: datetime

    @property
    def wrong(self) -> list[CheckResult]:
        """The checks that found something wrong."""
        return [check for check in self.checks if check.state is CheckState.WRONG]

    @property
    def is_known(self) -> bool:
        """Whether any check could be made."""
        return any(check.state is not CheckState.NOT_CHECKED for check in self.checks)


@dataclass(frozen=True, slots=True)
class BackendLine:
    """What the page says. kind: "well", "ill" or "unknown"."""

    kind: str
    text: str


def read_backend_state(backend: Backend) -> BackendState:
    """Return the state, which may be some minutes old. Raises BackendUnavailable."""
    key = fresh_key("backend")
    known: BackendState | None = cache.get(key)
    if known is not None:
        return known
    state = BackendState(backend.ask(Stack.checks), timezone.now())
    is_well = state.is_known and not state.wrong
    cache.set(key, state, WELL_SECONDS if is_well else ILL_SECONDS)
    return state


def backend_line(state: BackendState | None) -> BackendLine:
    """Say in one line how the backend is."""
    if state is None or not state.is_known:
        return BackendLine("unknown", "Its state is not known just now")
    if not state.wrong:
        return BackendLine("well", "It works")
    names = ", ".join(dict.fromkeys(check.name for check in state.wrong))
    return BackendLine("ill", f"Something is wrong: {names}")
