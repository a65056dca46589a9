"""A pool that other applications share: only the chosen app clients' people become businesses."""

import io
from typing import Any

import pytest
from django.core.management import call_command

from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from aws_setup.template.parameters import backend_parameters
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator
from tests.owners import OwnersApi

STACK = "onboarding-test"  # of tests.settings
PASSWORD = "Correct-Horse-1979"


class SharedPool:
    """A pool with the app clients `ours` and `theirs`, through which people sign up and in."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws, self.cognito = aws, aws.client("cognito-idp", REGION)
        names = {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}
        made = self.cognito.create_user_pool(PoolName="shared", **names)
        self.id: str = made["UserPool"]["Id"]
        self.clients = {name: self._client(name) for name in ("ours", "theirs")}

    def _client(self, name: str) -> str:
        made = self.cognito.create_user_pool_client(
            UserPoolId=self.id,
            ClientName=name,
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        return str(made["UserPoolClient"]["ClientId"])

    def sign_up(self, name: str) -> str:
        """Sign somebody up and confirm them through an app client; return the sub."""
        email, client = f"{name}@example.com", self.clients[name]
        sub: str = self.cognito.sign_up(
            ClientId=client,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )["UserSub"]
        code = self.aws.code_for(self.id, sub)
        self.cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
        return sub

    def token(self, name: str) -> str:
        """Sign in whoever signed up through `ours`, through this app client."""
        answer: Any = self.cognito.admin_initiate_auth(
            UserPoolId=self.id,
            ClientId=self.clients[name],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ours@example.com", "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])

    def deploy(self, pattern: str) -> str:
        """Deploy around the pool; return what was said."""
        operator = Operator(
            OperatorClients(self.aws),
            render_template(),
            stack=STACK,
            options=ExistingOptions(user_pool_id=self.id),
            parameters={"ClientIdPattern": pattern},
        )
        operator.deploy()
        return operator.said


def test_only_the_people_and_tokens_of_the_chosen_app_clients_count(
    aws_environment: LocalAws, settings: Any, db: None
) -> None:
    pool = SharedPool(aws_environment)
    settings.ALLOWED_CLIENT_IDS = [pool.clients["ours"]]
    said = pool.deploy(backend_parameters()["ClientIdPattern"])
    assert "through whichever application" not in said
    ours, _theirs = pool.sign_up("ours"), pool.sign_up("theirs")
    api = OwnersApi(aws_environment)
    items = aws_environment.client("dynamodb", REGION).scan(TableName=api.table)["Items"]
    assert [each["id"]["S"] for each in items] == [ours]
    [listed] = api.call(pool.token("ours"), "list").body["data"]["listBusinesses"]["items"]
    assert listed["id"] == ours
    assert api.call(pool.token("theirs"), "list").status == 401
    out = io.StringIO()
    call_command("find_stuck_onboardings", "--older-than", "0s", stdout=out)
    assert "0 of them newly found stuck" in out.getvalue()
    assert "1 left out, because they may have signed up through an app client" in out.getvalue()


def test_without_a_choice_all_count_and_the_plan_says_so(aws_environment: LocalAws) -> None:
    pool = SharedPool(aws_environment)
    assert f"Whoever signs up in user pool {pool.id} becomes a business" in pool.deploy(".*")
    people = {pool.sign_up("ours"), pool.sign_up("theirs")}
    api = OwnersApi(aws_environment)
    items = aws_environment.client("dynamodb", REGION).scan(TableName=api.table)["Items"]
    assert {each["id"]["S"] for each in items} == people
    assert api.call(pool.token("theirs"), "list").status == 200


@pytest.mark.parametrize(
    ("ids", "pattern"), [([], ".*"), (["a1"], "^(a1)$"), (["a1", "b+2"], r"^(a1|b\+2)$")]
)
def test_a_choice_is_a_pattern_that_no_longer_id_matches(
    settings: Any, ids: list[str], pattern: str
) -> None:
    settings.ALLOWED_CLIENT_IDS = ids
    assert backend_parameters()["ClientIdPattern"] == pattern
