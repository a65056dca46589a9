"""The places that a search for people looks in, each within its time and failing by itself."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from django.utils.safestring import SafeString

from businesses import models
from businesses.aws.stack import Stack
from businesses.backend import READ_SHARE, Backend
from businesses.concurrency.threads import Threads
from businesses.exceptions import BackendUnavailable, BusinessesError
from businesses.pages.addresses import change_address
from businesses.pages.display import STATUS_BADGES, badge
from businesses.pages.errors.staff_words import StaffWords, staff_words
from businesses.queries.business_plan import Plan
from businesses.queries.paging import FIRST
from businesses.queries.word_search import Words
from businesses.records.business import Business
from businesses.records.identity import Identity
from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, OUT_OF_GROUP, Onboarding
from businesses.records.user import PoolUser

logger = logging.getLogger(__name__)

MOST_SHOWN = 20  # of one place
# How far words inside names are looked for: DynamoDB reads all of these records, but sends only
# those that match. One Query reads at most 1 MB, which is about as many businesses.
AT_ONCE, MOST_QUERIES = 2500, 4
RECORDS = 1000  # onboardings of each status
PARTLY = BackendUnavailable(
    "Cognito left a part of the search unanswered.", kind="ServiceUnavailable"
)
STATUSES = {
    FAILED: "Stuck onboarding",
    OUT_OF_GROUP: "Not in the group",
    DISMISSED: "Dismissed onboarding",
    COMPLETED: "Completed onboarding",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Somebody in one place.

    sub: "" if the record names none. url: of the record, or "". business: its id, or "". status: of
    an onboarding, or "".
    """

    sub: str
    name: str
    email: str
    where: str
    url: str = ""
    business: str = ""
    status: str = ""

    @property
    def shown(self) -> SafeString | str:
        """The place, as a badge if it tells a status."""
        kind, _ = STATUS_BADGES.get(self.status, ("unknown", ""))
        return badge(kind, self.where) if self.status else self.where


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was found in one place. searched: what was looked for there, and how far, in words.

    problem: why nothing, or only a part, is known of it; None if all is. has_more: whether more
    would be found.
    """

    name: str
    searched: str
    hits: tuple[Hit, ...] = ()
    problem: BusinessesError | None = None
    has_more: bool = False

    @property
    def in_words(self) -> StaffWords | None:
        """What staff read about the problem."""
        return staff_words(self.problem) if self.problem else None


def by_beginning(backend: Backend, term: str) -> Place:
    """Search all businesses for what the indexes hold."""
    plan = Plan.of(term)

    def read() -> Place:
        page = backend.business_page(plan, FIRST, MOST_SHOWN)
        hits = tuple(map(hit_of_business, page.items))
        return Place(name=name, searched=searched, hits=hits, has_more=page.next is not None)

    name, searched = "All businesses", plan.searched
    return _within(name, read)


def by_words(
    backend: Backend, term: str, at_once: int = AT_ONCE, most_queries: int = MOST_QUERIES
) -> Place:
    """Search the newest businesses for words inside names, as far as the time allows.

    at_once: how many one Query looks at. most_queries: how many there are at most.
    """
    words, is_late = Words.of(term), threading.Event()
    found, looked_at, is_whole = list[Business](), 0, False

    def read(stack: Stack) -> None:
        nonlocal looked_at, is_whole
        found.clear()
        looked_at = 0
        for chunk in islice(stack.businesses().holding(words, at_once), most_queries):
            found.extend(row.record for row in chunk.rows)
            looked_at += chunk.looked_at
            is_whole = chunk.rest is None
            if is_late.is_set() or len(found) > MOST_SHOWN:
                return

    problem: BusinessesError | None = None
    try:
        backend.ask(read, READ_SHARE)
    except BusinessesError as error:
        logger.warning("A search by words ended early: %s", error)
        problem = None if looked_at else error
    finally:
        is_late.set()  # otherwise the search would go on after the page was sent
    among = f"all {looked_at:,} businesses" if is_whole else f"the newest {looked_at:,} businesses"
    what = "names and e-mail addresses that hold these words anywhere, and usernames"
    return Place(
        name="Words inside names",
        searched=f"Searched for {what}, among {among}." if not problem else "",
        hits=tuple(map(hit_of_business, found[:MOST_SHOWN])),
        problem=problem,
        has_more=len(found) > MOST_SHOWN,
    )


def by_record(backend: Backend, term: str) -> Place:
    """Search the onboardings: all of them by sub, and the newest by name, address and username."""
    words, sub = Words.of(term), _sub_in(term)

    def read() -> Place:
        found, is_whole = backend.ask(lambda stack: _matching(stack, words, sub), READ_SHARE)
        among = "all of them" if is_whole else f"the newest {RECORDS:,} of each"
        return Place(
            name=name,
            searched=f"{searched}, and for names, e-mail addresses and usernames among {among}.",
            hits=tuple(map(hit_of_onboarding, found[:MOST_SHOWN])),
            has_more=len(found) > MOST_SHOWN,
        )

    name, searched = "Onboardings of any status", "Searched for the sub"
    return _within(name, read)


def by_user(backend: Backend, term: str) -> Place:
    """Search the user pool for what Cognito can be asked."""

    def read() -> Place:
        found = backend.ask_pool(lambda pool: pool.searching.find(_sub_in(term)), READ_SHARE)
        return Place(
            name=name,
            searched=searched,
            hits=tuple(map(hit_of_user, found.users[:MOST_SHOWN])),
            problem=None if found.is_whole else PARTLY,
            has_more=len(found.users) > MOST_SHOWN,
        )

    name = "Users in Cognito"
    searched = "Searched for e-mail addresses, usernames and names that begin so, and for the sub."
    if "@" in term:
        searched = "Searched for e-mail addresses that begin so."
    return _within(name, read)


def hit_of_business(business: Business) -> Hit:
    """Return a business as a find; who is found is its owner."""
    return Hit(
        sub=business.owner_identity.sub,
        business=business.id,
        name=business.name,
        email=business.email,
        where="Business",
        url=change_address(models.Business, business.id),
    )


def hit_of_onboarding(record: Onboarding) -> Hit:
    """Return a record as a find."""
    return Hit(
        sub=record.sub,
        name=record.name,
        email=record.email,
        where=STATUSES.get(record.status, "Odd onboarding record"),
        status=record.status or "odd",
        url=change_address(models.Onboarding, record.sub),
    )


def hit_of_user(user: PoolUser) -> Hit:
    """Return a user as a find."""
    known = user.attributes
    return Hit(
        sub=user.sub,
        name=known.get("custom:business_name") or known.get("name") or "",
        email=known.get("email", ""),
        where="User in Cognito",
    )


def _matching(stack: Stack, words: Words, sub: str) -> tuple[list[Onboarding], bool]:
    """Return the records that match, and whether every record was looked at."""
    table = stack.onboardings()
    with Threads(1 + len(STATUSES)) as executor:
        of_sub = executor.submit(table.get, sub)
        newest = list(executor.map(lambda status: table.newest(status, RECORDS), STATUSES))
    found = {each.sub: each for each in (of_sub.result(),) if each}
    for records, _ in newest:
        found |= {
            each.sub: each
            for each in records
            if words.are_in(each.name, each.email)
            or (words.username and each.username.startswith(words.username))
        }
    return list(found.values()), all(is_all for _, is_all in newest)


def _within(name: str, read: Callable[[], Place]) -> Place:
    try:
        return read()
    except BusinessesError as error:
        logger.warning("A search did not reach: %s: %s", name, error)
        return Place(name=name, searched="", problem=error)


def _sub_in(term: str) -> str:
    """Return the sub of an owner in Amplify's format, or the term itself."""
    return Identity.of_owner(term).sub if "::" in term else term
