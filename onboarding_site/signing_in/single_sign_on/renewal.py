"""Asks the provider again and again whether somebody may still use the site.

The next page that they open after OIDC_RENEW_MINUTES leads by way of the provider, which asks them
nothing as long as they are logged in there. Forms and what scripts fetch cannot go that way. They
are let through for an hour more, so that a long retry is not cut short, and then the session ends.
"""

import time

from django.contrib import auth
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from onboarding_site.database_outage import Answers
from onboarding_site.signing_in.sessions import is_of_a_script, remember
from onboarding_site.signing_in.single_sign_on.configuration import BACKEND
from onboarding_site.signing_in.single_sign_on.views import RENEW

DUE = "oidc_id_token_expiration"  # seconds since the epoch; mozilla-django-oidc notes it
PATIENCE = 3600  # seconds


class Renewal(Answers):
    """Middleware that renews the sessions of single sign-on, or ends them."""

    def process_request(self, request: HttpRequest) -> HttpResponseRedirect | None:
        """Lead by way of the provider if it is time to."""
        if not request.user.is_authenticated:
            return None
        if request.session.get(auth.BACKEND_SESSION_KEY) != BACKEND:
            return None
        late = time.time() - request.session.get(DUE, 0)
        begin, end = map(reverse, ("oidc_authentication_init", "oidc_authentication_callback"))
        if late < 0 or request.path in {begin, end, reverse("admin:logout")}:
            return None
        if request.method == "GET" and not is_of_a_script(request):
            query = urlencode({"next": request.get_full_path(), RENEW: "1"})
            return HttpResponseRedirect(f"{begin}?{query}")
        if late >= PATIENCE:
            auth.logout(request)
            remember(request)
        return None
