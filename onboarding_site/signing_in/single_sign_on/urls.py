"""The addresses of single sign-on, with the names that mozilla-django-oidc looks for."""

from django.urls import path

from onboarding_site.signing_in.single_sign_on.views import FromProvider, ToProvider, unless_away

urlpatterns = [
    path("begin/", unless_away(ToProvider.as_view()), name="oidc_authentication_init"),
    path("callback/", unless_away(FromProvider.as_view()), name="oidc_authentication_callback"),
]
