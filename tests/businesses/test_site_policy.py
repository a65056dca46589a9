"""The managed policy for the site's role: enough for all that the site does, and no more."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from aws_setup.local.sessions import sealed_session
from businesses.models import Onboarding
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.pages import LIST, STUCK, choices, names, said
from tests.businesses.retrying import named, results, send


@pytest.fixture
def keys(deployed: Deployed) -> dict[str, str]:
    """The keys of an IAM user who has the policy and nothing else."""
    iam = deployed.aws.client("iam", "us-east-1")
    existing = {user["UserName"] for user in iam.list_users()["Users"]}
    if "site" not in existing:
        iam.create_user(UserName="site")
        iam.attach_user_policy(UserName="site", PolicyArn=deployed.outputs["SitePolicyArn"])
    key = iam.create_access_key(UserName="site")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


@pytest.fixture
def site(keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None) -> Client:
    """A superuser's browser on a site that runs with those keys.

    They come from a file: what the environment of its own process has, ministack takes for root's.
    """
    for name in keys:
        monkeypatch.delenv(name)
    profile = tmp_path / "credentials"
    lines = [f"{name.lower()} = {value}" for name, value in keys.items()]
    profile.write_text("\n".join(["[default]", *lines]))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profile))
    return logged_in(User.objects.create_superuser("root"))


def actions(deployed: Deployed) -> set[str]:
    """Return what the policy allows."""
    iam = deployed.aws.client("iam", "us-east-1")
    arn = deployed.outputs["SitePolicyArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    parsed: Any = json.loads(document) if isinstance(document, str) else document
    given = [statement["Action"] for statement in parsed["Statement"]]
    return {each for action in given for each in ([action] if isinstance(action, str) else action)}


def test_the_site_does_all_that_it_does_with_the_policy_alone(
    deployed: Deployed, site: Client
) -> None:
    with deployed.without_group():  # whose members leave with it
        stuck = [deployed.sign_up() for _ in range(3)]
    sub, lost = deployed.sign_up(), deployed.sign_up()
    for table, key in (("BusinessTableName", "id"), ("OnboardingTableName", "sub")):
        deployed.dynamodb.delete_item(TableName=deployed.outputs[table], Key={key: {"S": lost}})
    deployed.aws.faults.clear()

    browse(site, sub)
    settle(site, deployed, stuck)
    text = said(site.get(STUCK, {"q": lost}))
    assert "Business written: missing." in text
    site.post(f"{STUCK}onboard/", {"sub": lost})
    assert deployed.business(lost)
    sweep = io.StringIO()
    call_command("find_stuck_onboardings", "--older-than", "0s", stdout=sweep)
    assert "users looked at" in sweep.getvalue()
    call_command("retry_onboardings", "--all", stdout=io.StringIO())
    assert "1 wrong" not in said(site.get("/admin/"))

    called = set(deployed.aws.faults.history)
    for action in actions(deployed):
        assert action.partition(":")[2] in called, f"{action} is of no use"


def browse(site: Client, sub: str) -> None:
    """Look at the businesses in every way."""
    first = site.get(LIST)
    assert first.status_code == 200, said(first)
    for term in (sub, f"{sub}::{sub}", "person", "person-1@example.com"):
        assert site.get(LIST, {"q": term}).status_code == 200, term
    assert names(site.get(LIST + choices(first, "group")[GROUP]))
    detail = said(site.get(f"{LIST}{sub}/change/"))
    assert "Cognito did not answer" not in detail
    export = site.get(f"{LIST}export/")
    assert b"INCOMPLETE" not in b"".join(export.streaming_content)  # type: ignore[attr-defined]


def settle(site: Client, deployed: Deployed, stuck: list[str]) -> None:
    """Look at stuck onboardings, and settle them in every way."""
    assert len(names(site.get(STUCK))) == len(stuck)
    retried, dismissed, _ = stuck
    assert "A retry does this:" in said(site.get(f"{STUCK}{retried}/change/"))
    assert "Retry 1 now" in said(site.get(named(retried)))
    assert results(send(site, named(retried), sub=retried)) == {retried: "completed"}
    site.post(f"{STUCK}dismiss/?sub={dismissed}", {"reason": "A test account"})
    assert deployed.record(dismissed).status == "DISMISSED"
    site.post(f"{STUCK}reopen/", {"sub": dismissed})
    assert deployed.record(dismissed).status == "FAILED"
    assert Onboarding.objects.count() == 0


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("dynamodb", "put_item", {"TableName": "BusinessTableName", "Item": {"id": {"S": "x"}}}),
        (
            "dynamodb",
            "delete_item",
            {"TableName": "OnboardingTableName", "Key": {"sub": {"S": "x"}}},
        ),
        ("dynamodb", "scan", {"TableName": "BusinessTableName"}),
        ("dynamodb", "list_tables", {}),
        ("cognito-idp", "admin_delete_user", {"UserPoolId": "UserPoolId", "Username": "x"}),
        (
            "cognito-idp",
            "admin_add_user_to_group",
            {"UserPoolId": "UserPoolId", "Username": "x", "GroupName": GROUP},
        ),
        ("cloudformation", "delete_stack", {"StackName": "onboarding-test"}),
    ],
)
def test_the_policy_allows_nothing_else(
    deployed: Deployed,
    keys: dict[str, str],
    service: str,
    operation: str,
    arguments: dict[str, Any],
) -> None:
    session: Any = sealed_session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
    client = session.client(
        service, region_name="eu-central-1", endpoint_url=deployed.aws.endpoint_url
    )
    given = {name: deployed.outputs.get(str(value), value) for name, value in arguments.items()}
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**given)
    assert "AccessDenied" in caught.value.response["Error"]["Code"]
    client.close()
