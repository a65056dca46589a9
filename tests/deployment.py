"""The stack in the embedded AWS, deployed without the command around it, as it is slower."""

from django.conf import settings

from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from aws_setup.template.parameters import backend_parameters
from tests.aws_setup.operator import Operator

REGION = "eu-central-1"


def deploy(aws: LocalAws) -> None:
    """Empty the account and deploy into it."""
    aws.reset()
    deploy_beside(aws, REGION)


def deploy_beside(aws: LocalAws, region: str) -> None:
    """Deploy in a Region, beside whatever is there."""
    operator = Operator(
        lambda service: aws.client(service, region),
        render_template(),
        stack=settings.BACKEND_STACK_NAME,
        region=region,
        parameters=backend_parameters(),
    )
    operator.deploy()
