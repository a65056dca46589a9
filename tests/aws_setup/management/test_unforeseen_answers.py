"""Whatever AWS may answer to a call of a deployment, the operator gets a sentence."""

from typing import Any

import botocore.session
import pytest

from aws_setup.exceptions import AwsSetupError, DeployUnfinished
from tests.aws_setup.cloudformation_stub import (
    AT_REST,
    Refusal,
    Script,
    event,
    events,
    script_an_update,
    stack,
)
from tests.aws_setup.operator import Operator

MODEL: Any = botocore.session.get_session().get_service_model("cloudformation")
# Of every call, beside those that the model has for one of them.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
COMMON = ("ValidationError", "OptInRequired", "MalformedQueryString", "SomethingNew")
CALLS = {
    "DescribeStacks": AT_REST,
    "CreateChangeSet": AT_REST,
    "DescribeChangeSet": AT_REST,
    "DescribeStackEvents": AT_REST,
    "ExecuteChangeSet": AT_REST,
    "ContinueUpdateRollback": stack("UPDATE_ROLLBACK_FAILED"),
    "RollbackStack": stack("UPDATE_FAILED"),
    "DeleteStack": stack("ROLLBACK_COMPLETE"),
}
ANSWERS = [
    (call, code)
    for call in CALLS
    for code in (
        *(
            shape.metadata.get("error", {}).get("code", shape.name)
            for shape in MODEL.operation_model(call).error_shapes
        ),
        *COMMON,
    )
]


@pytest.mark.parametrize(("call", "code"), ANSWERS)
def test_every_error_of_every_call_is_a_sentence_that_tells_what_stands_and_the_mend(
    script: Script, operator: Operator, call: str, code: str
) -> None:
    script_an_update(script)
    script.on("DescribeStacks", CALLS[call])
    script.on("DescribeStackEvents", events())
    script.on(call, Refusal(code, "These are the words of AWS."))
    with pytest.raises(AwsSetupError) as caught:
        operator.deploy()
    said = str(caught.value)
    assert "hanged nothing" in said or "othing was changed" in said
    assert "has begun" not in said
    assert "run it again" in caught.value.hint.lower() or "fix" in caught.value.hint.lower()


def test_an_unforeseen_answer_during_the_watch_tells_that_cloudformation_goes_on(
    script: Script, operator: Operator
) -> None:
    script_an_update(script)
    running = events(event("UPDATE_IN_PROGRESS"))
    script.on("DescribeStackEvents", events(), running, Refusal("SomethingNew", "Words."))
    with pytest.raises(DeployUnfinished) as caught:
        operator.deploy()
    said, aws_state, _ = str(caught.value).splitlines()
    assert said == "AWS answered DescribeStackEvents with SomethingNew: Words."
    assert aws_state.startswith(
        "CloudFormation finishes or rolls back by itself what it has begun on onboarding"
    )
