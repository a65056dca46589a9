"""Recovery codes, each of which replaces one code of the device.

They are django-otp's static tokens, of which the database gets digests only. A code is as long as a
key of 80 bits, so that its digest needs no salt and no slow function.
"""

import base64
import hashlib
import re
import secrets
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

NUMBER, BYTES, PART = 10, 10, 4
# A token of django-otp has at most so many characters.
DIGEST_LENGTH = 16


def make_codes(user: User) -> list[str]:
    """Replace the codes of an account; return the new ones, which are shown once."""
    codes = [_code() for _ in range(NUMBER)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="Recovery codes")
        StaticToken.objects.bulk_create(
            StaticToken(device=device, token=digest(code)) for code in codes
        )
    return codes


def codes_of(user: User) -> Any:
    """Return the device that verifies the codes of an account; None if it never had any."""
    return StaticDevice.objects.devices_for_user(user, confirmed=True).first()


def left(user: User) -> int:
    """Return how many codes an account has not used yet."""
    return int(StaticToken.objects.filter(device__user=user).count())


def digest(code: str) -> str:
    """Return what the database holds of a code, in whatever way it was typed."""
    plain = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(plain.encode()).hexdigest()[:DIGEST_LENGTH]


def _code() -> str:
    text = base64.b32encode(secrets.token_bytes(BYTES)).decode().lower()
    return "-".join(text[at : at + PART] for at in range(0, len(text), PART))
