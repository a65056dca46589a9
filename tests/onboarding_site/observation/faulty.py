"""The site's addresses, and one whose view fails."""

from typing import Never

from django.http import HttpRequest
from django.urls import path

from onboarding_site import urls


def fail(request: HttpRequest) -> Never:
    raise LookupError(f"nobody called {request.GET['q']}")


handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
urlpatterns = [*urls.urlpatterns, path("fails/", fail, name="fails")]
