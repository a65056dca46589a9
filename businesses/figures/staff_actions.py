"""What an action of staff means for the figures of the front page."""

from collections.abc import Iterable

from django.core.cache import cache

from businesses.figures.cached import MENDED, SET_ASIDE, STUCK, fresh_key
from businesses.figures.names import remember_names
from businesses.records.onboarding import COMPLETED, Onboarding


def note_action(records: Iterable[Onboarding]) -> None:
    """Have what an action changed be counted anew, by all processes that share Django's cache.

    Call it after a retry, a dismissal and a reopening. What is read for every page needs no such
    call, so the number of stuck onboardings is right in every process. records: as they are now, as
    far as that is known; their names are about to be shown.
    """
    known = list(records)
    is_mended = [record.status == COMPLETED for record in known]
    figures = [STUCK]
    if any(is_mended) or not known:
        figures.append(MENDED)
    if not all(is_mended) or not known:
        figures.append(SET_ASIDE)
    cache.delete_many([fresh_key(figure) for figure in figures])
    remember_names(known)
