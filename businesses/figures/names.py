"""What people are called, for lists that know only subs; kept in Django's cache for minutes."""

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping

from django.core.cache import cache

from businesses.aws.stack import BUSINESS_TABLE, ONBOARDING_TABLE, Stack
from businesses.aws.tables.name_reads import read_names
from businesses.backend import COUNT_SHARE, Backend
from businesses.exceptions import BusinessesError
from businesses.figures.cached import fresh_key
from businesses.records.onboarding import Onboarding
from businesses.typed_cache import TypedCache

logger = logging.getLogger(__name__)

SECONDS = 300  # and so long after an erasure may another process still know a name
NAMES = TypedCache(str)


def names_of(backend: Backend, ids: Collection[str]) -> Mapping[str, str]:
    """Return what records are called, by id or sub; those whose name is unknown are left out.

    Who was erased is unknown, and so is everybody whom the cache does not know while DynamoDB does
    not answer. ids: at most 50.
    """
    known = NAMES.get_many([_key(each) for each in ids])
    names = {each: known[_key(each)] for each in ids if _key(each) in known}
    missing = [each for each in ids if each not in names]
    if missing:
        try:
            read = backend.ask(lambda stack: _read(stack, missing), COUNT_SHARE)
        except BusinessesError as error:
            logger.warning("The names of %d records are unknown: %s", len(missing), error)
        else:
            found = {each: read.get(each, "") for each in missing}
            NAMES.set_many({_key(each): name for each, name in found.items()}, SECONDS)
            names |= found
    return {each: name for each, name in names.items() if name}


def remember_names(records: Iterable[Onboarding]) -> None:
    """Keep the names of records that were just read."""
    names = {record.sub: record.name or record.email for record in records}
    NAMES.set_many({_key(sub): name for sub, name in names.items() if name}, SECONDS)


def forget_names(ids: Iterable[str]) -> None:
    """Forget the names of records; caches of other processes forget them after SECONDS."""
    cache.delete_many([_key(each) for each in ids])


def _read(stack: Stack, ids: Collection[str]) -> Mapping[str, str]:
    outputs = stack.outputs
    return read_names(
        stack.client("dynamodb"), outputs[BUSINESS_TABLE], outputs[ONBOARDING_TABLE], ids
    )


def _key(record_id: str) -> str:
    """Return a key that every cache takes, whatever characters an id has."""
    return fresh_key(f"name:{hashlib.sha256(record_id.encode('utf-8', 'replace')).hexdigest()}")
