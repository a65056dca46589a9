"""The role with which AppSync sends traces to X-Ray, one for the whole account.

AppSync makes it by itself for the first API that sends traces, but cannot use it yet at that
moment, so that the API fails: "Failed to assume service-linked role ..., please retry".
https://github.com/aws/aws-cdk/issues/16598
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import WaiterConfigTypeDef

SERVICE = "appsync.amazonaws.com"
ROLE = "AWSServiceRoleForAppSync"
# IAM answers about a new role after some seconds. Whether AppSync may use it then is not certain,
# but CloudFormation makes the API after roles of its own, each of which takes longer.
WAIT: WaiterConfigTypeDef = {"Delay": 1, "MaxAttempts": 30}
# IAM has no code of its own for a role that exists already; for CreateRole, it has the second one.
_EXISTS = {"InvalidInput", "EntityAlreadyExists"}


class ServiceLinkedRole:
    """The account's role, as it was when this object was made."""

    def __init__(self, client: IAMClient) -> None:
        self._client = client
        self._is_missing = not self._exists()

    def steps(self) -> list[str]:
        """Return a sentence for what `prepare` would do; none if it would do nothing."""
        if not self._is_missing:
            return []
        return [f"The account gets AppSync's service-linked role {ROLE}, for traces in X-Ray."]

    def prepare(self) -> bool:
        """Make the role and wait until IAM knows it. Returns whether that was a change.

        May run twice. The wait ends after half a minute, with botocore's WaiterError.
        """
        if not self._is_missing:
            return False
        try:
            self._client.create_service_linked_role(AWSServiceName=SERVICE)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _EXISTS:
                raise
        self._client.get_waiter("role_exists").wait(RoleName=ROLE, WaiterConfig=WAIT)
        return True

    def _exists(self) -> bool:
        try:
            self._client.get_role(RoleName=ROLE)
        except self._client.exceptions.NoSuchEntityException:
            return False
        return True
