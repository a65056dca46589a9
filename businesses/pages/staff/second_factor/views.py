"""The pages of the second factor: the code after the password, and one's own device."""

from typing import Any

import django_otp
import segno
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.contrib.auth.views import RedirectURLMixin, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.generic import View
from django_otp.plugins.otp_totp.models import TOTPDevice

from businesses.pages.staff.second_factor import changes
from businesses.pages.staff.second_factor.forms import CodeForm
from businesses.pages.staff.second_factor.recovery_codes import left, make_codes
from businesses.pages.staff.second_factor.state import device_of, is_by_password, may_pass

SCALE = 4  # pixels


@method_decorator(never_cache, "dispatch")
class _OfStaff(View):
    """A page for staff who are signed in, whether they have passed the second factor or not."""

    site: Any = None  # the admin site, which `as_view` sets
    http_method_names = ("get", "post")
    user: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead to the login whoever is not signed in."""
        if not (request.user.is_active and request.user.is_staff):  # nobody is neither
            return redirect_to_login(request.get_full_path(), "admin:login")
        self.user = request.user
        return super().dispatch(request, *args, **kwargs)

    def page(self, template: str, title: str, **context: Any) -> HttpResponse:
        """Return a page in the admin's frame."""
        frame = {**self.site.each_context(self.request), "title": title}
        where = f"businesses/second_factor/{template}.html"
        return TemplateResponse(self.request, where, {**frame, **context})


class CodeView(RedirectURLMixin, _OfStaff):
    """Asks for a code after the password."""

    next_page = "admin:index"
    redirect_field_name = REDIRECT_FIELD_NAME

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for a code."""
        device = device_of(self.user)
        if may_pass(request) or device is None:
            return HttpResponseRedirect(self.get_success_url())
        return self._asked(CodeForm(self.user, device))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Take a code."""
        device = device_of(self.user)
        if may_pass(request) or device is None:
            return HttpResponseRedirect(self.get_success_url())
        form = CodeForm(self.user, device, request.POST)
        if not form.is_valid():
            return self._asked(form)
        if form.accepted != device:
            changes.record(self.user, self.user, changes.RECOVERED)
        django_otp.login(request, form.accepted)
        return HttpResponseRedirect(self.get_success_url())

    def _asked(self, form: CodeForm) -> HttpResponse:
        following = self.get_redirect_url()
        return self.page("code", "Enter your code", form=form, following=following)


class DeviceView(_OfStaff):
    """Sets up one's own device, and removes it."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show how to set up a device, or the one that there is."""
        if not is_by_password(request):
            return self.page("elsewhere", "Second factor")
        device = device_of(self.user)
        if device is None:
            pending = self._pending()
            return self._setting_up(pending, CodeForm(self.user, pending))
        if not may_pass(request):
            return redirect("admin:second_factor_code")
        return self._set_up(CodeForm(self.user, device, takes_recovery=False))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Confirm a new device; or make new recovery codes, or remove the device."""
        device = device_of(self.user)
        if not is_by_password(request) or (device is not None and not may_pass(request)):
            return redirect("admin:second_factor_code")
        if device is None:
            return self._confirm(request)
        form = CodeForm(self.user, device, request.POST, takes_recovery=False)
        if not form.is_valid():
            return self._set_up(form)
        if "remove" in request.POST:
            changes.remove(self.user, self.user)
            return redirect("admin:second_factor")
        changes.record(self.user, self.user, changes.NEW_CODES)
        return self._codes()

    def _confirm(self, request: HttpRequest) -> HttpResponse:
        device = self._pending()
        form = CodeForm(self.user, device, request.POST, takes_recovery=False)
        if not form.is_valid():
            return self._setting_up(device, form)
        confirmed = form.accepted
        confirmed.confirmed = True
        confirmed.save()
        changes.record(self.user, self.user, changes.ADDED)
        django_otp.login(request, confirmed)
        request.passed_second_factor = True  # type: ignore[attr-defined]
        return self._codes()

    def _pending(self) -> Any:
        """Return the device that is being set up; it keeps its key until it is confirmed."""
        found, _ = TOTPDevice.objects.get_or_create(
            user=self.user, confirmed=False, defaults={"name": "Authenticator app"}
        )
        return found

    def _setting_up(self, device: Any, form: CodeForm) -> HttpResponse:
        drawn = segno.make(device.config_url, error="m").svg_inline(
            scale=SCALE, light="#fff", title="The key as a QR code"
        )
        key = device.config_url.partition("secret=")[2].partition("&")[0]
        return self.page(
            "setting_up",
            "Set up a second factor",
            form=form,
            qr_code=mark_safe(drawn),  # noqa: S308 - segno draws numbers only
            key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        )

    def _set_up(self, form: CodeForm) -> HttpResponse:
        return self.page("set_up", "Second factor", form=form, left=left(self.user))

    def _codes(self) -> HttpResponse:
        return self.page("codes", "Your recovery codes", codes=make_codes(self.user))
