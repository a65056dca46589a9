"""The template's parameters, taken from the settings."""

import re
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from aws_setup.exceptions import SettingMissing

ANY_CLIENT = ".*"  # the pattern of ids of app clients if none is chosen


def backend_parameters() -> dict[str, str]:
    """Return the value of each parameter by its name.

    Raises SettingMissing if ALARM_EMAIL is not an address: SNS would refuse it after minutes, and
    the whole stack would fail. The other settings are checked where they are read.
    """
    if settings.ALARM_EMAIL:
        try:
            validate_email(settings.ALARM_EMAIL)
        except ValidationError as error:
            raise SettingMissing(
                "ALARM_EMAIL is not an e-mail address. Nothing was changed.",
                hint="Set it to one address, name@example.com, or leave it empty.",
            ) from error
    return {
        "AdminGroupName": settings.ADMIN_GROUP_NAME,
        "AlarmEmail": settings.ALARM_EMAIL,
        "ClientIdPattern": _any_of(settings.ALLOWED_CLIENT_IDS),
        "EmailFrom": settings.EMAIL_FROM,
        "EmailIdentityArn": settings.EMAIL_IDENTITY_ARN,
        "GroupName": settings.BUSINESS_GROUP_NAME,
        "KmsKeyArn": settings.KMS_KEY_ARN,
        "MostBusinesses": str(settings.MOST_BUSINESSES_PER_OWNER),
        "SiteRoleArn": settings.SITE_ROLE_ARN,
        "SweepAlarmHours": str(settings.SWEEP_ALARM_HOURS),
        "WebAclArn": settings.WEB_ACL_ARN,
        "XrayEnabled": str(settings.XRAY_ENABLED).lower(),
    }


def _any_of(client_ids: Iterable[str]) -> str:
    """Return a pattern that one of these ids matches, wherever it is searched."""
    alternatives = "|".join(map(re.escape, client_ids))
    return f"^({alternatives})$" if alternatives else ANY_CLIENT
