"""The site's addresses as they are where OIDC_ISSUER is set."""

from django.urls import include, path

from onboarding_site import urls
from onboarding_site.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *urls.urlpatterns,
    path("single-sign-on/", include("onboarding_site.signing_in.single_sign_on.urls")),
]
