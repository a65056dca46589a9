"""The two addresses of single sign-on: one leads to the provider, the other comes back from it."""

import functools
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import jwt
import requests
from django.contrib import auth
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from onboarding_site.signing_in.log import write
from onboarding_site.signing_in.sessions import remember
from onboarding_site.signing_in.single_sign_on.accounts import NoGroup
from onboarding_site.signing_in.single_sign_on.discovery import ProviderAway, setting

logger = logging.getLogger(__name__)

RENEW = "renew"
# The provider's answers to a renewal when it has to ask the person something.
# https://openid.net/specs/openid-connect-core-1_0.html#AuthError
HAS_TO_ASK = {
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "login_required",
}
# What a forged, broken or outdated answer raises in PyJWT, in mozilla-django-oidc and here.
NOT_ACCEPTED = (SuspiciousOperation, jwt.PyJWTError, KeyError, TypeError, ValueError)
NO_GROUP = {
    "title": "Your account may not use this site",
    "message": "You are known to the single sign-on, but in none of its groups that may use this"
    " site. You are not logged in.",
    "hint": "Ask whoever manages your organization's groups to add you, and then log in again.",
}
NOT_COMPLETED = {
    "title": "The login was not completed",
    "message": "The single sign-on did not confirm who you are, or this page was opened a second"
    " time. You are not logged in.",
    "hint": "Go to the home page and log in again. If that does not help, allow cookies, or tell"
    " whoever runs this site.",
}
AWAY = {
    "title": "The single sign-on does not answer",
    "message": "This site asks another service who you are, and that one does not answer just now."
    " The businesses and the onboardings are elsewhere, and are not affected.",
    "hint": "Try again in a minute. If this page stays, tell whoever runs this site.",
}

ON_THE_WAY = {
    "title": "One moment",
    "message": "The single sign-on is asked whether you may still use this site.",
    "hint": "If nothing happens, follow this link:",
    "link": "Go on to the single sign-on",
}

View = Callable[[HttpRequest], HttpResponseBase]


def page(words: dict[str, str], status: HTTPStatus) -> HttpResponse:
    """Return a plain page, without the header of anybody."""
    text = render_to_string("businesses/errors/plain_error.html", {"words": words})
    return HttpResponse(text, status=status)


def unless_away(view: View) -> View:
    """Answer with a page while the provider is away."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponseBase:
        try:
            return view(request)
        except ProviderAway as error:
            logger.error("The provider of single sign-on cannot be used: %s.", error)  # noqa: TRY400
            return page(AWAY, HTTPStatus.SERVICE_UNAVAILABLE)

    return wrapper


class ToProvider(OIDCAuthenticationRequestView):  # type: ignore[misc] # as it has no types
    """Leads to the provider's login page; without asking for anything if a session is renewed."""

    get_settings = staticmethod(setting)

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        """Return what a renewal asks for.

        https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
        """
        return {"prompt": "none"} if RENEW in request.GET else {}

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Lead there. Raises ProviderAway.

        A session may be renewed on the way from a form to the page that shows what came of it. From
        there, `form-action` of the policy forbids a redirect to another site, but not a page that
        leads on by itself.
        https://www.w3.org/TR/CSP3/#directive-form-action
        """
        there: HttpResponseBase = super().get(request)
        if RENEW not in request.GET:
            return there
        address = there.headers["Location"]
        answer = page({**ON_THE_WAY, "address": address}, HTTPStatus.OK)
        answer.headers["Refresh"] = f"0; url={address}"
        add_never_cache_headers(answer)  # since the address holds what is accepted once
        return answer


class FromProvider(OIDCAuthenticationCallbackView):  # type: ignore[misc] # as it has no types
    """Signs in whom the provider sends back."""

    get_settings = staticmethod(setting)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer what the provider sends the browser back with. Raises ProviderAway."""
        if request.GET.get("error") in HAS_TO_ASK and request.user.is_authenticated:
            return self._ended()
        try:
            answer: HttpResponseBase = super().get(request)
        except NoGroup:
            return self._refused(NO_GROUP)
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return self._not_accepted(error)
            raise ProviderAway(f"status {status}") from error
        except requests.RequestException as error:
            raise ProviderAway(type(error).__name__) from error
        except NOT_ACCEPTED as error:
            return self._not_accepted(error)
        return answer

    def login_failure(self) -> HttpResponse:
        """Answer when the provider refuses, or the account is not active here."""
        write(logging.WARNING, "Single sign-on refused", getattr(self, "user", None), self.request)
        return self._refused(NOT_COMPLETED)

    def _ended(self) -> HttpResponse:
        """End the session, and lead to the login page, and from there back to where they were."""
        request: Any = self.request
        write(logging.INFO, "Single sign-on asks for a login", request.user, request)
        there = urlencode({REDIRECT_FIELD_NAME: self.success_url})
        auth.logout(request)
        remember(request)
        return HttpResponseRedirect(f"{reverse('admin:login')}?{there}")

    def _not_accepted(self, error: Exception) -> HttpResponse:
        # Without its text, which may hold claims or the answer of the provider.
        event = f"Single sign-on not accepted, {type(error).__name__}"
        write(logging.WARNING, event, None, self.request)
        return self._refused(NOT_COMPLETED)

    def _refused(self, words: dict[str, str]) -> HttpResponse:
        """Answer with a page, and end the session that was to be renewed."""
        request: Any = self.request
        if request.user.is_authenticated:
            auth.logout(request)
        return page(words, HTTPStatus.FORBIDDEN)
