"""The stack in the embedded AWS, deployed as an operator deploys it."""

from io import StringIO

import pytest
from django.core.management import call_command

from aws_setup.local.server import LocalAws

REGION = "eu-central-1"


def deploy(aws: LocalAws) -> None:
    """Empty the account and deploy into it."""
    aws.reset()
    deploy_beside(aws, REGION)


def deploy_beside(aws: LocalAws, region: str) -> None:
    """Deploy in a Region, beside whatever is there."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in aws.environment(region).items():
            environment.setenv(name, value)
        call_command("deploy_backend", yes=True, stdout=StringIO())
