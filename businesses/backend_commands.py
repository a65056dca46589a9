"""The backend for commands, which wait where a page may not: the other bridge to aws_setup."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.conf import settings

from aws_setup.clients import aws_session, explained_aws_errors
from aws_setup.exceptions import AwsSetupError
from aws_setup.stacks import StackDeployer
from businesses.appsync import Api
from businesses.dynamodb import BusinessTable
from businesses.even_rate import EvenRate
from businesses.exceptions import BackendUnavailable
from businesses.mutation import Mutation
from businesses.onboarding import CALLS_AT_ONCE, Retry
from businesses.onboarding_table import OnboardingTable
from businesses.pace import Pace
from businesses.presence import BusinessPresence
from businesses.sweep import WRITES_AT_ONCE, Backlog
from businesses.user_pool import LIST_CALLS_PER_SECOND, UserPool

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

# Ten attempts with up to 20 seconds between them outlive a throttled minute.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 10},
    max_pool_connections=max(WRITES_AT_ONCE, CALLS_AT_ONCE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBackend:
    """Patient clients, and the outputs of the stack."""

    cognito: "CognitoIdentityProviderClient"
    dynamodb: "DynamoDBClient"
    outputs: Mapping[str, str]
    region: str
    credentials: Credentials | None

    def output(self, name: str) -> str:
        """Return one output of the stack. Raises BackendUnavailable if there is none."""
        if name not in self.outputs:
            raise BackendUnavailable(
                f"The stack {settings.BACKEND_STACK_NAME} has no output {name}.",
                "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`.",
            )
        return self.outputs[name]

    def backlog(self) -> Backlog:
        """Return what a sweep reads and writes, within Cognito's quota."""
        pace = Pace(LIST_CALLS_PER_SECOND)
        return Backlog(
            pool=UserPool(self.cognito, self.output("UserPoolId"), pace=pace),
            businesses=BusinessPresence(self.dynamodb, self.output("BusinessTableName")),
            onboardings=OnboardingTable(self.dynamodb, self.output("OnboardingTableName")),
            group=self.output("GroupName"),
        )

    def retry(self) -> Retry:
        """Return the service that retries, at the rate that the settings allow."""
        if self.credentials is None:
            raise NoCredentialsError
        api = Api(
            url=self.output("GraphqlUrl"),
            region=self.region,
            credentials=self.credentials,
            connect_url=_endpoint_of("APPSYNC"),
        )
        return Retry(
            OnboardingTable(self.dynamodb, self.output("OnboardingTableName")),
            BusinessTable(self.dynamodb, self.output("BusinessTableName")),
            Mutation(api, rate=EvenRate(settings.RETRY_RATE_PER_SECOND)),
        )


@contextmanager
def command_backend() -> Iterator[CommandBackend]:
    """Open the backend that the settings name; close its connections in the end.

    What AWS refuses or leaves unanswered inside becomes BackendUnavailable, with the mend.
    """
    with _explained(), explained_aws_errors():
        session = aws_session()
        with (
            closing(session.client("cloudformation")) as cloudformation,
            closing(session.client("cognito-idp", config=CLIENT_CONFIG)) as cognito,
            closing(session.client("dynamodb", config=CLIENT_CONFIG)) as dynamodb,
        ):
            outputs = StackDeployer(cloudformation, settings.BACKEND_STACK_NAME).outputs()
            yield CommandBackend(
                cognito=cognito,
                dynamodb=dynamodb,
                outputs=outputs,
                region=session.region_name,
                credentials=session.get_credentials(),
            )


def _endpoint_of(service: str) -> str:
    """Return where the environment says that a service is; "" for the usual place.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    names = f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL"
    return next((url for name in names if (url := os.environ.get(name))), "")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except AwsSetupError as error:
        raise BackendUnavailable(str(error), error.hint) from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise BackendUnavailable(f"AWS refused {error.operation_name}: {code}.") from error
    except BotoCoreError as error:
        raise BackendUnavailable(f"The call to AWS failed: {error}") from error
