"""Searches everywhere at once for people, and brings together what belongs to one person."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from businesses.audit.history import Kind
from businesses.aws.stack import Stack
from businesses.backend import Backend
from businesses.concurrency.threads import Threads
from businesses.exceptions import BusinessesError
from businesses.pages.addresses import person_address
from businesses.pages.search.places import (
    Hit,
    Place,
    by_beginning,
    by_record,
    by_user,
    by_words,
    hit_of_business,
    hit_of_onboarding,
)

logger = logging.getLogger(__name__)

COMPLETING_SHARE = 0.4  # of the deadline, as the page can do without


@dataclass(frozen=True, slots=True)
class Found:
    """One person, or a business that names no owner. hits: at least one, of different records."""

    sub: str
    hits: tuple[Hit, ...]

    @property
    def url(self) -> str:
        """The address of the person's page, or of the business's.

        Of somebody whom nothing but businesses name, the page learns of one of them.
        """
        if not self.sub:
            return self.hits[0].url
        named_by = [hit.business for hit in self.hits]
        is_known = "" in named_by or self.sub in named_by
        return person_address(self.sub, "" if is_known else named_by[0])

    @property
    def name(self) -> str:
        """What the person is called."""
        named = (text for hit in self.hits for text in (hit.name, hit.email, hit.sub))
        return next(filter(None, named), "")

    @property
    def email(self) -> str:
        """The first address on record, unless it is the name."""
        email = next((hit.email for hit in self.hits if hit.email), "")
        return "" if email == self.name else email


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Who was found, and in which places was searched."""

    found: tuple[Found, ...]
    places: tuple[Place, ...]

    def only(self, term: str) -> Found | None:
        """Return the one who was found, if there is nobody else as far as anybody can tell."""
        if len(self.found) != 1:
            return None
        [one] = self.found
        is_sure = one.sub == term or not any(place.problem for place in self.places)
        return one if is_sure else None


def search(backend: Backend, term: str, kinds: Collection[str]) -> SearchResult:
    """Search for people by name, e-mail address, sub, username and owner. Raises nothing.

    kinds: of the records that may be seen; the users of the pool may always.
    """
    wanted = [
        *((by_beginning, by_words) if Kind.BUSINESS in kinds else ()),
        *((by_record,) if Kind.ONBOARDING in kinds else ()),
        by_user,
    ]
    with Threads(len(wanted)) as executor:
        places = list(executor.map(lambda place: place(backend, term), wanted))
    hits = [hit for place in places for hit in place.hits]
    hits += _completing(backend, {hit.sub for hit in hits if hit.sub}, kinds)
    return SearchResult(tuple(_by_person(hits)), tuple(places))


def _by_person(hits: Iterable[Hit]) -> list[Found]:
    """Group what was found by person, in the order in which each was found first."""
    grouped = dict[str, dict[tuple[str, str], Hit]]()
    for hit in hits:
        grouped.setdefault(hit.sub or hit.url, {}).setdefault((hit.where, hit.url), hit)
    return [
        Found(next(iter(of_one.values())).sub, tuple(of_one.values()))
        for of_one in grouped.values()
    ]


def _completing(backend: Backend, subs: Collection[str], kinds: Collection[str]) -> list[Hit]:
    """Return the records that people have under their subs, whatever they were found by."""

    def read(stack: Stack) -> list[Hit]:
        hits = list[Hit]()
        if Kind.BUSINESS in kinds:
            hits += map(hit_of_business, stack.businesses().get_many(subs).values())
        if Kind.ONBOARDING in kinds:
            hits += map(hit_of_onboarding, stack.onboardings().get_many(subs).values())
        return hits

    if not subs:
        return []
    try:
        found = backend.ask(read, COMPLETING_SHARE)
    except BusinessesError as error:
        logger.warning("What else people have is unknown: %s", error)
        return []
    return [hit for hit in found if hit.sub in subs]
