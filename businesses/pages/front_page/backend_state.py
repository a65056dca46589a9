"""The backend's state in one line, and the checks behind it.

Stuck people are no part of it, but a failure that is newer than the checks puts them in doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from businesses.aws.stack import CheckResult, CheckState, Stack
from businesses.backend import Backend
from businesses.figures.cached import fresh_key
from businesses.figures.stuck import Cause, Stuck
from businesses.records.business import parse_time
from businesses.records.onboarding import SWEEP
from businesses.records.reasons.lookup import reason_of
from businesses.records.reasons.meanings import GROUP_MISSING, POOL_MISSING, TABLE_MISSING, Who
from businesses.typed_cache import TypedCache

WELL_SECONDS, ILL_SECONDS = 300, 30  # how long checks are shown that found nothing, or something
BACKEND = "backend"
SEEN = frozenset({GROUP_MISSING, POOL_MISSING, TABLE_MISSING})  # by the quick checks
UNSEEN_FOR = timedelta(hours=1)


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


STATES = TypedCache(BackendState)


@dataclass(frozen=True, slots=True)
class BackendLine:
    """What the page says. kind: "well", "ill" or "unknown"."""

    kind: str
    text: str


def read_backend_state(backend: Backend) -> BackendState:
    """Return the state, which may be some minutes old. Raises BackendUnavailable."""
    known = STATES.get(fresh_key(BACKEND))
    return check_anew(backend) if known is None else known


def check_anew(backend: Backend) -> BackendState:
    """Make the quick checks now. Raises BackendUnavailable."""
    state = BackendState(backend.ask(Stack.checks), timezone.now())
    is_well = state.is_known and not state.wrong
    STATES.set(fresh_key(BACKEND), state, WELL_SECONDS if is_well else ILL_SECONDS)
    return state


def doubt(state: BackendState | None, stuck: Stuck | None, now: datetime) -> Cause | None:
    """Return the newest failure that contradicts checks that found nothing wrong, if there is one.

    It is one that an operator has to mend: one that is newer than the checks, or one of the last
    hour whose kind they do not see, as of a permission that is missing.
    """
    if state is None or stuck is None or not state.is_known or state.wrong:
        return None
    newest = max(
        (each for each in stuck.causes if each.source != SWEEP and _is_of_backend(each)),
        key=lambda each: each.newest,
        default=None,
    )
    failed = parse_time(newest.newest) if newest else None
    if newest is None or failed is None:
        return None
    is_seen = reason_of(newest.reason_type, newest.message) in SEEN
    return newest if failed > (state.at if is_seen else now - UNSEEN_FOR) else None


def is_due(state: BackendState, now: datetime) -> bool:
    """Whether checks that are in doubt may be made again: not with every page of an outage."""
    return now - state.at > timedelta(seconds=ILL_SECONDS)


def backend_line(state: BackendState | None, doubted: Cause | None = None) -> BackendLine:
    """Say in one line how the backend is. doubted: what contradicts the checks."""
    if state is None or not state.is_known:
        return BackendLine("unknown", "Its state is not known just now")
    if state.wrong:
        names = ", ".join(dict.fromkeys(check.name for check in state.wrong))
        return BackendLine("ill", f"Something is wrong: {names}")
    if doubted is None:
        return BackendLine("well", "It works")
    reason = reason_of(doubted.reason_type, doubted.message)
    return BackendLine(
        "unknown",
        f"In doubt: the checks found nothing wrong, but somebody got stuck: “{reason.name}”",
    )


def _is_of_backend(cause: Cause) -> bool:
    return reason_of(cause.reason_type, cause.message).who is Who.OPERATOR
