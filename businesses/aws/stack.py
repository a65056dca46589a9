"""The stack that holds the backend: the only bridge between businesses and aws_setup."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from aws_setup.calls import clients
from aws_setup.calls.clients import aws_session
from aws_setup.calls.first_answers import say_to_operator, waiting_for
from aws_setup.exceptions import AwsSetupError, AwsUnreachable, CredentialsUnusable
from aws_setup.existing.parameters import PoolUse
from aws_setup.stack.stack import StackDeployer
from aws_setup.stack.states import describe_stack
from aws_setup.status.checks import QUICK_CHECKS, all_checks
from aws_setup.status.runner import (
    Backend,
    CheckResult,
    CheckState,
    not_checked,
    not_checked_because,
    ok,
    results_of,
    run_checks,
    wrong,
)
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template
from businesses.aws.api.appsync import Api
from businesses.aws.console_links import NO_LINKS, ConsoleLinks
from businesses.aws.outputs import StackOutputs
from businesses.aws.shared_outputs import SharedOutputs
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.exceptions import (
    BackendUnavailable,
    CredentialsRefused,
)

# The parts of a check, for the site's own checks.
__all__ = [
    "CheckResult",
    "CheckState",
    "Stack",
    "not_checked",
    "not_checked_because",
    "ok",
    "say_to_operator",
    "translated_errors",
    "waiting_for",
    "wrong",
]

# Outputs of the stack.
BUSINESS_TABLE, ONBOARDING_TABLE = "BusinessTableName", "OnboardingTableName"
POOL, GROUP, GRAPHQL_URL = "UserPoolId", "GroupName", "GraphqlUrl"


class Stack:
    """One stack's clients, and the tables and the API that its outputs name.

    Safe to share between threads. config: for every client, merged over aws_setup's own. base: as
    passed by `with_config`. say: told in one line what is waited for if that takes long. clock:
    seconds, monotonic; it determines the age of the outputs. shared: as for StackOutputs. Every
    method raises the errors of boto3 and aws_setup as they are; see `translated_errors`.
    """

    def __init__(  # noqa: PLR0913
        self,
        name: str,
        region: str,
        *,
        config: Config,
        base: "Stack | None" = None,
        say: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        shared: SharedOutputs | None = None,
    ) -> None:
        self.name, self.region = name, region
        self._config, self._say = config, say
        self._lock = threading.RLock()
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._others: list[Stack] = []
        self._base = base
        own = StackOutputs(name, self._read_outputs, clock=clock, shared=shared)
        self.outputs: StackOutputs = base.outputs if base else own

    def businesses(self) -> BusinessTable:
        """Return the Business table. Makes no call while the outputs are known."""
        return BusinessTable(self.client("dynamodb"), self.outputs[BUSINESS_TABLE])

    def onboardings(self) -> OnboardingTable:
        """Return the Onboarding table. Makes no call while the outputs are known."""
        return OnboardingTable(self.client("dynamodb"), self.outputs[ONBOARDING_TABLE])

    def api(self) -> Api:
        """Return the address of the API and the credentials to call it with."""
        url = self.outputs[GRAPHQL_URL]
        with self._lock:
            credentials = self._opened().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return Api(
            url=url,
            region=self.region,
            credentials=credentials,
            connect_url=endpoint_of("APPSYNC"),
        )

    def pool_use(self) -> PoolUse:
        """Return who in the user pool the stack was to onboard."""
        stack = describe_stack(self.client("cloudformation"), self.name)
        return PoolUse.of(stack) if stack else PoolUse()

    def client(self, service: str) -> Any:
        """Return the one client of a service; CloudFormation's is that of the base."""
        if self._base and service == "cloudformation":
            return self._base.client(service)
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._opened().client(  # type: ignore[call-overload]
                    service, config=self._config
                )
            return self._clients[service]

    def console_links(self, table: str = BUSINESS_TABLE) -> ConsoleLinks:
        """Return links to the user pool's users and to the items of a table.

        They are "" where AWS_ENDPOINT_URL leads elsewhere, since the console shows only AWS itself.
        table: the key of the output that names it.
        """
        if endpoint_of("DYNAMODB"):
            return NO_LINKS
        partition: str = self.client("dynamodb").meta.partition
        return ConsoleLinks(partition, self.region, self.outputs[table], self.outputs[POOL])

    def checks(self) -> list[CheckResult]:
        """Run the checks that are quick; those that AWS does not permit are "not checked"."""
        return run_checks(Backend(self.client, self.name), QUICK_CHECKS)

    def all_checks(
        self, *, detect_drift: bool, also: Mapping[str, Callable[[], list[CheckResult]]]
    ) -> Iterator[CheckResult]:
        """Run every check, including the resolvers' code; yield each result once it is there.

        This may take minutes with drift. also: further checks, which are run at the same time.
        Raises AwsSetupError if the files do not form a template.
        """
        body = parse_template(render_template(), "the template")
        checks = all_checks(body, detect_drift=detect_drift)
        for _name, results in results_of(Backend(self.client, self.name), checks, also):
            yield from results

    def with_config(self, config: Config) -> "Stack":
        """Return the same stack with clients that have another configuration.

        It shares the outputs and CloudFormation's client, and is closed with this one.
        """
        other = Stack(self.name, self.region, config=config, base=self, say=self._say)
        self._others.append(other)
        return other

    def close(self) -> None:
        """Close every connection; the next client reads the credentials again."""
        with self._lock:
            clients, self._clients, self._session = self._clients, {}, None
        for client in clients.values():
            client.close()
        for other in self._others:
            other.close()

    def _read_outputs(self) -> Mapping[str, str]:
        return StackDeployer(self.client("cloudformation"), self.name).outputs()

    def _opened(self) -> boto3.Session:
        if self._session is None:
            self._session = aws_session(self.region, say=self._say)
        return self._session


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn AWS's refusals and missing answers into BackendUnavailable, with a hint what to do.

    Our own errors pass unchanged. Raises CredentialsRefused if other credentials may help.
    """
    try:
        with clients.translated_errors():
            yield
    except CredentialsUnusable as error:
        raise CredentialsRefused(str(error), error.hint) from error
    except AwsSetupError as error:
        raise BackendUnavailable(str(error), error.hint, kind=_kind_of(error)) from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        message = f"AWS refused {error.operation_name}: {code}."
        raise BackendUnavailable(message, kind=code) from error
    except BotoCoreError as error:
        message = f"The call to AWS failed: {error}"
        raise BackendUnavailable(message, kind="Unreachable") from error


def _kind_of(error: AwsSetupError) -> str:
    """Return the type of AWS's error behind one of ours; "" if there is none."""
    if isinstance(error, AwsUnreachable):
        return "Unreachable"
    cause = error.__cause__
    return cause.response["Error"]["Code"] if isinstance(cause, ClientError) else ""


def endpoint_of(service: str) -> str:
    """Return the endpoint that the environment sets for a service; "" for the default one.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    names = f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL"
    return next((url for name in names if (url := os.environ.get(name))), "")
