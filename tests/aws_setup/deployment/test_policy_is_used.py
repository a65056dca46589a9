"""Nothing in the operator's policy is superfluous: journeys need each action and resource."""

import json
import re
from typing import Any

import pytest

from aws_setup.deployment.operator_policy import Scope
from aws_setup.local.server import LocalAws
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.deployment.journeys import COPY, JOURNEYS, STACK, TABLE
from tests.aws_setup.hired_operator import ARN, policy_for

KEY, ACL = f"arn:aws:kms:{REGION}:*:key/*", f"arn:aws:wafv2:{REGION}:*:regional/webacl/*"
# What no journey needs in the embedded AWS, and why the policy has it nevertheless.
NOT_ASKED = {
    # Recoveries from states that the embedded CloudFormation never is in; test_change_sets.py,
    # test_states.py and test_ctrl_c.py show them with scripted answers.
    "cloudformation:CancelUpdateStack": "what Ctrl-C calls during an update, if asked to",
    "cloudformation:ContinueUpdateRollback": "the recovery from UPDATE_ROLLBACK_FAILED",
    "cloudformation:RollbackStack": "the recovery from UPDATE_FAILED",
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    "s3:GetObject": "CloudFormation reads a template from a bucket as its caller",
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    "s3:PutBucketOwnershipControls": "CreateBucket demands it for its ObjectOwnership",
}
# Resources of which no journey needs any, likewise.
NOT_ASKED_FOR = {
    # A denial names a change set by the stack's ARN; the service authorization reference lists
    # change sets as resources of their own for the calls that execute and delete them.
    f"arn:aws:cloudformation:{REGION}:*:changeSet/deploy-*",
}


def is_match(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


@pytest.fixture(scope="module")
def used(local_aws_server: LocalAws) -> set[tuple[str, str]]:
    """The actions that the embedded AWS decided about for the operator, with their resources."""
    found = set()
    for journey in JOURNEYS:
        local_aws_server.reset()
        journey(local_aws_server)
        decisions = local_aws_server.decisions.about(ARN)
        assert {each for each in decisions if not each.is_allowed} == set()
        found |= {(each.action, each.resource) for each in decisions}
    return found


@pytest.fixture(scope="module")
def statements() -> list[dict[str, Any]]:
    """The policy for all that the journeys use."""
    scope = Scope(
        partition="aws",
        region=REGION,
        stack=STACK,
        business_tables=(TABLE,),
        onboarding_table=COPY,
        with_xray=True,
        kms_key_arns=(KEY,),
        web_acl_arns=(ACL,),
        sends_by_ses=True,
    )
    found: list[dict[str, Any]] = json.loads(policy_for(scope))["Statement"]
    return found


def test_each_action_is_used_or_has_its_reason(
    used: set[tuple[str, str]], statements: list[dict[str, Any]]
) -> None:
    granted = {action for each in statements for action in each["Action"]}
    assert granted - {action for action, _ in used} == NOT_ASKED.keys()


def test_each_resource_is_used(
    used: set[tuple[str, str]], statements: list[dict[str, Any]]
) -> None:
    unused = {
        resource
        for each in statements
        for resource in (
            [each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"]
        )
        if not any(action in each["Action"] and is_match(resource, arn) for action, arn in used)
    }
    assert unused == NOT_ASKED_FOR
