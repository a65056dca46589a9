"""What somebody deleted by hand: it is found, and the hint that is given puts it right."""

import io
import re
import shlex
from typing import Any

import pytest
from django.core.management import call_command

from aws_setup.existing.deleted_by_hand import RECREATE_STACK
from aws_setup.local.server import LocalAws
from tests.businesses.account import REGION, STACK_NAME
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.management.reports import status, swept
from tests.businesses.site_user import become_operator
from tests.deployment import deploy

pytestmark = pytest.mark.django_db


@pytest.fixture
def deployed(local_aws_server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """The real stack, for this test alone, with an operator's credentials."""
    become_operator(local_aws_server, monkeypatch)
    deploy(local_aws_server)
    return Deployed(local_aws_server)


def deploy_again(*options: str) -> str:
    out = io.StringIO()
    call_command("deploy_backend", "--yes", *options, stdout=out)
    return out.getvalue()


def arguments(command: str) -> dict[str, str]:
    """Return the options of an AWS CLI command as boto3 takes them."""
    given = shlex.split(command)[3:]
    names = [name.removeprefix("--").title().replace("-", "") for name in given[::2]]
    return dict(zip(names, given[1::2], strict=True))


def remove_pool(deployed: Deployed) -> None:
    # An update takes away what it leaves out, and addresses that are verified first need codes.
    deployed.cognito.update_user_pool(
        UserPoolId=deployed.pool, AutoVerifiedAttributes=["email"], DeletionProtection="INACTIVE"
    )
    deployed.cognito.delete_user_pool(UserPoolId=deployed.pool)


def test_pool_api_and_function_are_gone_and_come_anew_with_the_tables_kept(
    deployed: Deployed,
) -> None:
    swept()
    sub = deployed.sign_up()
    api, function = deployed.api_id, deployed.outputs["TriggerFunctionName"]
    remove_pool(deployed)
    deployed.aws.client("appsync", REGION).delete_graphql_api(apiId=api)
    deployed.aws.client("lambda", REGION).delete_function(FunctionName=function)

    found = status()
    pool_is_gone = f"User pool {deployed.pool} is gone."
    assert found["trigger"][:2] == ("wrong", pool_is_gone)
    assert found["group"][:2] == (
        "wrong",
        f"The group {GROUP} is gone with user pool {deployed.pool}.",
    )
    for name in ("allowed groups", "resolvers"):
        assert found[name][0] == "wrong"
        assert f"The API {api} is gone" in found[name][1]
    for name in ("trigger", "group", "allowed groups", "resolvers"):
        assert RECREATE_STACK in found[name][2]
    said = deploy_again()
    assert pool_is_gone in said
    assert RECREATE_STACK in said
    assert "No changes." in said

    call_command("destroy_backend", yes=STACK_NAME, stdout=io.StringIO())
    assert "BusinessTable" in deploy_again()
    assert {name for name, (state, _, _) in status().items() if state == "wrong"} == set()
    anew = Deployed(deployed.aws)
    assert anew.pool != deployed.pool
    assert anew.business(sub)
    assert anew.business(anew.sign_up())


def test_a_permission_is_given_again_by_the_command_that_is_told(deployed: Deployed) -> None:
    name, function = "trigger's permission", deployed.outputs["TriggerFunctionName"]
    client = deployed.aws.client("lambda", REGION)
    client.remove_permission(FunctionName=function, StatementId=deployed.permission_id())
    state, text, hint = status()[name]
    is_gone = f"{function} has no policy or is gone: no confirmation is onboarded."
    assert (state, text) in {
        ("wrong", is_gone),
        (
            "wrong",
            "Cognito may not invoke the function for this pool: no confirmation is onboarded.",
        ),
    }
    [command] = re.findall(r"`(aws lambda [^`]*)`", hint)
    client.add_permission(**arguments(command))
    assert status()[name][0] == "ok"
    assert deployed.business(deployed.sign_up())

    client.remove_permission(FunctionName=function, StatementId=deployed.permission_id())
    everybody: dict[str, Any] = {"FunctionName": function, "StatementId": "x", "Principal": "*"}
    client.add_permission(**everybody, Action="lambda:InvokeFunction")
    assert status()[name][0] == "ok"

    client.delete_function(FunctionName=function)
    state, text, hint = status()[name]
    assert (state, text) == ("wrong", is_gone)
    assert hint.endswith(f"If Lambda has no such function: {RECREATE_STACK}")


def test_a_table_is_restored_under_its_name_by_the_commands_that_are_told(
    deployed: Deployed,
) -> None:
    for part in ("BusinessTable", "OnboardingTable"):
        table = deployed.outputs[f"{part}Name"]
        # DynamoDB itself makes one of a table with point-in-time recovery that is deleted.
        deployed.dynamodb.create_backup(TableName=table, BackupName="last")
        deployed.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        deployed.dynamodb.delete_table(TableName=table)
        found = status("--drift")
        assert found[f"drift of {part}"] == found[part]
        state, text, hint = found[part]
        assert (state, text) == ("wrong", f"{table} is gone.")
        listing, restoring = re.findall(r"`(aws dynamodb [^`]*)`", hint)
        [backup] = deployed.dynamodb.list_backups(**arguments(listing))["BackupSummaries"]
        given = arguments(restoring.replace(" ARN", f" {backup['BackupArn']}"))
        deployed.dynamodb.restore_table_from_backup(**given)
        assert status()[part][0] == "ok"
