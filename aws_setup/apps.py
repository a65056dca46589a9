"""The Django app, through which Django finds this package's commands."""

from django.apps import AppConfig


class AwsSetupConfig(AppConfig):
    """Deploys the AWS backend."""

    name = "aws_setup"
