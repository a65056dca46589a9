"""How many people have a Business and are not in its group, as the sweep recorded them."""

from dataclasses import dataclass

from businesses.aws.stack import ONBOARDING_TABLE, Stack
from businesses.aws.tables.time_reads import STATUS, read_newest
from businesses.backend import READ_SHARE, Backend
from businesses.figures import cached
from businesses.figures.counts import FRESH_SECONDS, budget
from businesses.records.onboarding import OUT_OF_GROUP
from businesses.typed_cache import TypedCache


@dataclass(frozen=True, slots=True)
class OutOfGroup:
    """The number of people; there are more unless is_all."""

    number: int
    is_all: bool


def read_out_of_group(backend: Backend) -> OutOfGroup:
    """Count them; the answer may be FRESH_SECONDS old, as only a sweep or a retry changes it.

    Raises BackendUnavailable or TableMissing.
    """
    key, figure = cached.fresh_key(cached.OUT_OF_GROUP), TypedCache(OutOfGroup)
    known = figure.get(key)
    if known is None:
        known = backend.ask(_count, READ_SHARE)
        figure.set(key, known, FRESH_SECONDS)
    return known


def _count(stack: Stack) -> OutOfGroup:
    number, limit = 0, budget()
    table = stack.outputs[ONBOARDING_TABLE]
    for answer in read_newest(stack.client("dynamodb"), table, STATUS, OUT_OF_GROUP, ("sub",)):
        number += len(answer.items)
        limit.take()
        if limit.is_spent:
            return OutOfGroup(number, answer.is_last)
    return OutOfGroup(number, is_all=True)
