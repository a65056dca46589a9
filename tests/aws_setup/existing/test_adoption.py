"""A stack that is made again takes in what the one before has left."""

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError

from aws_setup.deployment.service import AT_LAST
from aws_setup.exceptions import AccessRefused
from aws_setup.existing.adoption import Adopter
from aws_setup.existing.kept_resources import KeptResource
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.user_pool.updates import update_arguments
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.lint import check_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients, run
from tests.aws_setup.operator import Operator, Terminal

if TYPE_CHECKING:
    from aws_setup.local.controls.snapshots import Snapshot

STACK = "onboarding-test"  # of tests.settings


def deploy(*arguments: str, stdin: io.StringIO | None = None) -> str:
    out = io.StringIO()
    run("deploy_backend", *arguments, stdout=out, stdin=stdin or io.StringIO())
    return out.getvalue()


def outputs_of(aws: LocalAws) -> dict[str, str]:
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    assert stack is not None
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def status_of(aws: LocalAws) -> str:
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    return stack["StackStatus"] if stack else ""


def sign_up(aws: LocalAws, outputs: dict[str, str], email: str) -> str:
    cognito = aws.client("cognito-idp", REGION)
    sub = cognito.sign_up(
        ClientId=outputs["UserPoolClientId"],
        Username=email,
        Password="Correct-Horse-1979",
        UserAttributes=[{"Name": "email", "Value": email}],
    )["UserSub"]
    cognito.admin_confirm_sign_up(UserPoolId=outputs["UserPoolId"], Username=sub)
    return str(sub)


def businesses(aws: LocalAws, outputs: dict[str, str]) -> set[str]:
    table = outputs["BusinessTableName"]
    items = aws.client("dynamodb", REGION).scan(TableName=table)["Items"]
    return {item["id"]["S"] for item in items}


def members(aws: LocalAws, outputs: dict[str, str]) -> set[str]:
    users = aws.client("cognito-idp", REGION).list_users_in_group(
        UserPoolId=outputs["UserPoolId"], GroupName=outputs["GroupName"]
    )["Users"]
    return {user["Username"] for user in users}


@pytest.fixture
def left(aws_environment: LocalAws) -> dict[str, str]:
    """The outputs of a stack that is gone; one business had signed up."""
    snapshot, outputs = _left_by(aws_environment)
    aws_environment.restore(snapshot)
    return dict(outputs)


@cache
def _left_by(aws: LocalAws) -> "tuple[Snapshot, dict[str, str]]":
    somebody = operator_of(aws)
    somebody.deploy()
    outputs = outputs_of(aws)
    sign_up(aws, outputs, "first@example.com")
    somebody.destroy()
    return aws.snapshot(), outputs


@cache
def body() -> str:
    return render_template()


def operator_of(aws: LocalAws) -> Operator:
    return Operator(OperatorClients(aws), body(), stack=STACK)


def adopter_of(aws: LocalAws) -> Adopter:
    return Adopter(aws.client("cognito-idp", REGION), aws.client("dynamodb", REGION))


@pytest.mark.verified_by("tags_of_what_a_deleted_stack_keeps")
@pytest.mark.verified_by("an_import_of_a_pool_a_group_and_a_table")
def test_the_next_deployment_adopts_pool_group_and_tables_and_people_go_on_signing_up(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    said = deploy("--yes").splitlines()
    outputs = outputs_of(aws_environment)
    for name in ("UserPoolId", "BusinessTableName", "OnboardingTableName", "GroupName"):
        assert outputs[name] == left[name]
    rows = [" ".join(line.split()) for line in said]
    for row in (
        f"+ UserPool AWS::Cognito::UserPool: {left['UserPoolId']} taken over as it is",
        f"+ Group AWS::Cognito::UserPoolGroup: {left['GroupName']} taken over as it is",
        f"+ BusinessTable AWS::DynamoDB::Table: {left['BusinessTableName']} taken over as it is",
        f"UserPool {left['UserPoolId']}",
        f"Group {left['UserPoolId']} {left['GroupName']}",
        AT_LAST,  # an update of its own
        "+ TriggerFunction AWS::Lambda::Function",
    ):
        assert row in rows
    sign_up(aws_environment, outputs, "second@example.com")
    assert len(businesses(aws_environment, outputs)) == 2
    assert members(aws_environment, outputs) == businesses(aws_environment, outputs)

    assert operator_of(aws_environment).deploy().outcome == "unchanged"


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_a_pool_in_use_calls_the_function_once_everything_that_it_needs_is_there(
    aws_environment: LocalAws, left: dict[str, str], is_interrupted: bool
) -> None:
    cognito = aws_environment.client("cognito-idp", REGION)
    found: list[tuple[str, str]] = []

    def triggers() -> dict[str, Any]:
        pool = cognito.describe_user_pool(UserPoolId=left["UserPoolId"])["UserPool"]
        return dict(pool.get("LambdaConfig", {}))

    def look() -> None:
        assert triggers() == {}
        name = outputs_of(aws_environment)["TriggerFunctionName"]
        policy = aws_environment.client("lambda", REGION).get_policy(FunctionName=name)["Policy"]
        found.append((name, policy))

    if is_interrupted:
        operator_of(aws_environment).deploy(yes=False, stdin=Terminal("y\nn\n"))
    changes_before = 1 if is_interrupted else 2
    aws_environment.faults.clear()
    aws_environment.faults.lose_connection(
        "CreateChangeSet", after=changes_before, is_late=True, hook=look
    )
    operator_of(aws_environment).deploy()
    [(name, policy)] = found
    assert left["UserPoolId"] in policy
    assert triggers()["PostConfirmation"].endswith(f":{name}")


def test_the_result_holds_what_was_imported_and_what_followed(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    result = operator_of(aws_environment).deploy()
    changes = {(change.action, change.logical_id) for change in result.changes}
    assert changes >= {("Import", "UserPool"), ("Modify", "UserPool"), ("Add", "Api")}


def test_a_dry_run_shows_the_import_and_leaves_nothing(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    said = deploy("--dry-run")
    assert "taken over as it is" in said
    assert "The rest of the stack follows" in said
    assert said.endswith("Nothing was changed.\n")
    assert status_of(aws_environment) == ""


def test_whoever_declines_the_rest_goes_on_from_the_import(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    said = deploy(stdin=Terminal("y\nn\n"))
    assert said.endswith(
        "The stack has adopted the existing resources; nothing else was changed.\n"
    )
    assert status_of(aws_environment) == "IMPORT_COMPLETE"
    somebody = operator_of(aws_environment)
    somebody.deploy()
    assert "taken over" not in somebody.said
    assert outputs_of(aws_environment)["UserPoolId"] == left["UserPoolId"]


@pytest.mark.verified_by("an_import_into_a_stack_in_review")
def test_a_run_that_was_killed_before_the_import_is_taken_up_by_the_next(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    for operation in ("ExecuteChangeSet", "DeleteChangeSet"):
        aws_environment.faults.fail(operation, "AccessDenied", status=403)
    with pytest.raises(AccessRefused):
        operator_of(aws_environment).deploy()
    assert status_of(aws_environment) == "REVIEW_IN_PROGRESS"
    operator_of(aws_environment).deploy()
    assert outputs_of(aws_environment)["UserPoolId"] == left["UserPoolId"]


def test_adopt_none_starts_anew_and_two_pools_are_then_not_guessed_between(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    deploy("--yes", "--adopt", "none")
    second = outputs_of(aws_environment)
    assert second["UserPoolId"] != left["UserPoolId"]
    operator_of(aws_environment).destroy()
    with pytest.raises(CommandError, match="more than one resource of a kind") as caught:
        deploy("--yes")
    assert left["UserPoolId"] in str(caught.value)
    assert status_of(aws_environment) == ""

    names = ("UserPoolId", "BusinessTableName", "OnboardingTableName")
    deploy("--yes", *(f"--adopt={left[name]}" for name in names))
    assert outputs_of(aws_environment)["UserPoolId"] == left["UserPoolId"]


PARTS = {
    "UserPool": "UserPoolId",
    "BusinessTable": "BusinessTableName",
    "OnboardingTable": "OnboardingTableName",
}


@pytest.mark.parametrize(
    ("kept", "group"),
    [
        ([*PARTS], "businesses"),
        (["UserPool"], "another"),
        (["BusinessTable", "OnboardingTable"], "businesses"),
    ],
)
def test_the_template_of_an_import_holds_what_is_imported_and_is_sound(
    aws_environment: LocalAws, left: dict[str, str], kept: list[str], group: str
) -> None:
    adoption = adopter_of(aws_environment).prepare(
        render_template(),
        [KeptResource(logical_id=part, physical_id=left[PARTS[part]]) for part in kept],
        group_name=group,
    )
    assert adoption is not None
    template = parse_template(adoption.body, "the import")
    with_group = ["Group"] if "UserPool" in kept and group == "businesses" else []
    assert list(template["Resources"]) == [*kept, *with_group]
    assert "Outputs" not in template
    check_template(adoption.body)  # raises TemplateRefused


def test_what_is_as_the_template_has_it_is_told_in_the_templates_words(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    adoption = adopter_of(aws_environment).prepare(
        render_template(),
        [KeptResource(logical_id=part, physical_id=left[name]) for part, name in PARTS.items()],
        group_name="businesses",
    )
    assert adoption is not None
    imported = parse_template(adoption.body, "the import")["Resources"]
    wanted = parse_template(render_template(), "the template")["Resources"]
    del wanted["UserPool"]["Properties"]["LambdaConfig"]  # its function is gone
    del wanted["UserPool"]["Properties"]["EmailConfiguration"]  # no identity is given
    wanted["UserPool"]["Properties"]["UserPoolName"] = STACK
    wanted["Group"]["Properties"]["UserPoolId"] = {"Ref": "UserPool"}
    for table in ("BusinessTable", "OnboardingTable"):
        del wanted[table]["Properties"]["SSESpecification"]  # no key is given
    del wanted["BusinessTable"]["DependsOn"]
    assert imported == {name: wanted[name] for name in imported}


def test_what_the_resources_lack_of_the_template_the_update_brings(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    cognito = aws_environment.client("cognito-idp", REGION)
    dynamodb = aws_environment.client("dynamodb", REGION)
    pool_id, table = left["UserPoolId"], left["OnboardingTableName"]
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    policy = pool["Policies"]["PasswordPolicy"]
    weak = {"PasswordPolicy": {**policy, "MinimumLength": 6}}
    changes: Any = {"Policies": weak, "DeletionProtection": "INACTIVE"}
    cognito.update_user_pool(**update_arguments(pool, cognito.meta.service_model) | changes)
    dynamodb.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"AttributeName": "expiresAt", "Enabled": False}
    )
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)

    somebody = operator_of(aws_environment)
    kms = aws_environment.client("kms", REGION)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    somebody.parameters = {"KmsKeyArn": key}
    somebody.options = ExistingOptions(reset_pool_settings=True)
    somebody.deploy()
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert pool["Policies"]["PasswordPolicy"] == policy
    assert pool["DeletionProtection"] == "ACTIVE"
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    time_to_live = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert time_to_live == {"AttributeName": "expiresAt", "TimeToLiveStatus": "ENABLED"}
    assert dynamodb.describe_table(TableName=table)["Table"]["DeletionProtectionEnabled"]
    for name in (table, left["BusinessTableName"]):
        encryption = dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"]
        assert encryption["KMSMasterKeyArn"] == key
