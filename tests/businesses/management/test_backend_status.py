"""`manage.py backend_status`: each thing that can be wrong is broken in the deployed stack."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from aws_setup.local.server import LocalAws
from aws_setup.status.checks import INDEXES
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import TEMPLATE
from tests.businesses.account import REGION, STACK_NAME, Account
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.management.reports import status, swept
from tests.businesses.site_user import become_operator
from tests.deployment import deploy

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account, with an operator's credentials."""
    become_operator(account.aws, monkeypatch)
    return account


@pytest.fixture
def deployed(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """The real stack, with an operator's credentials."""
    become_operator(deployed.aws, monkeypatch)
    return deployed


def test_a_fresh_backend_is_as_it_should_be(deployed: Deployed) -> None:
    swept()
    found = status("--drift")
    assert {name: state for name, (state, _, _) in found.items()} == dict.fromkeys(
        [
            "stack",
            "drift",
            "trigger",
            "trigger's permission",
            "mail",
            "group",
            "allowed groups",
            "BusinessTable",
            "OnboardingTable",
            "resolvers",
            "alarms",
            "API",
            "stuck onboardings",
            "sweep",
            "membership",
        ],
        "ok",
    )
    assert all(hint == "" for _, _, hint in found.values())


def test_the_table_names_state_check_and_mend(deployed: Deployed) -> None:
    out = io.StringIO()
    call_command("backend_status", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["ok", "stack", STACK_NAME, "is", "CREATE_COMPLETE."]
    assert "not checked  sweep" in lines[-5]
    assert "not checked  membership" in lines[-3]
    for line in (lines[-4], lines[-2]):
        assert line.strip().startswith("Have cron run `manage.py find_stuck_onboardings`")
    assert lines[-1].endswith(" not checked")


@contextmanager
def trigger_set(deployed: Deployed, config: dict[str, str]) -> Iterator[None]:
    """Let the pool have this LambdaConfig for a while."""
    before = deployed.cognito.describe_user_pool(UserPoolId=deployed.pool)["UserPool"]
    change = {"UserPoolId": deployed.pool, "AutoVerifiedAttributes": ["email"]}
    deployed.cognito.update_user_pool(**change, LambdaConfig=config)
    try:
        yield
    finally:
        deployed.cognito.update_user_pool(**change, LambdaConfig=before["LambdaConfig"])


def test_a_pool_without_its_trigger_is_wrong(deployed: Deployed) -> None:
    with trigger_set(deployed, {}):
        state, text, hint = status()["trigger"]
    assert (state, text) == ("wrong", "The user pool calls no function after a confirmation.")
    assert "manage.py deploy_backend" in hint


def test_a_pool_with_anothers_trigger_is_wrong(deployed: Deployed) -> None:
    other = f"arn:aws:lambda:{REGION}:123456789012:function:other"
    with trigger_set(deployed, {"PostConfirmation": other}):
        state, text, _ = status()["trigger"]
    assert state == "wrong"
    assert other in text


def test_a_version_of_the_function_is_not_another_function(deployed: Deployed) -> None:
    function = deployed.outputs["TriggerFunctionName"]
    alias = f"arn:aws:lambda:{REGION}:123456789012:function:{function}:live"
    with trigger_set(deployed, {"PostConfirmation": alias}):
        state, text, hint = status()["trigger"]
    assert state == "wrong"
    assert (
        text == f"The user pool calls a version or an alias, which no deployment updates: {alias}."
    )
    assert hint == "`manage.py deploy_backend --replace-trigger` puts ours back."


def test_a_group_that_is_gone_is_wrong(deployed: Deployed) -> None:
    with deployed.without_group():
        state, text, hint = status()["group"]
    assert (state, text) == (
        "wrong",
        f"The user pool has no group {GROUP}: every onboarding fails.",
    )
    assert "aws cognito-idp create-group" in hint


def test_stuck_onboardings_are_wrong(deployed: Deployed) -> None:
    deployed.stuck(2)
    state, text, hint = status()["stuck onboardings"]
    assert (state, text) == ("wrong", "2 people are stuck.")
    assert "retry_onboardings" in hint


def test_people_out_of_their_group_are_wrong_past_the_limit(deployed: Deployed) -> None:
    deployed.outside(2)
    state, text, hint = status()["membership"]
    assert (state, text) == ("not checked", "No sweep has finished yet, so nobody has looked.")
    assert "find_stuck_onboardings" in hint
    swept()
    state, text, hint = status()["membership"]
    assert state == "wrong"
    assert text.startswith("2 people are not in the group of their Business, as of the sweep 30")
    assert "retry_onboardings --out-of-group" in hint
    with override_settings(OUT_OF_GROUP_LIMIT=2):
        state, text, hint = status()["membership"]
    assert (state, hint) == ("ok", "")
    assert text.startswith("2 people are not")


@pytest.mark.parametrize(
    ("sweep", "state", "text"),
    [
        (None, "not checked", f"No sweep of {STACK_NAME} has finished on this site yet."),
        ({"ago": timedelta(hours=25)}, "wrong", "The last sweep finished 1\xa0day, 1\xa0hour ago."),
        ({"error": "Interrupted."}, "wrong", "ended early: Interrupted."),
        (
            {"dry_run": True},
            "not checked",
            f"No sweep of {STACK_NAME} has finished on this site yet.",
        ),
        (
            {"finished_at": None},
            "not checked",
            "A sweep started 30\xa0minutes ago and has not finished.",
        ),
    ],
)
def test_a_sweep_that_is_old_or_broken_is_wrong(
    deployed: Deployed, sweep: dict[str, Any] | None, state: str, text: str
) -> None:
    if sweep is not None:
        swept(**sweep)
    found = status()["sweep"]
    assert found[0] == state
    assert text in found[1]
    assert "find_stuck_onboardings" in found[2]


@pytest.mark.parametrize(
    ("before", "state", "text"),
    [
        ({}, "ok", "The last sweep finished 2\xa0hours ago."),
        ({"error": "Interrupted."}, "wrong", "2\xa0hours ago, ended early: Interrupted."),
        ({"ago": timedelta(hours=25)}, "wrong", "The last sweep finished 1\xa0day, 1\xa0hour ago."),
    ],
)
def test_a_sweep_that_has_not_ended_hides_nothing_of_the_one_before(
    deployed: Deployed, before: dict[str, Any], state: str, text: str
) -> None:
    swept(**{"ago": timedelta(hours=2), **before})
    swept(finished_at=None)
    found = status()["sweep"]
    assert found[0] == state
    assert f"{text} A sweep started 30\xa0minutes ago and has not finished." in found[1]


def test_an_api_that_fails_is_wrong(deployed: Deployed) -> None:
    deployed.aws.faults.fail("GraphQL", "InternalFailure", status=500)
    told = "It answers: AWS had a failure (InternalFailure: Injected fault)"
    assert status()["API"][:2] == ("wrong", told)
    deployed.aws.faults.lose_connection("GraphQL")
    assert status()["API"][0] == "wrong"
    deployed.aws.faults.fail("GraphQL", "DynamoDB:Whatever", status=200)
    assert status()["API"][1].startswith("A query fails: Another failure (DynamoDB:Whatever")


def test_what_aws_refuses_to_tell_is_not_checked(deployed: Deployed) -> None:
    deployed.aws.faults.fail("DescribeUserPool", "AccessDeniedException")
    found = status()
    state, text, hint = found["trigger"]
    assert state == "not checked"
    assert "AWS refused DescribeUserPool" in text
    assert "DescribeUserPool" in hint
    assert found["group"][0] == "ok"


def test_an_unreadable_stack_is_one_answer_and_no_success(deployed: Deployed) -> None:
    deployed.aws.faults.fail("DescribeStacks", "AccessDenied", status=403)
    found = status()
    assert found["stack"][0] == "not checked"
    assert "trigger" not in found
    with (
        override_settings(AWS_REGION="eu-centrall-1"),
        pytest.raises(CommandError, match="The stack itself was not checked") as caught,
    ):
        call_command("backend_status", stdout=io.StringIO())
    assert caught.value.returncode == 2


def test_the_indexes_looked_for_are_the_templates() -> None:
    resources = parse_template(TEMPLATE.read_text(encoding="utf-8"), "template")["Resources"]
    for output, indexes in INDEXES.items():
        properties = resources[output.removesuffix("Name")]["Properties"]
        named = [each["IndexName"] for each in properties["GlobalSecondaryIndexes"]]
        assert sorted(named) == sorted(indexes)


# What a test leaves broken, it breaks in a stack of its own.


@pytest.fixture
def broken(local_aws_server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    become_operator(local_aws_server, monkeypatch)
    deploy(local_aws_server)
    return Deployed(local_aws_server)


def remove_index(deployed: Deployed) -> None:
    deployed.dynamodb.update_table(
        TableName=deployed.outputs["BusinessTableName"],
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "byName"}}],
    )


def other_code(deployed: Deployed) -> None:
    appsync = deployed.aws.client("appsync", REGION)
    api = deployed.api_id
    [step] = [
        each
        for each in appsync.list_functions(apiId=api)["functions"]
        if each["name"] == "addUserToGroup"
    ]
    appsync.update_function(
        apiId=api,
        functionId=step["functionId"],
        name=step["name"],
        dataSourceName=step["dataSourceName"],
        runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
        code="export function request() { return {}; }\nexport function response() { return 1; }",
    )


def other_groups(deployed: Deployed) -> None:
    variables = {"ALLOWED_GROUPS": "others", "USER_POOL_ID": deployed.pool}
    deployed.aws.client("appsync", REGION).put_graphql_api_environment_variables(
        apiId=deployed.api_id, environmentVariables=variables
    )


@pytest.mark.parametrize(
    ("act", "name", "text"),
    [
        (remove_index, "BusinessTable", "lacks the index byName"),
        (other_code, "resolvers", "AddUserToGroupFunction has other code"),
        (other_groups, "allowed groups", f"does not let anybody join {GROUP}"),
    ],
)
def test_what_was_changed_by_hand_is_wrong(
    broken: Deployed, act: Callable[[Deployed], None], name: str, text: str
) -> None:
    act(broken)
    state, found, hint = status()[name]
    assert state == "wrong"
    assert text in found
    assert hint


def test_drift_names_each_resource_that_differs(broken: Deployed) -> None:
    broken.dynamodb.update_table(
        TableName=broken.outputs["BusinessTableName"], DeletionProtectionEnabled=False
    )
    state, text, _ = status("--drift")["drift of BusinessTable"]
    assert state == "wrong"
    assert "DeletionProtectionEnabled" in text
    # What was detected is told later, too.
    assert status()["drift"][0] == "wrong"


def test_without_a_stack_everything_waits_for_it(aws_environment: LocalAws) -> None:
    found = status()
    assert found["stack"][0] == "wrong"
    assert "deploy_backend" in found["stack"][2]
    assert "trigger" not in found


def test_a_stack_that_lacks_an_output_leaves_that_unchecked(account: Account) -> None:
    account.deploy()
    found = status()
    assert found["trigger"][:2] == (
        "not checked",
        f"Stack {STACK_NAME} has no output TriggerFunctionName.",
    )
    assert "deploy_backend" in found["trigger"][2]


def test_an_index_that_somebody_elses_table_lacks_is_added_by_the_command(
    account: Account,
) -> None:
    table = account.create_bare_table("theirs")
    call_command("deploy_backend", yes=True, business_table=table, stdout=io.StringIO())
    state, text, hint = status()["BusinessTable"]
    assert state == "wrong"
    assert text == "theirs lacks the indexes byCreatedAt, byEmail, byName, byOwner."
    assert hint == "Run `manage.py deploy_backend --add-indexes`."
    call_command("deploy_backend", yes=True, add_indexes=True, stdout=io.StringIO())
    assert status()["BusinessTable"][0] == "ok"
