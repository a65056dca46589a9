"""`manage.py deploy_backend`, as an operator meets it."""

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import run
from tests.aws_setup.operator import InterruptedTerminal, Terminal
from tests.processes import REPOSITORY, manage

STACK = "onboarding-test"
OUTPUTS = {
    "BusinessTableName",
    "GraphqlUrl",
    "GroupName",
    "OnboardingTableName",
    "SitePolicyArn",
    "TriggerFunctionName",
    "UserPoolClientId",
    "UserPoolId",
}


def deploy(*arguments: str, stdin: io.StringIO | None = None) -> str:
    out = io.StringIO()
    run("deploy_backend", *arguments, stdout=out, stdin=stdin or io.StringIO())
    return out.getvalue()


def stack_of(aws: LocalAws) -> Any:
    return describe_stack(aws.client("cloudformation", REGION), STACK)


def test_a_dry_run_shows_account_and_changes_and_leaves_nothing(aws_environment: LocalAws) -> None:
    lines = deploy("--dry-run").splitlines()
    assert lines[0] == f"Account 123456789012, Region {REGION}, stack {STACK}"
    assert lines[1] == "Permissions:"
    assert "+   UserPool AWS::Cognito::UserPool" in lines
    assert lines[-1] == "Nothing was changed."
    assert stack_of(aws_environment) is None


def test_it_deploys_shows_every_event_and_the_outputs_and_then_finds_no_changes(
    aws_environment: LocalAws,
) -> None:
    lines = deploy("--yes").splitlines()
    assert any("CREATE_COMPLETE" in line and " UserPool " in line for line in lines)
    assert [line.split()[0] for line in lines[-len(OUTPUTS) :]] == sorted(OUTPUTS)
    assert "AWS::CloudFormation::Stack" in lines[-len(OUTPUTS) - 2]
    assert re.fullmatch(r"Watched for \d+\.\d s\.", lines[-len(OUTPUTS) - 1])
    assert stack_of(aws_environment)["StackStatus"] == "CREATE_COMPLETE"

    again = deploy("--yes").splitlines()
    assert again[1] == "No changes."
    assert again[2:] == lines[-len(OUTPUTS) :]

    aws_environment.faults.clear()
    assert deploy("--dry-run").splitlines()[1:] == ["No changes."]
    of_printing, *history = aws_environment.faults.history
    assert of_printing == "DescribeStacks"  # for the operator's policy, which is printed first
    assert set(history[:2]) == {"GetCallerIdentity", "DescribeStacks"}
    assert history[2:] == [
        "DescribeUserPool",
        "CreateChangeSet",
        "DescribeChangeSet",
        "DeleteChangeSet",
    ]


def test_a_trigger_that_came_off_is_put_back_although_the_template_is_the_same(
    aws_environment: LocalAws,
) -> None:
    deploy("--yes")
    cognito = aws_environment.client("cognito-idp", REGION)
    outputs = {
        each["OutputKey"]: each["OutputValue"] for each in stack_of(aws_environment)["Outputs"]
    }
    pool = outputs["UserPoolId"]

    def calls() -> str:
        found = cognito.describe_user_pool(UserPoolId=pool)["UserPool"].get("LambdaConfig", {})
        return str(found.get("PostConfirmation", ""))

    ours = calls()
    assert ours.endswith(outputs["TriggerFunctionName"])
    cognito.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"], LambdaConfig={})
    assert "calls the stack's function again" in deploy("--dry-run")
    assert calls() == ""
    assert "calls the stack's function again" in deploy("--yes")
    assert calls() == ours
    assert deploy("--yes").splitlines()[1] == "No changes."

    other = ours.replace(outputs["TriggerFunctionName"], "other")
    config = {"PostConfirmation": other}
    cognito.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"], LambdaConfig=config)
    told = deploy("--yes")
    assert f"calls {other} after each confirmation, not the stack's function" in told
    assert "No changes." in told
    assert calls() == other
    assert f"in place of {other}" in deploy("--yes", "--replace-trigger")
    assert calls() == ours


def test_the_group_of_the_settings_is_the_stacks(aws_environment: LocalAws, settings: Any) -> None:
    settings.BUSINESS_GROUP_NAME = "shops"
    assert "GroupName            shops" in deploy("--yes")


def test_a_yes_at_the_terminal_deploys(aws_environment: LocalAws) -> None:
    assert "Deploy these changes? [y/N] " in deploy(stdin=Terminal("y\n"))
    assert stack_of(aws_environment)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "maybe\n"])
def test_anything_else_at_the_terminal_discards_the_plan(
    aws_environment: LocalAws, answer: str
) -> None:
    assert deploy(stdin=Terminal(answer)).endswith("Nothing was changed.\n")
    assert stack_of(aws_environment) is None


def test_ctrl_c_at_the_question_discards_the_plan(aws_environment: LocalAws) -> None:
    with pytest.raises(CommandError, match=r"^Interrupted. Nothing was changed.$") as caught:
        deploy(stdin=InterruptedTerminal())
    assert caught.value.returncode == 130
    assert stack_of(aws_environment) is None


def test_without_anybody_to_ask_it_needs_yes_and_makes_no_call(aws_environment: LocalAws) -> None:
    with pytest.raises(CommandError, match=r"not a terminal\. Nothing was changed\.\nAdd --yes"):
        deploy()
    assert aws_environment.faults.calls("GetCallerIdentity") == 0


@pytest.fixture
def parameter_taken(aws_environment: LocalAws) -> str:
    """The name of a parameter that the stack would make, and that somebody else has made."""
    ssm = aws_environment.client("ssm", REGION)
    name = f"/business-onboarding/{STACK}/graphql-url"
    ssm.put_parameter(Name=name, Value="somebody else's", Type="String")
    return name


def test_a_failed_creation_tells_the_cause_what_is_kept_and_the_mend(
    aws_environment: LocalAws, parameter_taken: str
) -> None:
    with pytest.raises(CommandError) as caught:
        deploy("--yes")
    cause, aws_state, kept, hint = str(caught.value).splitlines()
    assert cause.startswith("GraphqlUrlParameter (AWS::SSM::Parameter) is CREATE_FAILED: ")
    assert "is ROLLBACK_COMPLETE: its creation failed and was rolled back" in aws_state
    pools = aws_environment.client("cognito-idp", REGION).list_user_pools(MaxResults=10)
    [pool] = pools["UserPools"]
    assert f"UserPool ({pool['Id']})" in kept
    assert "BusinessTable (" in kept
    assert "OnboardingTable (" in kept
    assert hint.startswith("Something outside the stack has that name: remove or rename it")
    assert "No other pool or table is touched." in hint


def test_after_a_failed_creation_the_next_run_offers_to_delete_the_empty_stack(
    aws_environment: LocalAws, parameter_taken: str
) -> None:
    with pytest.raises(CommandError):
        deploy("--yes")
    for arguments, answer in ((["--dry-run"], ""), ([], "n\n")):
        with pytest.raises(CommandError, match=r"is ROLLBACK_COMPLETE.*Nothing was") as caught:
            deploy(*arguments, stdin=Terminal(answer))
        assert "agree to delete the empty stack" in str(caught.value)
    aws_environment.client("ssm", REGION).delete_parameter(Name=parameter_taken)

    said = deploy(stdin=Terminal("y\ny\ny\n"))
    assert "Delete the empty stack and create it again? [y/N] " in said
    statuses = re.findall(r"(\w+) +onboarding-test  AWS::CloudFormation::Stack", said)
    assert statuses[:2] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    assert "IMPORT_COMPLETE" in statuses  # the pool and the tables of the failed attempt
    assert statuses[-1] == "UPDATE_COMPLETE"


def test_the_template_is_printed_without_credentials_region_or_call() -> None:
    printed = manage("deploy_backend", "--print-template")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout == render_template()


def test_the_printed_template_passes_cfn_lint_as_the_readme_runs_it() -> None:
    printed = manage("deploy_backend", "--print-template")
    cfn_lint = [str(Path(sys.executable).with_name("cfn-lint")), "-"]
    good, bad = (
        subprocess.run(
            cfn_lint, cwd=REPOSITORY, input=body, capture_output=True, text=True, check=False
        )
        for body in (printed.stdout, printed.stdout.replace("AWS::SSM::Parameter", "AWS::No"))
    )
    assert (good.returncode, good.stdout) == (0, "")
    assert "E3006" in bad.stdout  # so the first one was read at all


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "--user-pool-id",
            "",
            "is empty: the shell variable that",
        ),
        ("--user-pool-id", "my pool", "'my pool' is no id of a user pool"),
        ("--business-table", " ", "is empty"),
        ("--business-table", f"arn:aws:dynamodb:{REGION}:1:table/old", "Give the name 'old' alone"),
        ("--business-table", "a/b", "'a/b' is no name of a table"),
    ],
)
def test_an_option_that_cannot_name_what_is_there_is_refused_before_aws_is_asked(
    option: str, value: str, said: str, aws_environment: LocalAws
) -> None:
    with pytest.raises(CommandError, match=re.escape(said)) as refused:
        deploy("--yes", option, value)
    assert f"argument {option}: " in str(refused.value)
    assert not stack_of(aws_environment)
