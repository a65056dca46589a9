"""People whom the trigger never ran for: found, retried and done, by the operator's commands."""

import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from django.core.management import call_command

from aws_setup.local.samples.sign_up import SignUp, sign_up
from aws_setup.local.server import LocalAws
from businesses.models import Sweep
from tests.settings import AWS_REGION, BACKEND_STACK_NAME

pytestmark = pytest.mark.django_db


class Site:
    """The deployed stack, and the commands that an operator or cron runs over it."""

    def __init__(self, aws: LocalAws, session: Any) -> None:
        self._aws = aws
        self.cognito, self.dynamodb = session("cognito-idp"), session("dynamodb")
        with closing(session("cloudformation")) as cloudformation:
            [stack] = cloudformation.describe_stacks(StackName=BACKEND_STACK_NAME)["Stacks"]
        self.outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
        self.pool_id = self.outputs["UserPoolId"]

    def run(self, *command: str) -> str:
        out = io.StringIO()
        call_command(*command, stdout=out)
        return out.getvalue()

    def sign_up(self, name: str) -> str:
        person = SignUp(email=f"{name.lower()}@example.com", business_name=name)
        return sign_up(
            self.cognito,
            self.outputs["UserPoolClientId"],
            person,
            code_for=lambda sub: self._aws.code_for(self.pool_id, sub),
        )

    def create_as_administrator(self, name: str) -> str:
        user = self.cognito.admin_create_user(
            UserPoolId=self.pool_id,
            Username=f"{name.lower()}@example.com",
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "name", "Value": name}],
        )["User"]
        self.cognito.admin_set_user_password(
            UserPoolId=self.pool_id,
            Username=user["Username"],
            Password="Correct-Horse-1979",
            Permanent=True,
        )
        sub: str = user["Username"]
        return sub

    def detach_trigger(self) -> None:
        """Do what somebody does who changes one setting of the pool and leaves out the others."""
        self.cognito.update_user_pool(
            UserPoolId=self.pool_id, AutoVerifiedAttributes=["email"], LambdaConfig={}
        )

    def names(self) -> set[str]:
        """Return the names of the businesses."""
        table = self.outputs["BusinessTableName"]
        return {item["name"]["S"] for item in self.dynamodb.scan(TableName=table)["Items"]}

    def records(self) -> dict[str, tuple[str, list[str]]]:
        """Return the status and who tried, by sub."""
        table = self.outputs["OnboardingTableName"]
        return {
            item["sub"]["S"]: (
                item["status"]["S"],
                [each["M"]["by"]["S"] for each in item["attempts"]["L"]],
            )
            for item in self.dynamodb.scan(TableName=table)["Items"]
        }


@pytest.fixture
def site(aws_environment: LocalAws) -> Iterator[Site]:
    call_command("deploy_backend", yes=True, stdout=io.StringIO())
    session = boto3.Session(region_name=AWS_REGION)
    site = Site(aws_environment, session.client)
    yield site
    site.cognito.close()
    site.dynamodb.close()


def test_whom_the_trigger_never_ran_for_is_found_and_onboarded(site: Site) -> None:
    site.sign_up("Umber")
    site.detach_trigger()
    stuck = {site.sign_up("Kestrel"), site.create_as_administrator("Alder")}
    assert site.names() == {"Umber"}

    said = site.run("find_stuck_onboardings", "--older-than", "0s")
    assert "3 users checked, 2 of them newly found stuck." in said
    assert site.records() == dict.fromkeys(stuck, ("FAILED", ["sweep"]))

    site.run("retry_onboardings", "--source", "sweep")
    assert site.names() == {"Umber", "Kestrel", "Alder"}
    assert site.records() == dict.fromkeys(stuck, ("COMPLETED", ["sweep", "command"]))

    again = site.run("find_stuck_onboardings", "--older-than", "0s")
    assert again == "3 users checked, 0 of them newly found stuck.\n"
    assert [each.found for each in Sweep.objects.all()] == [2, 0]
