"""Deploys the stack into the embedded AWS without the command, which would be slower."""

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from aws_setup.template.parameters import backend_parameters
from tests.aws_setup.operator import Operator

if TYPE_CHECKING:
    from aws_setup.local.controls.snapshots import Snapshot

REGION = "eu-central-1"


def deploy(aws: LocalAws) -> None:
    """Reset the account to contain only the stack, deployed with the current settings."""
    parameters = tuple(backend_parameters().items())
    aws.restore(_deployed(aws, settings.BACKEND_STACK_NAME, parameters))


def deploy_beside(aws: LocalAws, region: str) -> None:
    """Deploy in a Region and leave everything else in the account as it is."""
    _deploy(aws, region, settings.BACKEND_STACK_NAME, backend_parameters())


@cache
def _deployed(aws: LocalAws, stack: str, parameters: tuple[tuple[str, str], ...]) -> "Snapshot":
    aws.reset()
    _deploy(aws, REGION, stack, dict(parameters))
    return aws.snapshot()


def _deploy(aws: LocalAws, region: str, stack: str, parameters: dict[str, str]) -> None:
    operator = Operator(
        lambda service: aws.client(service, region),
        render_template(),
        stack=stack,
        region=region,
        parameters=parameters,
    )
    operator.deploy()
