"""Checks whether the backend is as it should be: those of aws_setup, and the site's own."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.timesince import timesince
from gql import Client, gql
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportProtocolError,
    TransportQueryError,
)

from businesses.aws.api.appsync import Answer, graphql_reason
from businesses.aws.call_errors import CHECK_ADDRESSES, explain_call_error
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
from businesses.records.onboarding import OUT_OF_GROUP, Reason
from businesses.records.reasons.lookup import reason_of

STUCK, OUTSIDE = "stuck onboardings", "membership"
QUESTION = gql('query { getBusiness(id: "backend-status") { id } }')
ANSWER_SECONDS, CONNECT_SECONDS = 5.0, 2.0
NOT_READABLE = "It answers; these credentials may not read businesses through it."
MIGRATE = "Check DATABASE_URL and run `manage.py migrate`."
SWEPT_WITHIN = timedelta(days=1)
SWEEP = "Have cron run `manage.py find_stuck_onboardings`, for example once an hour."


def check_api(stack: Stack) -> CheckResult:
    """Check that the API answers a signed query; the answer itself does not matter.

    Raises BackendUnavailable if the stack cannot be read.
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
            return ok(name, NOT_READABLE)
        hint = "Check this machine's credentials and clock, then run `manage.py deploy_backend`."
        return wrong(name, f"It answers: {_in_words(reason)}", hint)
    except TransportQueryError as error:
        return _of_a_failed_query(name, graphql_reason(error))
    except TransportProtocolError:
        return wrong(name, "What answers is not a GraphQL API.", CHECK_ADDRESSES)
    except (TransportConnectionFailed, TimeoutError) as error:
        found = explain_call_error(error, ANSWER_SECONDS)
        return wrong(name, found.reason.message, found.hint)
    return ok(name, "It answers a signed query.")


def _of_a_failed_query(name: str, reason: Reason) -> CheckResult:
    if reason.type == "Unauthorized":
        return ok(name, NOT_READABLE)
    hint = "Look at the API's log group, then run `manage.py deploy_backend`."
    return wrong(name, f"A query fails: {_in_words(reason)}", hint)


def _in_words(reason: Reason) -> str:
    return f"{reason_of(reason.type, reason.message).name} ({reason.type}: {reason.message})"


def check_sweep(stack: str, region: str) -> CheckResult:
    """Check when a sweep of a stack last ran to its end."""
    name = "sweep"
    try:
        ended, running = Sweep.last_runs(stack, region)
    except DatabaseError as error:
        return not_checked(name, f"The site's database cannot be used: {error}", MIGRATE)
    began = ""
    if running:
        began = f" A sweep started {timesince(running.started_at)} ago and has not finished."
    if ended is None or ended.finished_at is None:
        return not_checked(
            name, f"No sweep of {stack} has finished on this site yet.{began}", SWEEP
        )
    ago = f"{timesince(ended.finished_at)} ago"
    if ended.error:
        return wrong(name, f"The last sweep, {ago}, ended early: {ended.error}{began}", SWEEP)
    text = f"The last sweep finished {ago}.{began}"
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
    hint = "Find out why in the admin, or run `manage.py retry_onboardings --all --dry-run`."
    return wrong(STUCK, f"{count:,} {people} stuck.", hint)


def check_groups(stack: Stack) -> CheckResult:
    """Compare how many people are not in the group of their Business with what the settings allow.

    The last sweep found them. Raises BackendUnavailable or TableMissing.
    """
    try:
        ended, _ = Sweep.last_runs(stack.name, stack.region)
    except DatabaseError as error:
        return not_checked(OUTSIDE, f"The site's database cannot be used: {error}", MIGRATE)
    if ended is None or ended.finished_at is None:
        return not_checked(OUTSIDE, "No sweep has finished yet, so nobody has looked.", SWEEP)
    with translated_errors():
        count = stack.onboardings().count_of(Choice(status=OUT_OF_GROUP))
    ago = f"as of the sweep {timesince(ended.finished_at)} ago"
    if not count:
        return ok(OUTSIDE, f"Everybody with a Business is in its group, {ago}.")
    people = "1 person is" if count == 1 else f"{count:,} people are"
    text = f"{people} not in the group of their Business, {ago}."
    if count <= settings.OUT_OF_GROUP_LIMIT:
        return ok(OUTSIDE, text)
    hint = "Put them back in the admin, or run `manage.py retry_onboardings --out-of-group`."
    return wrong(OUTSIDE, text, hint)


def all_checks(stack: Stack, *, detect_drift: bool) -> Iterator[CheckResult]:
    """Run every check, those of aws_setup and the site's own; yield each result once it is there.

    Those that AWS does not permit are "not checked". Raises AwsSetupError if the files do not form
    a template.
    """
    looks = {"API": check_api, STUCK: check_stuck}
    own = {name: partial(_results, stack, name, look) for name, look in looks.items()}
    yield from stack.all_checks(detect_drift=detect_drift, also=own)
    # These in this thread, which has the connection to the database.
    yield check_sweep(stack.name, stack.region)
    yield _made(stack, OUTSIDE, check_groups)


def _results(stack: Stack, name: str, look: Callable[[Stack], CheckResult]) -> list[CheckResult]:
    return [_made(stack, name, look)]


def _made(stack: Stack, name: str, look: Callable[[Stack], CheckResult]) -> CheckResult:
    try:
        return look(stack)
    except BusinessesError as error:
        return not_checked(name, str(error), error.hint)
    except Exception as error:  # noqa: BLE001 - shown to the user; it must not hide the other checks
        return not_checked_because(name, error)
