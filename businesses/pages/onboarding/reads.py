"""What the pages about stuck onboardings read: reasons, counts, states, and people by search."""

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from businesses.aws.stack import GROUP, Stack
from businesses.backend import COUNT_SHARE, Backend
from businesses.concurrency.threads import Threads
from businesses.exceptions import BackendUnavailable, BusinessesError
from businesses.queries.onboarding_plan import Choice
from businesses.records.identity import Identity, Membership
from businesses.records.onboarding import Onboarding, Person, Reason
from businesses.records.reasons.lookup import reason_of
from businesses.records.user import PoolUser, person_of
from businesses.retry.state import OnboardingState, differences
from businesses.typed_cache import TypedCache

logger = logging.getLogger(__name__)

LOOKED_AT = 1000  # how many of the newest records are read to find the filters' choices
REASONS_SECONDS = 60
ACCOUNTS_ASKED = 20  # for one page, because Cognito answers only 30 such calls a second
REASON_LENGTH = 1024  # of all types together that can be chosen as a filter
REASONS_SHARE = 0.4  # of the deadline, because the filters can be shown without the reasons


@dataclass(frozen=True, slots=True)
class PersonLookup:
    """A person whom Cognito knows, their current state, and their record if there is one."""

    person: Person
    state: OnboardingState
    record: Onboarding | None

    @property
    def outdated(self) -> str:
        """What Cognito holds in place of the record's data: "e-mail and name", or ""."""
        given = differences(self.record, self.state) if self.record else ()
        return " and ".join(each.name for each in given)


@dataclass(frozen=True, slots=True)
class ReasonChoice:
    """One choice of the filter by reason: types that mean the same, in alphabetical order.

    number: of the newest records.
    """

    name: str
    types: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Count:
    """The number of records; there are more unless is_all."""

    number: int
    is_all: bool = True

    def __str__(self) -> str:
        if self.is_all:
            return f"{self.number:,}"
        return f"More than {self.number:,}" if self.number else "Many"


def causes(backend: Backend, choice: Choice) -> tuple[ReasonChoice, ...]:
    """Return the causes of the newest LOOKED_AT records, the most frequent first.

    The answer may be a minute old; it is () if DynamoDB does not answer. choice: its own reason is
    ignored.
    """
    key = f"businesses:causes:{choice.status}:{choice.source}"
    known = TypedCache(tuple[ReasonChoice, ...])
    found = known.get(key)
    if found is None:
        of_any_reason = replace(choice, reason_type="", email="", since="", until="", failed=None)

        def count(stack: Stack) -> "Counter[Reason]":
            newest = islice(stack.onboardings().all_of(of_any_reason), LOOKED_AT)
            return Counter(record.reason for record in newest)

        try:
            counts = backend.ask(count, REASONS_SHARE)
        except BusinessesError as error:
            logger.warning("The reasons of stuck onboardings are unknown: %s", error)
            return ()
        found = grouped_by_cause(counts)
        known.set(key, found, REASONS_SECONDS)
    return found


def grouped_by_cause(counts: "Counter[Reason]") -> tuple[ReasonChoice, ...]:
    """Group reasons by what they mean, the most frequent first.

    A type that means several things, as its messages say, is one cause with all their names, since
    a filter is by type. Types that no address can name are left out.
    """
    names = defaultdict[str, dict[str, None]](dict)
    for reason, _ in counts.most_common():
        if reason.type and "," not in reason.type and len(reason.type) <= REASON_LENGTH:
            names[reason.type][reason_of(reason.type, reason.message).name] = None
    types = defaultdict[str, list[str]](list)
    for kind, meanings in names.items():
        types[" or ".join(meanings)].append(kind)
    numbers = Counter[str]()
    for reason, number in counts.items():
        numbers[" or ".join(names.get(reason.type, ()))] += number
    ordered = sorted(types, key=numbers.__getitem__, reverse=True)
    return tuple(ReasonChoice(name, tuple(sorted(types[name])), numbers[name]) for name in ordered)


def count_stuck(backend: Backend, choice: Choice) -> Count:
    """Count the records of a choice, as far as a share of the deadline allows.

    DynamoDB reads every one of them to count, 1 MB per call. Raises TableMissing.
    """
    counted, is_late = 0, threading.Event()

    def count(stack: Stack) -> None:
        nonlocal counted
        counted = 0
        for number in stack.onboardings().counts_of(choice):
            counted += number
            if is_late.is_set():
                return

    try:
        backend.ask(count, COUNT_SHARE)
    except BackendUnavailable as error:
        logger.warning("The number of stuck onboardings is unknown: %s", error)
        return Count(counted, is_all=False)
    finally:
        is_late.set()  # otherwise the count would go on after the page was sent
    return Count(counted)


def count_in_one_call(backend: Backend, choice: Choice) -> Count | None:
    """Count the records of a choice, or those in the first 1 MB; None without an answer.

    Raises TableMissing.
    """
    try:
        return Count(
            *backend.ask(lambda stack: stack.onboardings().count_in_one_call(choice), COUNT_SHARE)
        )
    except BackendUnavailable as error:
        logger.warning("The number of stuck onboardings is unknown: %s", error)
        return None


def read_states(
    backend: Backend, people: Iterable[Person], users: Mapping[str, PoolUser | None] | None = None
) -> dict[str, OnboardingState]:
    """Return the current states of people, by sub.

    users: their accounts, if known; otherwise Cognito is asked for ACCOUNTS_ASKED of them, those
    without a Business first. Raises BackendUnavailable or TableMissing; if Cognito does not answer,
    the states say so.
    """
    by_sub = {person.sub: person for person in people}
    group, businesses = backend.ask(
        lambda stack: (stack.outputs[GROUP], stack.businesses().summaries(by_sub))
    )
    # A retry does nothing in Cognito for people who already have a Business.
    wanted = sorted(by_sub, key=businesses.__contains__)[:ACCOUNTS_ASKED]
    known, memberships, is_gone = _ask_cognito(backend, by_sub.values(), wanted, users, group)
    states = dict[str, OnboardingState]()
    for sub, person in by_sub.items():
        membership = memberships.get(person.identity)
        state = OnboardingState(
            group=person.group_name,
            is_group_gone=is_gone and person.group_name == group,
            open_group=group,
            is_named=bool(person.username),
            exists=membership.user_exists if membership else None,
            is_replaced=membership is not None and membership.is_replaced,
            groups=membership.groups if membership else None,
            business=businesses.get(sub),
        )
        user = known.get(sub)
        states[sub] = state.with_account(user, person, group) if user else state
    return states


def _ask_cognito(
    backend: Backend,
    people: Iterable[Person],
    wanted: list[str],
    users: Mapping[str, PoolUser | None] | None,
    group: str,
) -> tuple[Mapping[str, PoolUser | None], dict[Identity, Membership | None], bool]:
    """Return people's accounts, by sub, their groups, and whether the group is known to be gone.

    wanted: the subs whose accounts are asked for, unless users has them.
    """
    identities = [person.identity for person in people]
    certain = [each for each in identities if each.is_unmistakable]
    others = [each for each in identities if not each.is_unmistakable]
    with Threads(2) as executor:
        asked = executor.submit(backend.groups_of, certain, fresh=True)
        gone = executor.submit(_is_gone, backend, group)
        known = _read_accounts(backend, wanted) if users is None else users
        usernames = {sub: user.username if user else None for sub, user in known.items()}
        memberships = backend.groups_of(others, fresh=True, usernames=usernames) | asked.result()
    return known, memberships, gone.result()


def _is_gone(backend: Backend, group: str) -> bool:
    try:
        return not backend.ask_pool(lambda pool: pool.has_group(group))
    except BusinessesError as error:
        logger.warning("Whether there is the group is unknown: %s", error)
        return False


def _read_accounts(backend: Backend, subs: list[str]) -> dict[str, PoolUser | None]:
    try:
        return backend.ask_pool(lambda pool: pool.accounts_of(subs))
    except BusinessesError as error:
        logger.warning("The accounts of %d users are unknown: %s", len(subs), error)
        return {}


def look_up_person(backend: Backend, term: str) -> list[PersonLookup]:
    """Find people in Cognito by e-mail address, sub or username, with their current states.

    Raises BackendUnavailable, TableMissing or UserPoolMissing.
    """
    users = {user.sub: user for user in backend.ask_pool(lambda pool: pool.look_up(term))}
    if not users:
        return []
    group = backend.ask(lambda stack: stack.outputs[GROUP])
    people = {sub: person_of(user, group) for sub, user in users.items()}
    records = backend.ask(lambda stack: stack.onboardings().get_many(users))
    states = read_states(backend, people.values(), users)
    found = list[PersonLookup]()
    for sub, person in people.items():
        record = records.get(sub)
        recorded = record.person if record else person
        state = replace(states[sub], exists=True).with_account(users[sub], recorded, group)
        found.append(PersonLookup(person, state, record))
    return found
