"""What Cognito and both tables know about one person; each part may fail by itself."""

import logging
from collections.abc import Callable, Collection
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import TypeVar

from businesses.audit.history import Kind
from businesses.aws.cognito.limits import can_be_name
from businesses.aws.stack import GROUP, Stack
from businesses.backend import Backend
from businesses.concurrency.threads import Threads
from businesses.exceptions import BackendUnavailable, BusinessesError
from businesses.queries.business_plan import Plan
from businesses.queries.business_sources import BY_OWNER, Range
from businesses.queries.keys import can_be_key
from businesses.queries.paging import FIRST, Page, read_page
from businesses.records.business import Business
from businesses.records.identity import Identity, Membership
from businesses.records.onboarding import Onboarding
from businesses.records.user import PoolUser

logger = logging.getLogger(__name__)

MOST_BUSINESSES = 20  # of one owner; the list of businesses shows the others
# Of the deadline. What is asked second depends on what was answered first.
FIRST_SHARE, SECOND_SHARE = 0.6, 0.4
# What may be unknown.
ACCOUNT, RECORD, BUSINESS, BUSINESSES = "account", "record", "business", "businesses"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is known about the person with one sub; nobody else's data, whoever has the username.

    user: None when the pool lists nobody with this sub, or did not answer. membership: None when
    unknown. own: the Business with the sub as its id. named_by: the Business that the page was
    opened from, if it names them as its owner. businesses: all of theirs, newest first, at most
    about MOST_BUSINESSES. group: the one that people join now; "" when unknown.
    silent: why each part is unknown that is.
    """

    sub: str
    user: PoolUser | None = None
    membership: Membership | None = None
    record: Onboarding | None = None
    own: Business | None = None
    named_by: Business | None = None
    businesses: tuple[Business, ...] = ()
    has_more_businesses: bool = False
    group: str = ""
    silent: dict[str, BusinessesError] = field(default_factory=dict)

    def seen_by(self, kinds: Collection[str]) -> "PersonFacts":
        """Return what somebody may see who may see these kinds of records; see HistoryEntry.Kind.

        How far the person got is part of both kinds' pages, so `own` stays.
        """
        seen = self if Kind.ONBOARDING in kinds else replace(self, record=None)
        return (
            seen
            if Kind.BUSINESS in kinds
            else replace(seen, businesses=(), has_more_businesses=False)
        )

    @property
    def exists(self) -> bool | None:
        """Whether the pool has the user; None when that is unknown."""
        if self.user is not None:
            return True
        if self.membership is not None:
            return self.membership.user_exists
        return None if "account" in self.silent else False

    @property
    def recorded_identities(self) -> tuple[Identity, ...]:
        """Whom the records name as the user with this sub, with usernames of then."""
        named = (
            self.record.person.identity if self.record else None,
            self.own.owner_identity if self.own else None,
            self.named_by.owner_identity if self.named_by else None,
        )
        return tuple(each for each in named if each and each.sub == self.sub)

    @property
    def is_unknown(self) -> bool:
        """Whether no part knows of such a person."""
        return not (self.user or self.membership or self.record or self.businesses)


def read_person(backend: Backend, sub: str, named_by: str = "") -> PersonFacts:
    """Read everything about a person in two rounds of parallel calls; what fails is in `silent`.

    named_by: the id of a business that may name them as its owner.
    """
    silent = dict[str, BusinessesError]()
    with Threads(5) as executor:
        facts = _first_round(backend, sub, named_by, executor, silent)
        membership = executor.submit(_membership, backend, facts)
        owned = executor.submit(backend.ask, _owned_by(facts), SECOND_SHARE)
        page: Page[Business] = _answer(silent, BUSINESSES, owned, Page())
        known = (each for each in (facts.own, facts.named_by) if each)
        found = {each.id: each for each in (*page.items, *known)}
        return replace(
            facts,
            membership=membership.result(),
            businesses=tuple(sorted(found.values(), key=_created_at, reverse=True)),
            has_more_businesses=page.next is not None,
        )


def _first_round(
    backend: Backend,
    sub: str,
    named_by: str,
    executor: Executor,
    silent: dict[str, BusinessesError],
) -> PersonFacts:
    """Read what can be asked for by the sub alone, and by the id of a business."""

    def ask(question: Callable[[Stack], Answer]) -> Future[Answer]:
        return executor.submit(backend.ask, question, FIRST_SHARE)

    account = executor.submit(_account, backend, sub)
    record = ask(lambda stack: stack.onboardings().get(sub))
    own = ask(lambda stack: stack.businesses().get(sub))
    opened_from = ask(lambda stack: stack.businesses().get(named_by)) if named_by else None
    group = ask(lambda stack: stack.outputs[GROUP])
    business = _answer(silent, BUSINESSES, opened_from, None) if opened_from else None
    return PersonFacts(
        sub=sub,
        user=_answer(silent, ACCOUNT, account, None),
        record=_answer(silent, RECORD, record, None),
        own=_answer(silent, BUSINESS, own, None),
        named_by=business if business and business.owner_identity.sub == sub else None,
        group=_answer(silent, "group", group, ""),
        silent=silent,
    )


def _answer(
    silent: dict[str, BusinessesError], name: str, asked: Future[Answer], otherwise: Answer
) -> Answer:
    """Return an answer; if it is an error, note it, and return what stands for the unknown."""
    try:
        return asked.result()
    except BusinessesError as error:
        logger.warning("A person's %s is unknown: %s", name, error)
        silent[name] = error
        return otherwise


def _account(backend: Backend, sub: str) -> PoolUser | None:
    """Return the user whom the pool lists for a sub, or None. Raises BackendUnavailable."""
    if not can_be_name(sub):
        return None
    found = backend.ask_pool(lambda pool: pool.accounts_of([sub]), FIRST_SHARE)
    if sub not in found:
        raise BackendUnavailable("Cognito did not answer.")
    return found[sub]


def _membership(backend: Backend, facts: PersonFacts) -> Membership | None:
    """Return the groups of the user with the sub, or what became of them; None if unknown."""
    if facts.user is not None:
        identity = Identity(facts.sub, facts.user.username)
        usernames = {facts.sub: facts.user.username}
        return backend.groups_of([identity], fresh=True, usernames=usernames).get(identity)
    known = (each for each in facts.recorded_identities if each.username)
    if ACCOUNT in facts.silent:  # then only a username that nobody else can have may be asked for
        known = (each for each in known if each.is_unmistakable)
    if (former := next(known, None)) is None:
        return None
    return backend.groups_of([former], fresh=True, usernames={facts.sub: None}).get(former)


def _owned_by(facts: PersonFacts) -> Callable[[Stack], Page[Business]]:
    """Return the question for the newest businesses of which the user with the sub is the owner."""
    usernames = [each.username for each in facts.recorded_identities]
    if facts.user is not None:
        usernames.append(facts.user.username)
    named = [f"{facts.sub}::{username}" for username in usernames or [facts.sub] if username]
    owners = filter(can_be_key, dict.fromkeys([*named, facts.sub]))
    ranges = [
        Range(number=number, index=BY_OWNER, partition=owner) for number, owner in enumerate(owners)
    ]
    plan = Plan(sources=tuple(ranges))
    return lambda stack: read_page(stack.businesses(), plan, FIRST, MOST_BUSINESSES)


def _created_at(business: Business) -> str:
    return business.created_at
