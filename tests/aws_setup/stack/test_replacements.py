"""An update that replaces what holds people's data."""

import io
from typing import Any

import pytest
from django.core.management import CommandError

from aws_setup.exceptions import ConsentMissing
from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import (
    AT_REST,
    REGION,
    Script,
    described,
    event,
    events,
    script_an_update,
)
from tests.aws_setup.hired_operator import OperatorClients, run
from tests.aws_setup.operator import Operator, Terminal

STACK = "onboarding-test"  # of tests.settings


def script_a_replacement(script: Script, logical_id: str, replacement: str) -> None:
    plan = described("CREATE_COMPLETE", logical_id)
    plan["Changes"][0]["ResourceChange"] |= {
        "Action": "Modify",
        "PhysicalResourceId": f"old-{logical_id}",
        "Replacement": replacement,
    }
    script_an_update(script, plan)
    script.on("DescribeStacks", AT_REST)
    script.on("DescribeStackEvents", events(), events(event("UPDATE_COMPLETE")))


@pytest.mark.parametrize("part", ["UserPool", "Group", "BusinessTable", "OnboardingTable"])
@pytest.mark.parametrize(
    ("replacement", "said"), [("True", "is replaced"), ("Conditional", "may be replaced")]
)
def test_it_is_a_question_of_its_own_that_yes_does_not_answer(
    script: Script, operator: Operator, part: str, replacement: str, said: str
) -> None:
    script_a_replacement(script, part, replacement)
    with pytest.raises(ConsentMissing, match=rf"behind: {part}\. Nothing was") as caught:
        operator.deploy()
    assert f"{part} old-{part} {said} by an empty one" in operator.said
    assert caught.value.hint.endswith(f"add `--allow-replacement {part}`.")
    assert len(script.called("DeleteChangeSet")) == 1

    operator.deploy(yes=False, stdin=Terminal("n\n"))
    assert "Leave that behind? [y/N] " in operator.said
    assert "Deploy these changes?" not in operator.said
    assert script.called("ExecuteChangeSet") == []

    operator.deploy(yes=False, stdin=Terminal("y\ny\n"))
    assert len(script.called("ExecuteChangeSet")) == 1
    script_a_replacement(script, part, replacement)
    operator.options = ExistingOptions(allow_replacement=[part])
    operator.deploy()
    assert len(script.called("ExecuteChangeSet")) == 2


@pytest.mark.parametrize(
    ("logical_id", "replacement"), [("UserPool", "False"), ("GraphqlUrlParameter", "True")]
)
def test_whatever_leaves_no_data_behind_is_not_asked_about(
    script: Script, operator: Operator, logical_id: str, replacement: str
) -> None:
    script_a_replacement(script, logical_id, replacement)
    assert operator.deploy().outcome == "deployed"


def test_another_group_is_made_only_by_who_says_so(
    aws_environment: LocalAws, settings: Any
) -> None:
    somebody = Operator(OperatorClients(aws_environment), render_template(), stack=STACK)
    somebody.deploy()
    somebody.parameters = {"GroupName": "shops"}
    somebody.deploy(dry_run=True)
    assert "Group businesses is replaced by an empty one" in somebody.said
    with pytest.raises(ConsentMissing):
        somebody.deploy()

    settings.BUSINESS_GROUP_NAME = "shops"
    out = io.StringIO()
    with pytest.raises(CommandError, match="invalid choice: 'Api'"):
        run("deploy_backend", "--yes", "--allow-replacement", "Api")
    run("deploy_backend", "--yes", "--allow-replacement", "Group", stdout=out)
    assert "GroupName            shops" in out.getvalue()
    cognito = aws_environment.client("cognito-idp", REGION)
    [pool] = cognito.list_user_pools(MaxResults=10)["UserPools"]
    groups = cognito.list_groups(UserPoolId=pool["Id"])["Groups"]
    assert {group["GroupName"] for group in groups} == {"businesses", "shops"}
