"""The template's parameters, as the settings have them."""

from django.conf import settings


def backend_parameters() -> dict[str, str]:
    """Return the value of each parameter by its name."""
    return {
        "AdminGroupName": settings.ADMIN_GROUP_NAME,
        "AlarmEmail": settings.ALARM_EMAIL,
        "GroupName": settings.BUSINESS_GROUP_NAME,
        "KmsKeyArn": settings.KMS_KEY_ARN,
    }
