"""How a run of an action on onboardings begins: of some that are named, or of all that match."""

from collections.abc import Mapping

from django.http import HttpRequest

from businesses.audit.history import Staff
from businesses.audit.runs import Run
from businesses.backend import get_backend
from businesses.pages.addresses import list_filters
from businesses.pages.onboarding.actions.run_actions import given_by
from businesses.pages.onboarding.reads import count_stuck
from businesses.pages.runs.action import RunAction
from businesses.pages.runs.views import LIST
from businesses.queries.onboarding_plan import Choice


def begin_run(
    request: HttpRequest,
    action: RunAction,
    choice: Choice | None,
    subs: list[str],
    given: Mapping[str, str],
) -> Run:
    """Store a new run. choice: all that match; None for those with these subs.

    Raises HistoryUnwritable, or TableMissing for a choice.
    """
    staff, given = Staff.of(request), {**given, LIST: list_filters(request)}
    if choice is None:
        return Run.begin(action.name, staff, subs=subs, total=len(subs), given=given)
    count = count_stuck(get_backend(), choice)
    return Run.begin(
        action.name,
        staff,
        subs=None,
        total=count.number,
        is_counted=count.is_all,
        given={**given, **given_by(choice)},
    )
