"""Invokes a pool's PostConfirmation function, and fails when Cognito would.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, ReadTimeoutError  # noqa: A004
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

TIMEOUT_SECONDS = 5  # "Amazon Cognito ... must respond within 5 seconds"
TRIES = 3  # "If it doesn't, Amazon Cognito retries the call ... three unsuccessful attempts"
# Cognito alone decides whether to try again, so the client must not.
ONE_TRY = Config(
    read_timeout=TIMEOUT_SECONDS,
    connect_timeout=1,
    retries={"total_max_attempts": 1},
    max_pool_connections=64,
)
SERVICE_PRINCIPAL = "cognito-idp.amazonaws.com"


class TriggerFailed(Exception):
    """The trigger failed; `error_type` is the error that the person signing up gets."""

    def __init__(self, error_type: str, message: str) -> None:
        self.error_type = error_type
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedUser:
    """A user who has just been confirmed; `function_arn` is None in a pool without the trigger."""

    trigger_source: str
    region: str
    user_pool_id: str
    user_pool_arn: str
    function_arn: str | None
    username: str
    attributes: Mapping[str, str]
    client_id: str
    client_metadata: Mapping[str, str] | None

    def event(self) -> dict[str, Any]:
        """Return the event that the function gets."""
        request: dict[str, Any] = {
            "userAttributes": {**self.attributes, "cognito:user_status": "CONFIRMED"}
        }
        if self.client_metadata:
            request["clientMetadata"] = dict(self.client_metadata)
        return {
            "version": "1",
            "triggerSource": self.trigger_source,
            "region": self.region,
            "userPoolId": self.user_pool_id,
            "userName": self.username,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": self.client_id,
            },
            "request": request,
            "response": {},
        }


class PostConfirmation:
    """Invokes the function over Lambda's own API, as the Cognito service of one account."""

    def __init__(self, account_id: str, client: Callable[[str, str, Config], Any]) -> None:
        """client: returns a boto3 client for a service in a Region, with this configuration."""
        self._account_id = account_id
        self._client = client

    def run(self, user: ConfirmedUser) -> None:
        """Invoke the function, if the pool names one. Raises TriggerFailed."""
        if user.function_arn is None:
            return
        client = self._client("lambda", user.region, ONE_TRY)
        self._check_permission(client, user)
        payload = self._invoke(client, user.function_arn, json.dumps(user.event()))
        if not isinstance(payload, dict) or "response" not in payload:
            raise TriggerFailed("InvalidLambdaResponseException", "Unrecognizable lambda output")

    def _check_permission(self, client: Any, user: ConfirmedUser) -> None:
        try:
            policy = client.get_policy(FunctionName=user.function_arn)["Policy"]
        except client.exceptions.ResourceNotFoundException:
            policy = None
        if not lets_in(policy, user.function_arn or "", user.user_pool_arn, self._account_id):
            raise _invocation_failed("AccessDeniedException.")

    def _invoke(self, client: Any, function_arn: str, event: str) -> Any:
        failure = _invocation_failed("Socket timeout while invoking Lambda function.")
        for _ in range(TRIES):
            try:
                answer = client.invoke(FunctionName=function_arn, Payload=event)
            except (ReadTimeoutError, ConnectionError):
                continue
            except ClientError as error:
                failure = _invocation_failed(f"{error.response['Error']['Code']}.")
                if error.response["ResponseMetadata"]["HTTPStatusCode"] in {429, 500, 502, 503}:
                    continue
                raise failure from error
            payload = json.loads(answer["Payload"].read() or b"null")
            if "FunctionError" not in answer:
                return payload
            reason = payload.get("errorMessage", "") if isinstance(payload, dict) else ""
            if "Task timed out" not in reason:
                raise TriggerFailed(
                    "UserLambdaValidationException",
                    f"PostConfirmation failed with error {reason}.",
                )
        raise failure


def lets_in(policy: Any, function_arn: str, user_pool_arn: str, account_id: str) -> bool:
    """Return whether a function's policy lets Cognito call it for a pool.

    policy: a JSON document, or one that is parsed; None if the function has none or is gone.
    """
    context = EvalContext(
        principal_arn="",
        principal_type="",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=user_pool_arn.split(":")[3],
        service_context={"aws:sourcearn": user_pool_arn, "aws:sourceaccount": account_id},
    )
    decided = evaluate_resource_policy(policy, context, service=SERVICE_PRINCIPAL).decision
    return bool(decided == "Allow")


def _invocation_failed(reason: str) -> TriggerFailed:
    message = f"PostConfirmation invocation failed due to error {reason}"
    return TriggerFailed("UnexpectedLambdaException", message)
