"""The list of stuck onboardings: what it adds to the list of rows that are not in SQL."""

from dataclasses import replace
from typing import cast

from django.http import HttpRequest

from businesses.backend import get_backend
from businesses.pages.live.changelist import LiveChangeList
from businesses.pages.onboarding.reads import Count, count_in_one_call
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.records.onboarding import FAILED, SWEEP, TRIGGER


class OnboardingChangeList(LiveChangeList):
    """The list of stuck onboardings.

    The template also gets offers_retry and offers_all: whether those who may retry can do it, or
    something else, to all that match; and retried: how many "Retry all" would retry, or None if
    that is unknown; is_of_sweep tells that it would retry nobody, as the sweep found them all.
    """

    offers_retry = offers_all = False
    retried: Count | None = None

    @property
    def nouns(self) -> tuple[str, str]:
        """What one row is called, and several: not all that is listed here is stuck."""
        choice = getattr(self.plan, "choice", None)
        if choice is None or choice.status == FAILED:
            return super().nouns
        return "onboarding", "onboardings"

    @property
    def is_of_sweep(self) -> bool:
        """Whether it is known that the sweep found everybody who is listed."""
        return self.retried is not None and self.retried.is_all and not self.retried.number

    @property
    def leaves_some_out(self) -> bool:
        """Whether "Retry all" leaves out rows of the list, or may, as the page is not all of it."""
        if not self.offers_retry or self.is_of_sweep:  # as also where the address is refused
            return False
        if cast("OnboardingPlan", self.plan).choice.source:
            return False
        is_whole = not (self.listing.next or self.listing.previous)
        return not is_whole or any(row.record.source == SWEEP for row in self.listing.rows)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and count what could be retried for those who may retry it."""
        super().get_results(request)
        may_retry = self.model_admin.has_retry_permission(request)  # type: ignore[attr-defined]
        if self.refusal or not may_retry or not self.listing.rows:
            return
        plan = cast("OnboardingPlan", self.plan)
        self.offers_all = not plan.term
        self.offers_retry = plan.choice.status == FAILED and self.offers_all
        if self.offers_retry:
            self.retried = self._count(plan.choice)

    def _count(self, choice: Choice) -> Count | None:
        """Count without a call if the page is the whole list; see `retry_views` for the sweep's."""
        if self.listing.next or self.listing.previous:
            retried = replace(choice, source=choice.source or TRIGGER)
            return count_in_one_call(get_backend(), retried)
        rows = self.listing.rows
        return Count(sum(bool(choice.source) or row.record.source != SWEEP for row in rows))
