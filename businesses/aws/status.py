"""Whether the backend is as it should be: what aws_setup sees of it, and what the site knows."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone
from django.utils.timesince import timesince
from gql import Client, gql
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportProtocolError,
    TransportQueryError,
)

from businesses.aws.appsync import Answer, connection_reason, graphql_reason
from businesses.aws.stack import (
    CheckResult,
    Stack,
    not_checked,
    not_checked_because,
    ok,
    translated_errors,
    wrong,
)
from businesses.exceptions import BusinessesError
from businesses.models import Sweep
from businesses.queries.onboarding_plan import Choice

STUCK = "stuck onboardings"
QUESTION = gql('query { getBusiness(id: "backend-status") { id } }')
ANSWER_SECONDS, CONNECT_SECONDS = 5.0, 2.0
SWEPT_WITHIN = timedelta(days=1)
SWEEP = "Let cron run `manage.py find_stuck_onboardings`, once an hour for example."


def check_api(stack: Stack) -> CheckResult:
    """Look whether the API answers a signed query; any answer to it will do.

    Raises BackendUnavailable where the stack cannot be read.
    """
    name = "API"
    with translated_errors():
        api = stack.api()
    transport = api.transport(seconds=ANSWER_SECONDS, connect_seconds=CONNECT_SECONDS)

    async def ask() -> None:
        async with Client(transport=transport) as session:
            await session.execute(QUESTION)

    try:
        asyncio.run(ask())
    except Answer as answer:
        reason = answer.reason
        if reason.type == "UnauthorizedException" and reason.message == "Permission denied":
            return ok(name, "It answers; these credentials may not read businesses through it.")
        mend = "Check the credentials and the clock here, then run `manage.py deploy_backend`."
        return wrong(name, f"It answers {reason.type}: {reason.message}", mend)
    except TransportQueryError as error:
        reason = graphql_reason(error)
        mend = "Look at the log group of the API; then run `manage.py deploy_backend`."
        return wrong(name, f"A query fails with {reason.type}: {reason.message}", mend)
    except (TransportConnectionFailed, TransportProtocolError, TimeoutError) as error:
        reason = connection_reason(error, ANSWER_SECONDS)
        return wrong(name, reason.message, "Check the network here, and AWS's health dashboard.")
    return ok(name, "It answers a signed query.")


def check_sweep() -> CheckResult:
    """Look when somebody last looked, to the end, for people whom nobody recorded."""
    name = "sweep"
    try:
        ended, running = Sweep.last_runs()
    except DatabaseError as error:
        mend = "Check DATABASE_URL and run `manage.py migrate`."
        return not_checked(name, f"The site's database cannot be used: {error}", mend)
    began = f" One began {timesince(running.started_at)} ago and has not ended." if running else ""
    if ended is None or ended.finished_at is None:
        return not_checked(name, f"No sweep has ended on this site.{began}", SWEEP)
    ago = f"{timesince(ended.finished_at)} ago"
    if ended.error:
        return wrong(name, f"The last sweep, {ago}, ended early: {ended.error}{began}", SWEEP)
    text = f"The last sweep ended {ago}.{began}"
    if timezone.now() - ended.finished_at > SWEPT_WITHIN:
        return wrong(name, text, SWEEP)
    return ok(name, text)


def check_stuck(stack: Stack) -> CheckResult:
    """Count the stuck onboardings. Raises BackendUnavailable or TableMissing."""
    with translated_errors():
        count = stack.onboardings().count_of(Choice())
    if not count:
        return ok(STUCK, "Nobody is stuck.")
    people = "person is" if count == 1 else "people are"
    mend = "See why in the admin, or run `manage.py retry_onboardings --all --dry-run`."
    return wrong(STUCK, f"{count:,} {people} stuck.", mend)


def own_checks(stack: Stack) -> list[CheckResult]:
    """Return what the site itself knows; what AWS refuses to tell is "not checked"."""
    looks = (("API", check_api), (STUCK, check_stuck))
    return [*(_made(stack, *look) for look in looks), check_sweep()]


def quick_checks(stack: Stack) -> list[CheckResult]:
    """Return what a page can wait for, but for what is in the site's own database."""
    return [*stack.checks(), _made(stack, STUCK, check_stuck)]


def _made(stack: Stack, name: str, look: Callable[[Stack], CheckResult]) -> CheckResult:
    try:
        return look(stack)
    except BusinessesError as error:
        return not_checked(name, str(error), error.hint)
    except Exception as error:  # noqa: BLE001 - it is shown, and must not hide the other checks
        return not_checked_because(name, error)
