"""Changes of an account's second factor, with a line in the account's history and the log."""

import logging

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

logger = logging.getLogger(__name__)

ADDED = "Set up the second factor."
NEW_CODES = "Made new recovery codes."
RECOVERED = "Used a recovery code."
REMOVED = "Removed the second factor."
REMOVED_BY_COMMAND = "A command removed the second factor."


def remove(user: User, by: User, message: str = REMOVED) -> bool:
    """Forget the device and the recovery codes; return whether there was any."""
    with transaction.atomic():
        found, _ = TOTPDevice.objects.filter(user=user).delete()
        codes, _ = StaticDevice.objects.filter(user=user).delete()
        if found + codes:
            record(user, by, message)
    return bool(found + codes)


def record(user: User, by: User, message: str) -> None:
    """Write down what was done about an account. by: the account itself for a command."""
    LogEntry.objects.log_actions(by.pk, [user], CHANGE, message, single_object=True)
    logger.info("Second factor of account %s, by account %s: %s", user.pk, by.pk, message)
