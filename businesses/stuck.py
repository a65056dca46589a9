"""Stuck onboardings as staff look at them: a page of the list, one person, many at once."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from django.core.cache import cache

from businesses.backend import Backend
from businesses.exceptions import BusinessesError
from businesses.onboarding_choice import Choice, OnboardingPlan
from businesses.onboarding_records import Onboarding, Person
from businesses.paging import Cursor, Page, read_page
from businesses.pool_users import PoolUser, person_of
from businesses.stack import GROUP, Stack
from businesses.standing import Standing

logger = logging.getLogger(__name__)

LOOKED_AT = 1000  # of the newest records, for what the filters offer
REASONS_SECONDS = 60
REASONS_SHARE = 0.4  # of the deadline: the filters can be shown without


@dataclass(frozen=True, slots=True)
class Found:
    """A person whom Cognito knows, where they stand, and their record, if there is one."""

    person: Person
    standing: Standing
    record: Onboarding | None


def read_records(
    backend: Backend, plan: OnboardingPlan, cursor: Cursor, limit: int
) -> Page[Onboarding]:
    """Read one page of a list. Raises BackendUnavailable or TableMissing."""
    return backend.ask(lambda stack: read_page(stack.onboardings(), plan, cursor, limit))


def reason_types(backend: Backend, choice: Choice) -> tuple[str, ...]:
    """Return the types of reasons among the newest records, the most frequent first.

    Of LOOKED_AT at most, as they were within the last minute; () when DynamoDB does not answer.
    choice: its own reason is left out of account.
    """
    key = f"businesses:reasons:{choice.status}:{choice.source}"
    types: tuple[str, ...] | None = cache.get(key)
    if types is None:
        of_any_reason = replace(choice, reason_type="", email="")

        def count(stack: Stack) -> "Counter[str]":
            newest = islice(stack.onboardings().all_of(of_any_reason), LOOKED_AT)
            return Counter(record.reason.type for record in newest if record.reason.type)

        try:
            counts = backend.ask(count, REASONS_SHARE)
        except BusinessesError as error:
            logger.warning("The reasons of stuck onboardings are unknown: %s", error)
            return ()
        types = tuple(kind for kind, _ in counts.most_common())
        cache.set(key, types, REASONS_SECONDS)
    return types


def read_standings(backend: Backend, people: Iterable[Person]) -> dict[str, Standing]:
    """Return by sub where people stand now; of their accounts, only whether they exist.

    Raises BackendUnavailable or TableMissing; that Cognito does not answer, the standings say.
    """
    by_sub = {person.sub: person for person in people}
    businesses = backend.ask(lambda stack: stack.presence().read(by_sub))
    memberships = backend.groups_of((each.username for each in by_sub.values()), fresh=True)
    standings = dict[str, Standing]()
    for sub, person in by_sub.items():
        membership = memberships.get(person.username)
        standings[sub] = Standing(
            group=person.group_name,
            exists=membership.user_exists if membership else None,
            groups=membership.groups if membership else None,
            business=businesses.get(sub),
        )
    return standings


def read_standing(backend: Backend, person: Person) -> Standing:
    """Return where one person stands now. Raises BackendUnavailable or TableMissing."""
    standing = read_standings(backend, [person])[person.sub]
    try:
        user = backend.find_user(person.username)
    except BusinessesError as error:
        logger.warning("The account of one user is unknown: %s", error)
        return standing
    if user is None:
        return standing
    return replace(standing, status=user.status, enabled=user.enabled)


def look_up(backend: Backend, term: str) -> list[Found]:
    """Find people by e-mail address, sub or username in Cognito, and where they stand.

    Raises BackendUnavailable, TableMissing or UserPoolMissing.
    """
    users = {user.sub: user for user in backend.ask_pool(lambda pool: pool.look_up(term))}
    if not users:
        return []
    group = backend.ask(lambda stack: stack.output(GROUP))
    people = {sub: person_of(user, group) for sub, user in users.items()}
    records = backend.ask(lambda stack: stack.onboardings().get_many(users))
    standings = read_standings(backend, people.values())
    return [
        Found(person, _with_account(standings[sub], users[sub]), records.get(sub))
        for sub, person in people.items()
    ]


def _with_account(standing: Standing, user: PoolUser) -> Standing:
    return replace(standing, exists=True, status=user.status, enabled=user.enabled)
