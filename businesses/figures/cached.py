"""The keys under which the figures of the front page are in Django's cache."""

from django.conf import settings

STUCK, OUT_OF_GROUP, ONBOARDED = "stuck", "out-of-group", "onboarded"
MENDED, SET_ASIDE = "mended", "set-aside"


def fresh_key(figure: str) -> str:
    """Return the key of a figure that is shown as it is for a while."""
    return f"businesses:figures:{settings.AWS_REGION}:{settings.BACKEND_STACK_NAME}:{figure}"


def settled_key(figure: str) -> str:
    """Return the key of the part of a figure that will not change."""
    return f"{fresh_key(figure)}:settled"
