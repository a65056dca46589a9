"""Which account belongs to whom at the provider of single sign-on."""

from django.contrib.auth.models import User
from django.db import models


class ProviderAccount(models.Model):
    """An account that single sign-on made, which is never looked up by an e-mail address.

    https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
    """

    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    user = models.OneToOneField(User, on_delete=models.CASCADE)

    class Meta:
        """One account for each subject; it has no page, so it needs no permissions."""

        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("issuer", "subject"), name="one_account_of_a_subject"),
        )

    def __str__(self) -> str:
        """Return whom it is about, without a name."""
        return f"{self.subject} at {self.issuer}"
