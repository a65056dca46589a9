"""What Cognito does around a sign-up and ministack does not: codes and PostConfirmation.

A confirmation invokes the pool's PostConfirmation function as Cognito does; the user stays
confirmed even when that fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cognito as pools

from aws_setup.local.cognito import attributes, users
from aws_setup.local.cognito.codes import Codes
from aws_setup.local.cognito.post_confirmation import ConfirmedUser, PostConfirmation, TriggerFailed
from aws_setup.local.http import Request, Response

CODE_OPERATIONS = {
    "SignUp": "_confirmation_code",
    "ResendConfirmationCode": "_confirmation_code",
    "ForgotPassword": "_reset_code",
}
CONFIRMATIONS = {
    "ConfirmSignUp": "PostConfirmation_ConfirmSignUp",
    "AdminConfirmSignUp": "PostConfirmation_ConfirmSignUp",
    "ConfirmForgotPassword": "PostConfirmation_ConfirmForgotPassword",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUser:
    """A user in the embedded pool's own store; `user` and `pool` are the live records."""

    region: str
    pool: dict[str, Any]
    user: dict[str, Any]

    @property
    def attributes(self) -> dict[str, str]:
        """The user's attributes, all strings."""
        return users.attributes_of(self.user)

    def set_attribute(self, name: str, value: str) -> None:
        """Set one attribute."""
        users.set_attributes(self.user, {**self.attributes, name: value})


class SignUps:
    """Watches the sign-up operations of every pool of one account."""

    def __init__(self, account_id: str, trigger: PostConfirmation, codes: Codes) -> None:
        self._account_id = account_id
        self._trigger = trigger
        self._codes = codes

    def refusal(self, request: Request) -> Response | None:
        """Return Cognito's refusal of a sign-up that ministack would accept, or None."""
        if request.operation != "SignUp":
            return None
        data = request.json()
        for _region, pool in self._pools(data):
            if (pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
                message = "SignUp is not permitted for this user pool"
                return Response.of_error("NotAuthorizedException", message)
            client = pool["_clients"][data["ClientId"]]
            given = {item["Name"]: item.get("Value", "") for item in data["UserAttributes"]}
            return _attribute_refusal(given, client, pool)
        return None

    def status(self, request: Request) -> str | None:
        """Return the status of the user that a call names, or None if there is no such user."""
        found = self._find(request.json())
        return found.user["UserStatus"] if found else None

    def after(self, request: Request, response: Response, status_before: str | None) -> Response:
        """Do what Cognito does after a successful call, and return the answer to give."""
        operation, data = request.operation, request.json()
        found = self._find(data)
        if found is None:
            return response
        if operation == "AdminConfirmSignUp" and status_before != "UNCONFIRMED":
            message = f"User cannot be confirmed. Current status is {status_before}"
            return Response.of_error("NotAuthorizedException", message)
        if operation in CODE_OPERATIONS:
            self._deliver_code(found, CODE_OPERATIONS[operation])
        source = CONFIRMATIONS.get(operation)
        if operation == "SignUp" and found.user["UserStatus"] == "CONFIRMED":
            source = CONFIRMATIONS["ConfirmSignUp"]  # a PreSignUp trigger has confirmed it
        if source is None:
            return response
        if operation == "ConfirmSignUp" and "email" in found.pool.get("AutoVerifiedAttributes", []):
            found.set_attribute("email_verified", "true")
        try:
            self._trigger.run(_confirmed_user(found, data, source))
        except TriggerFailed as error:
            return Response.of_error(error.error_type, str(error))
        return response

    def failure(self, request: Request, response: Response) -> Response:
        """Return a failed call's answer in Cognito's words.

        In a pool whose users sign in by their e-mail address, it is the address that is taken.
        https://github.com/furaiev/amazon-cognito-identity-dart/issues/73
        """
        if request.operation != "SignUp" or b"UsernameExistsException" not in response.body:
            return response
        for _region, pool in self._pools(request.json()):
            if "email" in (pool.get("UsernameAttributes") or ()):
                return Response.of_error("UsernameExistsException", users.EMAIL_TAKEN)
        return response

    def _pools(self, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the Region and record of the pool that a call names by its id or by a client."""
        client_id, pool_id = data.get("ClientId"), data.get("UserPoolId")
        for (account, region, key), pool in pools._user_pools.all_items():  # noqa: SLF001
            if account == self._account_id and (key == pool_id or client_id in pool["_clients"]):
                yield region, pool

    def _find(self, data: dict[str, Any]) -> PoolUser | None:
        for region, pool in self._pools(data):
            with request_scope(self._account_id, region):
                user, _ = pools._resolve_user(pool, data.get("Username"))  # noqa: SLF001
            return PoolUser(region=region, pool=pool, user=user) if user else None
        return None

    def _deliver_code(self, found: PoolUser, slot: str) -> None:
        found.user[slot] = self._codes.deliver(
            found.pool, found.user, found.attributes.get("email", "")
        )


def _confirmed_user(found: PoolUser, data: dict[str, Any], source: str) -> ConfirmedUser:
    return ConfirmedUser(
        trigger_source=source,
        region=found.region,
        user_pool_id=found.pool["Id"],
        user_pool_arn=found.pool["Arn"],
        function_arn=(found.pool.get("LambdaConfig") or {}).get("PostConfirmation"),
        username=found.user["Username"],
        attributes=found.attributes,
        client_id=data.get("ClientId", "CLIENT_ID_NOT_APPLICABLE"),
        client_metadata=data.get("ClientMetadata"),
    )


def _attribute_refusal(
    given: dict[str, str], client: dict[str, Any], pool: dict[str, Any]
) -> Response | None:
    """Check that the client may write the attributes and that the schema allows their length."""
    writable = client.get("WriteAttributes")
    if writable and not given.keys() <= set(writable):
        message = "A client attempted to write unauthorized attribute"
        return Response.of_error("NotAuthorizedException", message)
    for rules in pool["SchemaAttributes"]:
        if len(given.get(rules["Name"], "")) > attributes.longest(rules):
            return Response.of_error("InvalidParameterException", attributes.too_long(rules))
    return None
