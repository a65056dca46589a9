"""The page of one person: who they are, how far they got, what happened, what to do now."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.log import log_response
from django.views.decorators.http import require_safe

from businesses import models
from businesses.audit.history import Kind
from businesses.backend import get_backend
from businesses.pages.addresses import NAMED_BY, change_address
from businesses.pages.errors.staff_words import staff_words
from businesses.pages.frame import kinds_seen_by, page_of
from businesses.pages.person.account import account_lines, account_words
from businesses.pages.person.reads import PersonFacts, read_person
from businesses.pages.person.standing import Button, next_step_of, state_of, steps_of
from businesses.pages.person.timeline import history_of, timeline_of

UNAVAILABLE, NOT_FOUND = 503, 404
ACTIONS = {
    Button.RETRY: reverse_lazy("admin:businesses_onboarding_retry-now"),
    Button.REFRESH: reverse_lazy("admin:businesses_onboarding_refresh"),
    Button.ONBOARD: reverse_lazy("admin:businesses_onboarding_onboard"),
    Button.REOPEN: reverse_lazy("admin:businesses_onboarding_reopen"),
    Button.PUT_BACK: reverse_lazy("admin:businesses_business_put_back"),
}


@require_safe
def person_view(request: HttpRequest, object_id: str, *, site: admin.AdminSite) -> HttpResponse:
    """Show one person, as far as the user may see. object_id: the sub, as quoted in the URL.

    Whoever may see either the businesses or the onboardings may see the user in Cognito and how far
    they got, as the pages of both do.
    """
    kinds = kinds_seen_by(request)
    if not kinds:
        raise PermissionDenied
    named_by = request.GET.get(NAMED_BY, "")
    facts = read_person(get_backend(), unquote(object_id), named_by).seen_by(kinds)
    entries = history_of(facts, kinds)
    if facts.is_unknown and not entries:
        return _nobody(site, request, facts)
    state = state_of(facts)
    next_step = next_step_of(facts, state)
    context = {
        "title": _title(facts),
        "facts": facts,
        "account_words": account_words(facts),
        "account_lines": account_lines(facts),
        "steps": steps_of(facts, state),
        "next_step": next_step,
        "action": ACTIONS.get(next_step.button, ""),
        "may_retry": Kind.ONBOARDING in kinds
        and request.user.has_perm("businesses.retry_onboarding"),
        "sees_businesses": Kind.BUSINESS in kinds,
        "sees_onboardings": Kind.ONBOARDING in kinds,
        "businesses": [
            (business, change_address(models.Business, business.id))
            for business in facts.businesses
        ],
        "record_url": change_address(models.Onboarding, facts.sub) if facts.record else "",
        "events": timeline_of(facts, entries, kinds),
    }
    return page_of(site, request, "businesses/person/person.html", context)


def _title(facts: PersonFacts) -> str:
    """Return the name that staff know a person by."""
    named: Iterable[Any] = (*facts.businesses[-1:], facts.record)
    names = [text for each in named if each for text in (each.name, each.email)]
    email = facts.user.attributes.get("email", "") if facts.user else ""
    return next((text for text in (*names, email) if text), facts.sub)


def _nobody(site: admin.AdminSite, request: HttpRequest, facts: PersonFacts) -> HttpResponse:
    """Say that nobody has the sub, or that it is unknown because AWS did not answer."""
    error = next(iter(facts.silent.values()), None)
    title = "This person cannot be shown" if error else "No such person"
    words = staff_words(error) if error else None
    context = {"title": title, "sub": facts.sub, "error": error, "words": words}
    status = UNAVAILABLE if error else NOT_FOUND
    page = page_of(site, request, "businesses/person/nobody.html", context, status=status)
    if error:
        log_response("%s", error, response=page, request=request)
    return page
