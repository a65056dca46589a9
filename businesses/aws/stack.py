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

from aws_setup.clients import aws_session, explained_aws_errors
from aws_setup.exceptions import AwsSetupError, CredentialsUnusable
from aws_setup.stack.stack import StackDeployer
from aws_setup.status.checks import QUICK_LOOKS, all_looks
from aws_setup.status.report import (
    Backend,
    Check,
    State,
    look_at,
    not_checked,
    ok,
    unanswered,
    wrong,
)
from businesses.aws.appsync import Api
from businesses.aws.business_table import BusinessTable
from businesses.aws.onboarding_table import OnboardingTable
from businesses.aws.presence import BusinessPresence
from businesses.concurrency.ask_each import DENIED
from businesses.exceptions import (
    BackendUnavailable,
    CredentialsRefused,
    TableMissing,
    UserPoolMissing,
)

# What a check is made of, for the checks of the site's own.
__all__ = ["Check", "Stack", "State", "explained", "not_checked", "ok", "unanswered", "wrong"]

# Outputs of the stack.
BUSINESS_TABLE, ONBOARDING_TABLE = "BusinessTableName", "OnboardingTableName"
POOL, GROUP, GRAPHQL_URL = "UserPoolId", "GroupName", "GraphqlUrl"

OUTPUTS_SECONDS = 300


class Stack:
    """One stack's clients, and the tables and the API that its outputs lead to.

    Safe to share between threads. config: of every client, merged over aws_setup's own.
    stack_config: of CloudFormation's, in its place. clock: seconds, monotonic; it ages the
    outputs. What goes wrong with AWS comes out of every method as boto3 and aws_setup raise it;
    `explained` translates it.
    """

    def __init__(
        self,
        name: str,
        region: str,
        *,
        config: Config,
        stack_config: Config | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.region = name, region
        self._config, self._clock = config, clock
        self._configs = {"cloudformation": stack_config or config}
        self._lock = threading.RLock()
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._outputs: Mapping[str, str] = {}
        self._outputs_read_at = clock()

    def businesses(self) -> BusinessTable:
        """Return the Business table. Makes no call while the outputs are known."""
        return BusinessTable(self.client("dynamodb"), self.output(BUSINESS_TABLE))

    def presence(self) -> BusinessPresence:
        """Return the Business table, asked who is in it now. Makes no call as above."""
        return BusinessPresence(self.client("dynamodb"), self.output(BUSINESS_TABLE))

    def onboardings(self) -> OnboardingTable:
        """Return the Onboarding table. Makes no call while the outputs are known."""
        return OnboardingTable(self.client("dynamodb"), self.output(ONBOARDING_TABLE))

    def api(self) -> Api:
        """Return where the API is and as whom to call it."""
        url = self.output(GRAPHQL_URL)
        with self._lock:
            credentials = self._opened().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return Api(
            url=url,
            region=self.region,
            credentials=credentials,
            connect_url=_endpoint_of("APPSYNC"),
        )

    def client(self, service: str) -> Any:
        """Return the one client of a service."""
        with self._lock:
            if service not in self._clients:
                config = self._configs.get(service, self._config)
                self._clients[service] = self._opened().client(  # type: ignore[call-overload]
                    service, config=config
                )
            return self._clients[service]

    def output(self, key: str) -> str:
        """Return one output, at most OUTPUTS_SECONDS old. Raises BackendUnavailable: none such."""
        with self._lock:
            if not self._outputs or self._clock() - self._outputs_read_at > OUTPUTS_SECONDS:
                self._read_outputs()
            if key not in self._outputs:
                self._outputs = {}
                raise BackendUnavailable(
                    f"The stack {self.name} has no output {key}.",
                    "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`.",
                )
            return self._outputs[key]

    def checks(self) -> list[Check]:
        """Look at what can be looked at quickly; what AWS refuses to tell is "not checked"."""
        return look_at(Backend(self.client, self.name), QUICK_LOOKS)

    def all_checks(self, *, detect_drift: bool) -> list[Check]:
        """Look at everything, the code of the resolvers included; may take minutes with drift.

        Raises AwsSetupError for files that make no template.
        """
        # cfn-lint, which reads templates, takes a second to load.
        from aws_setup.template.cfn_yaml import parse_template
        from aws_setup.template.packaging import render_template

        body = parse_template(render_template(), "the template")
        looks = all_looks(body, detect_drift=detect_drift)
        return look_at(Backend(self.client, self.name), looks)

    @property
    def known_outputs(self) -> Mapping[str, str]:
        """The outputs as they were last read; {} before that."""
        return self._outputs

    def is_renewed_after(self, error: Exception, known: Mapping[str, str]) -> bool:
        """Whether the stack has other outputs than those that an error came of; reads them anew.

        IAM refuses what the site's policy no longer names before anybody says that it is gone.
        known: the outputs before the error. Makes no call for an error of another kind, nor where
        they have been read since.
        """
        is_refused = isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED
        is_missing = isinstance(error, (TableMissing, UserPoolMissing))
        if not known or not (is_refused or is_missing):
            return False
        with self._lock:
            if self._outputs == known:
                self._read_outputs()
            return self._outputs != known

    def forget_outputs(self) -> None:
        """Let the outputs be read anew: the stack may have got a new table or pool."""
        self._outputs = {}

    def close(self) -> None:
        """Close every connection; the next client reads the credentials anew."""
        with self._lock:
            clients, self._clients, self._session = self._clients, {}, None
        for client in clients.values():
            client.close()

    def _read_outputs(self) -> None:
        self._outputs = StackDeployer(self.client("cloudformation"), self.name).outputs()
        self._outputs_read_at = self._clock()

    def _opened(self) -> boto3.Session:
        if self._session is None:
            self._session = aws_session(self.region)
        return self._session


@contextmanager
def explained() -> Iterator[None]:
    """Turn what AWS refuses or leaves unanswered into BackendUnavailable, with the mend.

    Errors of ours pass. Raises CredentialsRefused where other credentials may help.
    """
    try:
        with explained_aws_errors():
            yield
    except CredentialsUnusable as error:
        raise CredentialsRefused(str(error), error.hint) from error
    except AwsSetupError as error:
        raise BackendUnavailable(str(error), error.hint) from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise BackendUnavailable(f"AWS refused {error.operation_name}: {code}.") from error
    except BotoCoreError as error:
        raise BackendUnavailable(f"The call to AWS failed: {error}") from error


def _endpoint_of(service: str) -> str:
    """Return where the environment says that a service is; "" for the usual place.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    names = f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL"
    return next((url for name in names if (url := os.environ.get(name))), "")
