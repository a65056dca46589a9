"""The site consists of the admin; its root redirects there."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

admin.site.site_header = admin.site.site_title = "Business onboarding"
admin.site.index_title = "Onboarding"
admin.site.site_url = None  # there is no other site to view

handler400 = "businesses.pages.errors.plain_errors.bad_request"
handler403 = "businesses.pages.errors.plain_errors.permission_denied"
handler404 = "businesses.pages.errors.plain_errors.page_not_found"
handler500 = "businesses.pages.errors.plain_errors.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
if settings.OIDC_ISSUER:
    single_sign_on = include("onboarding_site.signing_in.single_sign_on.urls")
    urlpatterns.append(path("single-sign-on/", single_sign_on))
