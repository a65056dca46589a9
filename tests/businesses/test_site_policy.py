"""The managed policy for the site's role: enough for all that the site does, and no more.

That it is enough every test of the site shows: what the environment leads to is called by a user
who has this policy alone, and no call may have been refused (tests/businesses/site_user.py).
"""

import io
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.core.management import call_command
from django.test import Client

from businesses.pages.live.changelist import WAIT_VAR
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.pages.onboarding.retrying import named, results, send
from tests.businesses.pages.said import LIST, STUCK, choices, names, said
from tests.businesses.site_user import SiteUser


def statements(deployed: Deployed) -> Iterator[tuple[str, str]]:
    """Yield each action that the policy allows with each resource, which may be a pattern."""
    iam = deployed.aws.client("iam", "us-east-1")
    arn = deployed.outputs["SitePolicyArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    parsed: Any = json.loads(document) if isinstance(document, str) else document
    for statement in parsed["Statement"]:
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, resource


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_site_calls_all_that_the_policy_allows(
    deployed: Deployed, site_user: SiteUser, superuser: Client
) -> None:
    with deployed.without_group():  # whose members leave with it
        stuck = [deployed.sign_up() for _ in range(3)]
    sub, lost = deployed.sign_up(), deployed.sign_up()
    for table, key in (("BusinessTableName", "id"), ("OnboardingTableName", "sub")):
        deployed.dynamodb.delete_item(TableName=deployed.outputs[table], Key={key: {"S": lost}})

    browse(superuser, sub)
    settle(superuser, deployed, stuck)
    text = said(superuser.get(STUCK, {"q": lost}))
    assert "Business written: missing." in text
    superuser.post(f"{STUCK}onboard/", {"sub": lost})
    assert deployed.business(lost)
    sweep = io.StringIO()
    call_command("find_stuck_onboardings", "--older-than", "0s", stdout=sweep)
    assert "users checked" in sweep.getvalue()
    call_command("retry_onboardings", "--all", stdout=io.StringIO())
    assert "1 wrong" not in said(superuser.get("/admin/"))

    called = {(each.action, each.resource) for each in site_user.decisions}
    assert [
        (action, resource)
        for action, resource in statements(deployed)
        if not any(action == did and fnmatchcase(to, resource) for did, to in called)
    ] == []


def browse(site: Client, sub: str) -> None:
    """Look at the businesses in every way."""
    first = site.get(LIST, {WAIT_VAR: "1"})
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
    retried, dismissed, refreshed = stuck
    assert "What a retry would do" in said(site.get(f"{STUCK}{retried}/change/"))
    assert "Retry 1 now" in said(site.get(named(retried)))
    assert results(send(site, named(retried), sub=retried)) == {retried: "completed"}
    site.post(f"{STUCK}dismiss/?sub={dismissed}", {"reason": "A test account"})
    assert deployed.record(dismissed).status == "DISMISSED"
    site.post(f"{STUCK}reopen/", {"sub": dismissed})
    assert deployed.record(dismissed).status == "FAILED"
    deployed.set_attributes(refreshed, name="Now Ltd")
    site.post(f"{STUCK}refresh/", {"sub": refreshed})
    record = deployed.record(refreshed)
    assert (record.status, record.name) == ("COMPLETED", "Now Ltd")


def test_a_call_that_the_policy_does_not_allow_is_found(
    deployed: Deployed, site_user: SiteUser
) -> None:
    client = boto3.client("dynamodb")
    table = deployed.outputs["BusinessTableName"]
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:PutItem"):
        client.put_item(TableName=table, Item={"id": {"S": "x"}})
    client.close()
    with pytest.raises(AssertionError, match="dynamodb:PutItem"):
        site_user.check()
    deployed.aws.decisions.clear()
