"""What Cognito does around a sign-up and ministack does not: codes and PostConfirmation.

A confirmation invokes the pool's PostConfirmation function as Cognito does; the user stays
confirmed even when that fails.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cognito as pools
from ministack.services import lambda_svc

from aws_setup.local.cognito import attributes, users
from aws_setup.local.cognito.codes import Codes
from aws_setup.local.cognito.post_confirmation import (
    ConfirmedUser,
    PostConfirmation,
    TriggerFailed,
    lets_in,
)
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
# The functions that Cognito calls for a sign-up, before it sends a code.
BEFORE_A_CODE = ("PreSignUp", "CustomMessage")
# The functions that send in Cognito's place, which does not wait for them: a sign-up succeeds.
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
SENDERS = {"email": "CustomEmailSender", "phone_number": "CustomSMSSender"}
NO_CODES = Response.of_error(
    "NotAuthorizedException", "Cannot resend codes. Auto verification not turned on."
)
# https://github.com/aws-amplify/amplify-ui/pull/583
CONFIRMED = Response.of_error("InvalidParameterException", "User is already confirmed.")
# https://github.com/aws-amplify/amplify-js/issues/11270
NO_WAY_TO_RESET = Response.of_error(
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)


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
        self._account_id, self._trigger, self._codes = account_id, trigger, codes

    def refusal(self, request: Request) -> Response | None:
        """Return Cognito's refusal of a call that ministack would accept, or None."""
        data = request.json()
        if request.operation in {"ResendConfirmationCode", "ForgotPassword"}:
            found = self._find(data)
            return _code_refusal(request.operation, data, found) if found else None
        if request.operation != "SignUp":
            return None
        for _region, pool in self._pools(data):
            if (pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
                message = "SignUp is not permitted for this user pool"
                return Response.of_error("NotAuthorizedException", message)
            return _attribute_refusal(data, pool) or self._refusal_by_triggers(pool)
        return None

    def _refusal_by_triggers(self, pool: dict[str, Any]) -> Response | None:
        """Return the failure of the first function that Cognito cannot call, or None."""
        for name in BEFORE_A_CODE:
            arn = (pool.get("LambdaConfig") or {}).get(name)
            if arn and not self._can_call(pool, arn):
                message = f"{name} invocation failed due to error AccessDeniedException."
                return Response.of_error("UnexpectedLambdaException", message)
        return None

    def _can_call(self, pool: dict[str, Any], function_arn: str) -> bool:
        with request_scope(self._account_id, pool["Arn"].split(":")[3]):
            policy, _ = lambda_svc.function_policy_for_arn(function_arn) or (None, "")
        return lets_in(policy, function_arn, pool["Arn"], self._account_id)

    def _is_sent(self, pool: dict[str, Any], name: str) -> bool:
        """Return whether a code is sent: by Cognito, or by a function that it can call."""
        sender = (pool.get("LambdaConfig") or {}).get(SENDERS[name])
        return not sender or self._can_call(pool, sender["LambdaArn"])

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
        source = CONFIRMATIONS.get(operation)
        if operation == "SignUp" and found.user["UserStatus"] == "CONFIRMED":
            source = CONFIRMATIONS["ConfirmSignUp"]  # a PreSignUp trigger has confirmed it
        elif operation in CODE_OPERATIONS:
            return self._with_code(found, operation, response)
        if source is None:
            return response
        verified = confirming(found.pool, found.attributes)
        if operation == "ConfirmSignUp" and verified:
            found.set_attribute(f"{verified}_verified", "true")
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

    def _with_code(self, found: PoolUser, operation: str, response: Response) -> Response:
        """Send a code, if that is possible, and return the answer to the call that asked for it."""
        held = found.attributes
        if operation == "ForgotPassword":
            name = "email" if _has_verified(held) else ""
        else:
            name = confirming(found.pool, held)
        if name and self._is_sent(found.pool, name):
            code = self._codes.deliver(found.pool, found.user, held.get(name, ""))
            found.user[CODE_OPERATIONS[operation]] = code
            return response
        # Nobody can guess a code that was never made.
        found.user[CODE_OPERATIONS[operation]] = secrets.token_urlsafe()
        if operation == "ForgotPassword" or name:
            return response  # which pretends that a code was sent
        answer = json.loads(response.body)
        answer.pop("CodeDeliveryDetails", None)
        return Response.of_json(response.status, answer)


def _code_refusal(operation: str, data: Mapping[str, Any], found: PoolUser) -> Response | None:
    """Return Cognito's refusal to send somebody a code, or None.

    Where the app client hides who is a user, Cognito pretends to send the code of a password. That
    it then says nothing of a confirmed user either is what others met, and not documented.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    https://github.com/aws-amplify/amplify-js/issues/14762
    """
    held = found.attributes
    hides = pools._hides_user_existence(found.pool, data["ClientId"])  # noqa: SLF001
    if operation == "ForgotPassword":
        return None if hides or _has_verified(held) else NO_WAY_TO_RESET
    if found.user["UserStatus"] == "CONFIRMED" and not hides:
        return CONFIRMED
    return None if confirming(found.pool, held) else NO_CODES


def _has_verified(held: Mapping[str, str]) -> bool:
    return any(held.get(f"{name}_verified") == "true" for name in attributes.VERIFIABLE)


def confirming(pool: Mapping[str, Any], held: Mapping[str, str]) -> str:
    """Return the attribute that a sign-up is confirmed by; "" if nobody is sent a code.

    Of a telephone number and an address that are both verified, Cognito sends a code to the number.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
    """
    sent_to = pool.get("AutoVerifiedAttributes") or ()
    names = ("phone_number", "email")
    return next((name for name in names if name in sent_to and name in held), "")


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


def _attribute_refusal(data: Mapping[str, Any], pool: Mapping[str, Any]) -> Response | None:
    """Check that the client may write the attributes and that they are what the schema demands."""
    given = attributes.given_in(data)
    writable = pool["_clients"][data["ClientId"]].get("WriteAttributes")
    if writable and not given.keys() <= set(writable):
        message = "A client attempted to write unauthorized attribute"
        return Response.of_error("NotAuthorizedException", message)
    # The username is one of the attributes where people sign in by their address or number.
    named = pools._username_alias_attribute(pool, data["Username"])  # noqa: SLF001
    there = {named, "sub", *(name for name, value in given.items() if value)}
    failure = attributes.failure_of_new(pool, given)
    for rules in pool["SchemaAttributes"]:
        if not failure and rules.get("Required") and rules["Name"] not in there:
            failure = f"{attributes.NONCONFORMING}{rules['Name']}: The attribute is required"
    return Response.of_error("InvalidParameterException", failure) if failure else None
