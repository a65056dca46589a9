"""The front page: everything that its template shows, as far as the user may see it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from businesses.backend import get_backend
from businesses.figures.days import Window
from businesses.pages.front_page.backend_state import backend_line, doubt
from businesses.pages.front_page.causes import cause_rows
from businesses.pages.front_page.chart import chart_of
from businesses.pages.front_page.numbers import (
    onboarded_numbers,
    out_of_group_number,
    stuck_numbers,
)
from businesses.pages.front_page.parts import read_parts
from businesses.pages.front_page.sweep_state import read_sweep_state


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a user may see and do on the front page. commands: whether they may run commands."""

    businesses: bool
    stuck: bool
    retry: bool
    commands: bool

    @classmethod
    def of(cls, user: Any) -> "Permissions":
        """Read the permissions of the user who sent a request."""
        stuck = user.has_perm("businesses.view_onboarding")
        return cls(
            businesses=user.has_perm("businesses.view_business"),
            stuck=stuck,
            retry=stuck and user.has_perm("businesses.retry_onboarding"),
            commands=user.is_superuser,
        )


def front_page(request: HttpRequest) -> dict[str, Any]:
    """Return the template's context; {} for a user who may see nothing of it.

    Makes at most three calls to AWS once the past days are counted; see docs/architecture.md.
    """
    may = Permissions.of(request.user)
    if not may.stuck:
        return {}
    now = timezone.localtime()
    window = Window(now)
    parts = read_parts(get_backend(), window, sees_businesses=may.businesses)
    sweep = read_sweep_state(now)
    numbers = [*stuck_numbers(parts.stuck), out_of_group_number(parts.out_of_group, sweep.last)]
    if may.businesses:
        numbers[2:2] = onboarded_numbers(parts.onboarded, window)
    doubted = doubt(parts.backend, parts.stuck, now)
    return {
        "may": may,
        "numbers": numbers,
        "chart": chart_of(parts, window, sees_businesses=may.businesses),
        "causes": None if parts.stuck is None else list(cause_rows(parts.stuck)),
        "sweep": sweep,
        "backend": parts.backend,
        "backend_line": backend_line(parts.backend, doubted),
        "doubted": doubted,
        "problems": parts.problems,
        "now": now,
    }
