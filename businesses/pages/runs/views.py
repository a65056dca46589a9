"""The page of a run: how far it is, its next batch, and what can be done with its results."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from businesses.audit.history import Staff
from businesses.audit.runs import Run
from businesses.pages.addresses import list_address
from businesses.pages.errors.plain_errors import wants_json
from businesses.pages.errors.staff_words import staff_words
from businesses.pages.runs.action import RunAction
from businesses.pages.runs.results import (
    Progress,
    as_json,
    ending_as_json,
    progress_of,
    results_of,
)
from businesses.pages.runs.work import MOST_AT_ONCE, Worked, work

AT_ONCE_VAR = "at_once"  # sent by a form that no script helps: do the first batch before answering
LIST = "list"  # of what a run is given: the filters of the list that it was begun from
GO_VAR = "go"  # in the address to which a new run leads: the page's script goes on with it at once


class RunAdmin(Protocol):
    """What the pages of runs need of the ModelAdmin that serves them."""

    run_actions: Mapping[str, RunAction]

    def render_page(
        self, request: HttpRequest, template: str, title: str, **context: object
    ) -> HttpResponse:
        """Render a page inside the admin's layout."""


def run_address(run: Run, what: str = "run") -> str:
    """Return the address of a run's page, or of what is done with a run: "again" or "undo"."""
    return reverse(f"admin:businesses_onboarding_{what}", args=[run.pk])


def lead_to(request: HttpRequest, run: Run, action: RunAction) -> HttpResponse:
    """Lead to the page of a new run, which its script does; without one, do the first batch."""
    if AT_ONCE_VAR in request.POST:
        _tell_problem(request, _work(request, run, action))
    return redirect(_going(run))


def do_at_once(request: HttpRequest, run: Run, action: RunAction, back: str) -> HttpResponse:
    """Do a new run that one batch is enough for, and lead back; lead to its page otherwise."""
    worked = _work(request, run, action)
    _tell_problem(request, worked)
    others = [entry for entry in worked.entries if entry.action not in action.fine]
    if run.finished_at is None and worked.problem is None:
        return redirect(_going(run))
    if run.finished_at is None or (others and run.total > 1):
        return redirect(run_address(run))
    level = messages.WARNING if others else messages.SUCCESS
    messages.add_message(request, level, _done(run, action, worked))
    return redirect(back)


def unfinished_runs(admin: RunAdmin, request: HttpRequest) -> list[dict[str, object]]:
    """Return the runs that somebody is at work on, and those that this user has left unfinished."""
    runs = Run.unfinished(request.user.pk or 0)
    return [
        {
            "run": run,
            "action": admin.run_actions[run.action],
            "address": run_address(run),
            "is_own": run.staff_id == request.user.pk,
        }
        for run in runs
        if run.action in admin.run_actions
    ]


def run_view(admin: RunAdmin, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show how far a run is; on POST, do its next batch of at most `size` rows.

    A client that accepts only JSON gets `{"results": [...], "over": whether nothing is left,
    "problem": {"message", "hint"} or null}`, or the problem alone if nothing could be tried.
    """
    run, action = _found(admin, request, run_id)
    if request.method != "POST":
        return _page(admin, request, run, action)
    worked = _work(request, run, action, size=_size(request.POST))
    if not wants_json(request):
        _tell_problem(request, worked)
        return redirect(run_address(run))
    return JsonResponse(
        {
            "results": as_json(results_of(action, worked.entries, worked.subs)),
            "over": run.finished_at is not None,
            **ending_as_json(worked.problem),
        }
    )


def again_view(admin: RunAdmin, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Begin a run of the rows of another that need attention."""
    run, action = _found(admin, request, run_id)
    if not action.again:
        raise Http404
    subs = _with(run, action, action.others)
    if not subs:
        messages.warning(request, "No row of this run needs attention any more.")
        return redirect(run_address(run))
    again = Run.begin(action.name, Staff.of(request), subs=subs, total=len(subs), given=run.given)
    return lead_to(request, again, action)


def undo_view(admin: RunAdmin, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Begin a run that takes back what another did."""
    run, action = _found(admin, request, run_id)
    undo = admin.run_actions.get(action.undo)
    if undo is None:
        raise Http404
    subs = _with(run, action, action.fine)
    if not subs:
        messages.warning(request, "This run did nothing that could be taken back.")
        return redirect(run_address(run))
    given = {LIST: run.given.get(LIST, "")}
    taken_back = Run.begin(undo.name, Staff.of(request), subs=subs, total=len(subs), given=given)
    return do_at_once(request, taken_back, undo, _list_of(run, action))


def _going(run: Run) -> str:
    return f"{run_address(run)}?{GO_VAR}=1"


def _found(admin: RunAdmin, request: HttpRequest, run_id: UUID) -> tuple[Run, RunAction]:
    """Return a run and its action. Raises Http404, or PermissionDenied."""
    run = Run.objects.filter(pk=run_id).first()
    action = admin.run_actions.get(run.action) if run else None
    if run is None or action is None:
        raise Http404
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    return run, action


def _list_of(run: Run, action: RunAction) -> str:
    return list_address(action.list_view, run.given.get(LIST, ""))


def _with(run: Run, action: RunAction, results: frozenset[str]) -> list[str]:
    """Return the subs of the rows of which this came, in the order in which it came."""
    last = run.results(action.results).items()
    return [sub for sub, (_, result) in last if result in results]


def _work(request: HttpRequest, run: Run, action: RunAction, *, size: int = MOST_AT_ONCE) -> Worked:
    return work(run, action, Staff.of(request), size=size)


def _page(admin: RunAdmin, request: HttpRequest, run: Run, action: RunAction) -> HttpResponse:
    progress = progress_of(run, action)
    is_own = run.staff_id == request.user.pk
    is_going = is_own and GO_VAR in request.GET and run.finished_at is None
    return admin.render_page(
        request,
        "businesses/runs/run.html",
        f"{action.verb} {_number(run, progress)} {action.noun}",
        run=run,
        action=action,
        progress=progress,
        total=max(run.total, progress.done),
        is_own=is_own,
        is_going=is_going,
        list_url=_list_of(run, action),
        again_url=run_address(run, "again"),
        undo_url=run_address(run, "undo") if action.undo and progress.fine_count else "",
        most_at_once=MOST_AT_ONCE,
    )


def _number(run: Run, progress: Progress) -> str:
    if run.finished_at is not None:
        return f"{progress.done:,}"
    return f"{run.total:,}" if run.is_counted else f"more than {run.total:,}"


def _size(form: QueryDict) -> int:
    size = form.get("size", "")
    is_smaller = size.isdecimal() and len(size) < len(str(MOST_AT_ONCE))
    return (int(size) if is_smaller else 0) or MOST_AT_ONCE


def _tell_problem(request: HttpRequest, worked: Worked) -> None:
    if worked.problem:
        messages.error(request, str(staff_words(worked.problem)))


def _done(run: Run, action: RunAction, worked: Worked) -> str:
    """Return what a run did in one batch, with a button that takes it back, as HTML."""
    entries = worked.entries
    what = entries[-1].message
    if len(entries) == 1:
        [name] = results_of(action, entries, worked.subs)
        what = f"{name.title}: {what}"
    else:
        what = f"{len(entries)} records: {what}"
    if not action.undo or entries[-1].action not in action.fine:
        return format_html("{}", what)
    return format_html(
        '{} <button type="submit" class="linklike" form="undo-form" formaction="{}">Undo</button>',
        what,
        run_address(run, "undo"),
    )
