"""The template's parameters, as the settings have them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from aws_setup.exceptions import SettingMissing


def backend_parameters() -> dict[str, str]:
    """Return the value of each parameter by its name.

    Raises SettingMissing for an ALARM_EMAIL that is no address: SNS would refuse it, and with it
    the whole stack, after minutes. The template's patterns check the others.
    """
    if settings.ALARM_EMAIL:
        try:
            validate_email(settings.ALARM_EMAIL)
        except ValidationError as error:
            raise SettingMissing(
                "ALARM_EMAIL is no e-mail address. Nothing was changed.",
                hint="Set it to one address, name@example.com, or leave it empty.",
            ) from error
    return {
        "AdminGroupName": settings.ADMIN_GROUP_NAME,
        "AlarmEmail": settings.ALARM_EMAIL,
        "GroupName": settings.BUSINESS_GROUP_NAME,
        "KmsKeyArn": settings.KMS_KEY_ARN,
    }
