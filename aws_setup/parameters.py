"""The template's parameters, as the settings have them."""

from django.conf import settings


def backend_parameters() -> dict[str, str]:
    """Return the value of each parameter by its name."""
    return {
        "AdminGroupName": settings.ADMIN_GROUP_NAME,
        "GroupName": settings.BUSINESS_GROUP_NAME,
    }
