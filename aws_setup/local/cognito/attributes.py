"""Changes of a user's attributes: what Cognito refuses, and how a changed address is verified.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import cognito as pools

from aws_setup.local.cognito import users
from aws_setup.local.cognito.codes import Codes
from aws_setup.local.cognito.users import Record

VERIFIABLE = ("email", "phone_number")
NEVER_WRITTEN = {"sub", "email_verified", "phone_number_verified", "identities"}
# What a user's record keeps until the code comes: the value and its code, by attribute.
PENDING = "_unverified"
NONCONFORMING = "Attributes did not conform to the schema: "
_FORMS = {
    "Boolean": re.compile("true|false", re.IGNORECASE),
    "DateTime": re.compile(r"\d{4}-\d\d-\d\d.*"),
    "Number": re.compile(r"-?\d+(\.\d+)?"),
}
# What an address must look like at least, and Cognito's words about another; its own rule is not
# published. https://github.com/aws-amplify/amplify-js/issues/5313
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
_ADDRESSES = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+"), "Invalid email address format."),
    "phone_number": (re.compile(r"\+[0-9]+"), "Invalid phone number format."),
}

Answer = Any  # ministack's: a status, headers and a body
Handler = Callable[[dict[str, Any]], Answer]


class AttributeChanges:
    """Answers the calls that change and verify attributes, with codes from `codes`."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def register(self) -> None:
        """Answer in ministack's place, from now on."""
        pools._update_user_attributes = self._update  # noqa: SLF001
        pools._admin_update_user_attributes = self._update_by_administrator  # noqa: SLF001
        pools._UNSIGNED_IDP_ACTIONS |= self._added.keys()  # noqa: SLF001
        pools._dispatch_idp = self._dispatch  # noqa: SLF001

    @property
    def _added(self) -> dict[str, Handler]:
        """The operations that ministack lacks."""
        return {
            "GetUserAttributeVerificationCode": self._send_code,
            "VerifyUserAttribute": self._verify,
        }

    async def _dispatch(self, action: str, data: dict[str, Any]) -> Answer:
        if handler := self._added.get(action):
            return pools._run_idp_handler(handler, action, data)  # noqa: SLF001
        return await _dispatch_stock(action, data)

    def _update(self, data: dict[str, Any]) -> Answer:
        user, pool = _signed_in(data)
        given = given_in(data)
        client = pool["_clients"].get(_client_id(data), {})
        writable = client.get("WriteAttributes")
        if writable and not given.keys() <= set(writable):
            message = "A client attempted to write unauthorized attribute"
            return _error("NotAuthorizedException", message)
        if refused := _refusal(pool, user, given, NEVER_WRITTEN):
            return refused
        return json_response({"CodeDeliveryDetailsList": self._change(pool, user, given)})

    def _update_by_administrator(self, data: dict[str, Any]) -> Answer:
        pool, error = pools._resolve_pool(data.get("UserPoolId"))  # noqa: SLF001
        if error:
            return error
        user, error = pools._resolve_user(pool, data.get("Username"))  # noqa: SLF001
        if error:
            return error
        given = given_in(data)
        if refused := _refusal(pool, user, given, {"sub", "identities"}):
            return refused
        self._change(pool, user, given)
        return json_response({})

    def _change(self, pool: Record, user: Record, given: Mapping[str, str]) -> list[dict[str, str]]:
        """Apply a change that is allowed. Returns where codes were sent."""
        before = users.attributes_of(user)
        after = {**before, **given}
        delivered = []
        for name in VERIFIABLE:
            flag = f"{name}_verified"
            if not given.get(name) or given[name] == before.get(name) or given.get(flag) == "true":
                continue
            if name in _verified_first(pool):
                after[name] = before.get(name, "")
            else:
                after[flag] = "false"
            if name in (pool.get("AutoVerifiedAttributes") or ()):
                delivered.append(self._deliver(pool, user, name, given[name]))
        users.set_attributes(user, after)
        user["UserLastModifiedDate"] = pools._now_epoch()  # noqa: SLF001
        return delivered

    def _deliver(self, pool: Record, user: Record, name: str, address: str) -> dict[str, str]:
        code = self._codes.deliver(pool, user, address)
        user.setdefault(PENDING, {})[name] = (address, code)
        return {
            "Destination": pools._masked_destination(address),  # noqa: SLF001
            "DeliveryMedium": "EMAIL" if name == "email" else "SMS",
            "AttributeName": name,
        }

    def _send_code(self, data: dict[str, Any]) -> Answer:
        user, pool = _signed_in(data)
        name = data.get("AttributeName", "")
        held = users.attributes_of(user).get(name)
        address, _ = user.get(PENDING, {}).get(name, (held, ""))
        if name not in VERIFIABLE or not address:
            return _error("InvalidParameterException", f"Cannot send a code for {name}.")
        return json_response({"CodeDeliveryDetails": self._deliver(pool, user, name, address)})

    def _verify(self, data: dict[str, Any]) -> Answer:
        user, pool = _signed_in(data)
        name = data.get("AttributeName", "")
        address, code = user.get(PENDING, {}).get(name, ("", ""))
        if error := pools._code_error(code, data.get("Code")):  # noqa: SLF001
            return error
        if users.has_other_user(pool, user, name, address):
            return _error("AliasExistsException", users.EMAIL_TAKEN)
        del user[PENDING][name]
        verified = {name: address, f"{name}_verified": "true"}
        users.set_attributes(user, {**users.attributes_of(user), **verified})
        return json_response({})


_dispatch_stock = pools._dispatch_idp  # noqa: SLF001


def _signed_in(data: Mapping[str, Any]) -> tuple[Record, Record]:
    """Return the user and the pool of an access token, which ministack has verified already."""
    found: tuple[Record, Record] = pools._user_pool_for_access_token(data["AccessToken"])  # noqa: SLF001
    return found


def _client_id(data: Mapping[str, Any]) -> str:
    return str(pools._token_claims(data["AccessToken"]).get("client_id", ""))  # noqa: SLF001


def given_in(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes that a call gives a user, by name."""
    return {item["Name"]: item.get("Value", "") for item in data.get("UserAttributes", ())}


def _verified_first(pool: Record) -> set[str]:
    """Return the attributes whose old value stays until the new one is verified."""
    settings = pool.get("UserAttributeUpdateSettings") or {}
    return set(settings.get("AttributesRequireVerificationBeforeUpdate") or ())


def _refusal(
    pool: Record, user: Record, given: Mapping[str, str], never_written: set[str]
) -> Answer | None:
    """Return Cognito's refusal of new values, or None.

    https://github.com/aws-amplify/aws-sdk-ios/issues/2203
    https://github.com/aws-amplify/aws-sdk-ios/issues/4251
    https://github.com/aws-amplify/amplify-swift/issues/3981
    """
    schema = {each["Name"]: each for each in pool["SchemaAttributes"]}
    before = users.attributes_of(user)
    for name, value in given.items():
        rules = schema.get(name)
        failure = ""
        if name in never_written:
            failure = f"Cannot modify the non-mutable attribute {name}"
        elif rules is None:
            failure = f"user.{name}: Attribute does not exist in the schema."
        elif not rules.get("Mutable", True) and value != before.get(name):
            failure = f"user.{name}: Attribute cannot be updated."
        elif not value and rules.get("Required"):
            failure = f"user.{name}: Required attribute cannot be deleted."
        elif value:
            failure = _nonconforming(rules, value)
        if failure:
            return _error("InvalidParameterException", failure)
        if name in (pool.get("UsernameAttributes") or ()) and users.has_other_user(
            pool, user, name, value
        ):
            return _error("AliasExistsException", users.EMAIL_TAKEN)
    return None


def failure_of_new(pool: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """Say which value a new user can't have in this pool, and why; "" if there is none.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
    https://github.com/aws-amplify/amplify-flutter/issues/509
    """
    schema = {each["Name"]: each for each in pool["SchemaAttributes"]}
    for name, value in given.items():
        if name not in schema:
            return f"{NONCONFORMING}{name}: Attribute does not exist in the schema."
        if value and (failure := _nonconforming(schema[name], value)):
            return failure
    return ""


def _nonconforming(rules: Mapping[str, Any], value: str) -> str:
    """Say why a value is not what the schema demands of an attribute; "" if it is.

    The words about a value that is too long are Cognito's, and those about addresses; it publishes
    no others.
    """
    said = f"{NONCONFORMING}{rules['Name']}: "
    limits = rules.get("StringAttributeConstraints") or {}
    longest, shortest = int(limits.get("MaxLength") or 2048), int(limits.get("MinLength") or 0)
    kind = rules.get("AttributeDataType", "String")
    if kind == "String" and len(value) > longest:
        return f"{said}String must be no longer than {longest} characters"
    if kind == "String" and len(value) < shortest:
        return f"{said}String must be longer than {shortest} characters"
    form, refused = _ADDRESSES.get(rules["Name"], (None, ""))
    if form and not form.fullmatch(value):
        return refused
    if kind in _FORMS and not _FORMS[kind].fullmatch(value):
        return f"{said}Attribute must be of the type {kind}"
    return ""


def _error(error_type: str, message: str) -> Answer:
    return error_response_json(error_type, message, 400)
