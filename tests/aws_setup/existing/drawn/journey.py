"""Somebody signs up through the stack's app client, and how far they get."""

from typing import Any

from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.existing.drawn.pools import STANDARD

PASSWORD = "Correct-Horse-1979!" * 6  # long enough for every policy
BUSINESS_NAME = "custom:business_name"
ONBOARDED = ""
LONGEST = "as long a name as the pool takes"


class Journey:
    """One sign-up in a deployed stack. outputs: the stack's. email: of who signs up."""

    def __init__(self, aws: LocalAws, outputs: dict[str, str], email: str) -> None:
        self._aws, self._outputs = aws, outputs
        self._values = {**STANDARD, "email": email}
        self._cognito = aws.client("cognito-idp", REGION)
        self._dynamodb = aws.client("dynamodb", REGION)
        self._pool_id = outputs["UserPoolId"]
        self._pool = self._cognito.describe_user_pool(UserPoolId=self._pool_id)["UserPool"]
        self._schema = {each["Name"]: each for each in self._pool["SchemaAttributes"]}

    def run(self, *, with_email: bool, name: str) -> str:
        """Sign up, confirm, and look. Returns ONBOARDED, or the first step that failed and why.

        with_email: whether to give an address even if the pool does not require one.
        name: of the business; "" to give none, LONGEST for as long a one as the pool takes.
        """
        username, given = self._given(with_email=with_email, name=name)
        client_id = self._outputs["UserPoolClientId"]
        attributes = [{"Name": each, "Value": value} for each, value in given.items()]
        try:
            sub = self._cognito.sign_up(
                ClientId=client_id, Username=username, Password=PASSWORD, UserAttributes=attributes
            )["UserSub"]
        except ClientError as error:
            return f"SignUp: {error.response['Error']['Message']}"
        names = {message.username: message.code for message in self._aws.messages}
        code = names.get(sub) or names.get(username)
        if code is None:
            return "ConfirmSignUp: no code was sent"
        try:
            self._cognito.confirm_sign_up(
                ClientId=client_id, Username=username, ConfirmationCode=code
            )
        except ClientError as error:
            return f"ConfirmSignUp: {error.response['Error']['Message']}"
        return self._looked_for(sub, username)

    def _given(self, *, with_email: bool, name: str) -> tuple[str, dict[str, str]]:
        required = {each for each, rules in self._schema.items() if rules.get("Required")} - {"sub"}
        signs_in_by = self._pool.get("UsernameAttributes") or []
        wanted = required | ({"email"} if with_email else set())
        given = {each: self._fitting(each) for each in sorted(wanted)}
        named = next((each for each in signs_in_by if each in wanted), signs_in_by[:1])
        username = "anna"
        if named:
            named = named if isinstance(named, str) else named[0]
            username = given.setdefault(named, self._fitting(named))
        if name == LONGEST:
            limits = self._schema[BUSINESS_NAME].get("StringAttributeConstraints") or {}
            name = "n" * int(limits.get("MaxLength") or 2048)
        return username, {**given, **({BUSINESS_NAME: name} if name else {})}

    def _fitting(self, name: str) -> str:
        """Return a value that is long enough and not too long for the attribute."""
        limits = self._schema[name].get("StringAttributeConstraints") or {}
        value, longest = self._values[name], int(limits.get("MaxLength") or 2048)
        padding = "a" * (int(limits.get("MinLength") or 0) - len(value))
        if name == "email":
            return padding + value
        if name in {"phone_number", "updated_at"}:
            return value
        return (value + padding)[:longest]

    def _looked_for(self, sub: str, username: str) -> str:
        stuck = self._dynamodb.get_item(
            TableName=self._outputs["OnboardingTableName"], Key={"sub": {"S": sub}}
        )
        if "Item" in stuck:
            return f"stuck: {stuck['Item'].get('reason', stuck['Item'])}"
        groups = self._cognito.admin_list_groups_for_user(
            UserPoolId=self._pool_id, Username=username
        )["Groups"]
        if self._outputs["GroupName"] not in {each["GroupName"] for each in groups}:
            return "the person is not in the group"
        record: Any = self._dynamodb.get_item(
            TableName=self._outputs["BusinessTableName"], Key={"id": {"S": sub}}
        )
        return ONBOARDED if "Item" in record else "there is no Business record"
