"""Django's handle on this package; its commands are found through it."""

from django.apps import AppConfig


class AwsSetupConfig(AppConfig):
    """Brings the AWS backend into being."""

    name = "aws_setup"
