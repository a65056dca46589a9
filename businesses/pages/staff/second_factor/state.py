"""Whether a session has passed the second factor, or need not.

Sessions of single sign-on need not: the provider asks for what it wants.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

OF_PASSWORDS = "django.contrib.auth.backends.ModelBackend"


def device_of(user: User | AnonymousUser) -> Any:
    """Return the confirmed TOTP device of an account; None if it has none."""
    return TOTPDevice.objects.devices_for_user(user, confirmed=True).first()


def is_by_password(request: HttpRequest) -> bool:
    """Return whether somebody signed in with a password of this site."""
    return bool(request.session.get(BACKEND_SESSION_KEY) == OF_PASSWORDS)


def may_pass(request: HttpRequest) -> bool:
    """Return whether nothing is left to do after the password.

    An account with a device is always asked for a code. One without has to set up a device first if
    REQUIRE_SECOND_FACTOR says so. Remembered with the request, as a page asks often.
    """
    request_: Any = request
    if not hasattr(request_, "passed_second_factor"):
        request_.passed_second_factor = _may_pass(request_)
    return bool(request_.passed_second_factor)


def _may_pass(request: Any) -> bool:
    if not is_by_password(request) or request.user.is_verified():
        return True
    return not settings.REQUIRE_SECOND_FACTOR and device_of(request.user) is None
