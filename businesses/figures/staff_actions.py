"""What an action of staff means for the figures of the front page."""

from collections.abc import Iterable

from django.core.cache import cache

from businesses.figures.cached import MENDED, OUT_OF_GROUP, SET_ASIDE, STUCK, fresh_key
from businesses.figures.names import remember_names
from businesses.records.onboarding import COMPLETED, NOT_IN_ITS_GROUP, Onboarding


def note_action(records: Iterable[Onboarding]) -> None:
    """Have what an action changed be counted anew, by all processes that share Django's cache.

    Call it after a retry, a dismissal and a reopening. What is read for every page needs no such
    call, so the number of stuck onboardings is right in every process. records: as they are now, as
    far as that is known; their names are about to be shown.
    """
    known = list(records)
    figures = {STUCK, *map(_changed, known)} if known else {STUCK, MENDED, SET_ASIDE, OUT_OF_GROUP}
    cache.delete_many([fresh_key(figure) for figure in figures])
    remember_names(known)


def _changed(record: Onboarding) -> str:
    if record.reason.type == NOT_IN_ITS_GROUP:
        return OUT_OF_GROUP
    return MENDED if record.status == COMPLETED else SET_ASIDE
