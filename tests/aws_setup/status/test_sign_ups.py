"""What a pool keeps from being onboarded: a remark where somebody agreed to it, else a failure."""

from functools import partial
from typing import Any

import pytest

from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from aws_setup.status.checks import check_stack
from aws_setup.status.runner import Backend, CheckState, run_checks
from aws_setup.status.trigger import check_trigger
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.existing.drawn.journey import ONBOARDED, Journey
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.local.functions import create_function, permit_cognito
from tests.aws_setup.operator import Operator

STACK = "onboarding-test"
CHECKS = {"stack": check_stack, "trigger": check_trigger}


def found(aws: LocalAws) -> list[tuple[CheckState, str]]:
    results = run_checks(Backend(partial(aws.client, region=REGION), STACK), CHECKS)
    return [(each.state, each.text) for each in results if each.name == "sign-ups"]


def operator_around(aws: LocalAws, pool_id: str) -> Operator:
    options = ExistingOptions(user_pool_id=pool_id)
    return Operator(OperatorClients(aws), render_template(), stack=STACK, options=options)


@pytest.mark.parametrize("is_theirs", [True, False])
def test_a_pool_that_was_accepted_is_not_wrong_for_ever(
    local_aws: LocalAws, is_theirs: bool
) -> None:
    cognito: Any = local_aws.client("cognito-idp", REGION)
    pool_id = ""
    if is_theirs:
        made = cognito.create_user_pool(PoolName="theirs", AutoVerifiedAttributes=["email"])
        pool_id = made["UserPool"]["Id"]
    operator = operator_around(local_aws, pool_id)
    operator.deploy()
    if is_theirs:
        [(state, text)] = found(local_aws)
        assert (state, text in operator.said) == (CheckState.REMARK, True)
        assert "without an e-mail address" in text
    else:
        assert found(local_aws) == []
        [pool] = cognito.list_user_pools(MaxResults=60)["UserPools"]
        pool_id = pool["Id"]
    cognito.update_user_pool(
        UserPoolId=pool_id,
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        AutoVerifiedAttributes=["email"],
    )
    assert CheckState.WRONG in {state for state, _ in found(local_aws)}
    cognito.update_user_pool(
        UserPoolId=pool_id,
        AutoVerifiedAttributes=["email"],
        LambdaConfig={"PreSignUp": f"arn:aws:lambda:{REGION}:123456789012:function:gone"},
    )
    [said] = [text for state, text in found(local_aws) if state is CheckState.WRONG]
    assert "before each sign-up. Cognito cannot call that" in said


@pytest.mark.parametrize(("is_there", "outcome"), [(True, ONBOARDED), (False, "no code was sent")])
def test_a_function_that_sends_in_cognitos_place_is_told_of_if_it_is_gone(
    local_aws: LocalAws, is_there: bool, outcome: str
) -> None:
    cognito: Any = local_aws.client("cognito-idp", REGION)
    key = local_aws.client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:trigger"
    sender = {"LambdaVersion": "V1_0", "LambdaArn": arn}
    pool = cognito.create_user_pool(
        PoolName="theirs",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        LambdaConfig={"CustomEmailSender": sender, "KMSKeyID": key},
    )["UserPool"]
    if is_there:
        create_function(local_aws, REGION, "def handler(event, context):\n    pass\n")
        permit_cognito(local_aws, REGION, arn, SourceArn=pool["Arn"])
    operator = operator_around(local_aws, pool["Id"])
    outputs = dict(operator.deploy().outputs)
    ended = Journey(local_aws, outputs, "anna@example.com").run(with_email=True, name="")
    assert ended.endswith(outcome)
    said = f"User pool {pool['Id']} has {arn} send its e-mail. Cognito cannot call that"
    assert (said in operator.said) is not is_there
    assert any(said in text for _, text in found(local_aws)) is not is_there
