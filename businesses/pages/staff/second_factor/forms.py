"""The form that asks for a code."""

import math
import re
from typing import Any

import django_otp
from django import forms
from django.contrib.auth.models import User
from django.template.defaultfilters import pluralize
from django.utils import timezone

from businesses.pages.staff.second_factor.recovery_codes import codes_of, digest

OF_THE_DEVICE = re.compile(r"[0-9]{6}")
WRONG = (
    "This is not the code that the app shows now, or it was used already. Enter the next one. If no"
    " code works, see that your phone's clock is right."
)


class OnceInput(forms.PasswordInput):
    """A field that everybody may read over a shoulder, but that is empty again after a mistake."""

    input_type = "text"


class CodeForm(forms.Form):
    """Asks for a code of a device, or for one of the recovery codes in its place.

    device: what verifies a code. accepted: what verified it, once the form is valid.
    """

    code = forms.CharField(
        label="Code",
        max_length=40,
        widget=OnceInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def __init__(
        self, user: User, device: Any, *args: Any, takes_recovery: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._user, self._device, self._takes_recovery = user, device, takes_recovery
        self.accepted: Any = None

    def clean_code(self) -> str:
        """Use the code up. Raises ValidationError if it is wrong, or came too soon."""
        code = re.sub(r"\s", "", self.cleaned_data["code"])
        device, token = self._device, code
        if not OF_THE_DEVICE.fullmatch(code):
            device = codes_of(self._user) if self._takes_recovery else None
            token = digest(code)
        if device is None:
            raise forms.ValidationError("The code has six digits.")
        is_allowed, reason = device.verify_is_allowed()
        if not is_allowed:
            raise forms.ValidationError(_too_soon(reason))
        self.accepted = django_otp.verify_token(self._user, device.persistent_id, token)
        if self.accepted is None:
            raise forms.ValidationError(WRONG)
        return code


def _too_soon(reason: dict[str, Any]) -> str:
    seconds = math.ceil((reason["locked_until"] - timezone.now()).total_seconds())
    return (
        f"The last code was wrong. Wait {seconds} second{pluralize(seconds)}, and then enter the"
        " code that the app shows by then. With each wrong code the wait is twice as long."
    )
