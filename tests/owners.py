"""People who own businesses, and other callers of the API of the deployed stack."""

import itertools
import json
import time
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import jwt
from botocore.credentials import Credentials

from aws_setup.local.server import ACCOUNT_ID, LocalAws
from tests.graphql import Answer, GraphqlClient

REGION = "eu-central-1"
STACK = "onboarding-test"
PASSWORD = "Correct-Horse-1979"
FIELDS = "id owner name email groupName createdAt updatedAt"
CONDITION = "$condition: ModelBusinessConditionInput"
OPERATIONS = {
    "get": f"query ($id: ID!) {{ getBusiness(id: $id) {{ {FIELDS} }} }}",
    "list": (
        "query ($filter: ModelBusinessFilterInput, $limit: Int, $nextToken: String) { "
        "listBusinesses(filter: $filter, limit: $limit, nextToken: $nextToken) "
        f"{{ items {{ {FIELDS} }} nextToken }} }}"
    ),
    "create": (
        f"mutation ($input: CreateBusinessInput!, {CONDITION}) "
        f"{{ createBusiness(input: $input, condition: $condition) {{ {FIELDS} }} }}"
    ),
    "update": (
        f"mutation ($input: UpdateBusinessInput!, {CONDITION}) "
        f"{{ updateBusiness(input: $input, condition: $condition) {{ {FIELDS} }} }}"
    ),
    "delete": (
        f"mutation ($input: DeleteBusinessInput!, {CONDITION}) "
        f"{{ deleteBusiness(input: $input, condition: $condition) {{ {FIELDS} }} }}"
    ),
}
SITE_ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/web/site"
numbers = itertools.count(1)


def statement(action: str, **members: Any) -> str:
    """Return a policy document with one statement that allows an action."""
    allowed = {"Effect": "Allow", "Action": action, **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who signed up. id: that of the business created at sign-up, which is the sub."""

    id: str
    email: str
    token: str


class OwnersApi:
    """The deployed stack as front ends use it."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cognito = aws.client("cognito-idp", REGION)
        self.dynamodb = aws.client("dynamodb", REGION)
        [stack] = aws.client("cloudformation", REGION).describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.pool_id, self.table = self.outputs["UserPoolId"], self.outputs["BusinessTableName"]
        self.graphql = GraphqlClient(aws.endpoint_url, self.outputs["GraphqlUrl"], REGION)

    def sign_up(self, *groups: str) -> Owner:
        """Sign somebody up and in; in between, they also join these groups."""
        email = f"owner{next(numbers)}@example.com"
        client = self.outputs["UserPoolClientId"]
        sub = self.cognito.sign_up(
            ClientId=client,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )["UserSub"]
        code = self.aws.code_for(self.pool_id, sub)
        self.cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
        for group in groups:
            self.cognito.admin_add_user_to_group(
                UserPoolId=self.pool_id, Username=sub, GroupName=group
            )
        return Owner(id=sub, email=email, token=self.token(email))

    def token(self, email: str) -> str:
        """Sign somebody in; return the ID token."""
        answer = self.cognito.admin_initiate_auth(
            UserPoolId=self.pool_id,
            ClientId=self._client_of_the_tests,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])

    @cached_property
    def _client_of_the_tests(self) -> str:
        client = self.cognito.create_user_pool_client(
            UserPoolId=self.pool_id,
            ClientName="test",
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]
        return str(client["ClientId"])

    def expired(self, token: str) -> str:
        """Return the token as the pool would have signed it with an expiry that has passed."""
        # The import has to wait until the embedded AWS has set the environment variables.
        from ministack.services import cognito as pools

        claims = jwt.decode(token, options={"verify_signature": False})
        key_id = jwt.get_unverified_header(token)["kid"]
        key, _ = pools._pool_signing_key(self.pool_id, "id")
        return jwt.encode(
            {**claims, "exp": int(time.time()) - 1}, key, algorithm="RS256", headers={"kid": key_id}
        )

    def call(self, token: str, operation: str, **variables: Any) -> Answer:
        """Call one operation with a token; "" sends none."""
        return self.graphql.with_token(token, OPERATIONS[operation], variables)

    def signed(self, operation: str, **variables: Any) -> Answer:
        """Call one operation with a signature of the site's role."""
        return self.graphql.signed(self.keys_of("site"), OPERATIONS[operation], variables)

    @cache  # noqa: B019 - there is one for each deployed stack
    def keys_of(self, role: str) -> Credentials:
        """Make a role that may call every field of the API; return the keys of a session of it."""
        iam = self.aws.client("iam", REGION)
        trust = statement("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"})
        made = iam.create_role(RoleName=role, Path="/web/", AssumeRolePolicyDocument=trust)
        allowed = statement("appsync:GraphQL", Resource="*")
        iam.put_role_policy(RoleName=role, PolicyName="call", PolicyDocument=allowed)
        keys = self.aws.client("sts", REGION).assume_role(
            RoleArn=made["Role"]["Arn"], RoleSessionName="test"
        )["Credentials"]
        return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def item(self, identifier: str) -> Any:
        """Return a record as it is stored, or None."""
        key = {"id": {"S": identifier}}
        return self.dynamodb.get_item(TableName=self.table, Key=key).get("Item")
