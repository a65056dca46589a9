"""What backend_status makes of what it finds, piece by piece."""

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from aws_setup.existing.user_pool.function_policy import lets_cognito_in
from aws_setup.stack.states import SUCCEEDED
from aws_setup.status.checks import check_stack
from aws_setup.status.runner import Backend, CheckResult, CheckState, ok, run_checks
from tests.aws_setup.cloudformation_stub import (
    AT_REST,
    OUTPUTS,
    STACK,
    Script,
    client_of,
    stack,
)

MODEL: Any = botocore.session.get_session().get_service_model("cloudformation")
STATUSES = MODEL.shape_for("StackStatus").enum

POOL = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Abc"
OTHER = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Xyz"
COGNITO = {"Service": "cognito-idp.amazonaws.com"}
INVOKE = "lambda:InvokeFunction"


def statement(principal: Any = COGNITO, action: Any = INVOKE, **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **rest}


def source(operator: str, arn: Any, **more: Any) -> dict[str, Any]:
    return {"Condition": {operator: {"AWS:SourceArn": arn}, **more}}


ACCOUNT = {"StringEquals": {"AWS:SourceAccount": "123456789012"}}
OTHER_ACCOUNT = {"StringEquals": {"AWS:SourceAccount": "210987654321"}}


@pytest.mark.parametrize(
    "given",
    [
        [statement()],
        statement(),  # a single statement needs no list
        [statement(**source("ArnLike", POOL, **ACCOUNT))],
        [statement(**source("ArnEquals", [OTHER, POOL]))],
        [statement(**source("StringEquals", POOL))],
        [statement(**source("ArnLike", POOL.replace("_Abc", "_*")))],
        [statement("*", **source("ArnLike", POOL))],
        [statement({"AWS": "*"}, "lambda:*")],
        [statement({"Service": ["sns.amazonaws.com", COGNITO["Service"]]}, ["*"])],
        [statement(action=["lambda:GetFunction", "lambda:invokefunction"])],
        [statement({"AWS": "arn:aws:iam::123456789012:root"}), statement()],
    ],
)
def test_every_form_of_a_permission_is_understood(given: Any) -> None:
    assert lets_cognito_in({"Statement": given}, POOL)


@pytest.mark.parametrize(
    "given",
    [
        [],
        [statement({"AWS": "arn:aws:iam::123456789012:root"})],
        [statement({"Service": "sns.amazonaws.com"})],
        [statement({"Federated": "accounts.example.com"})],
        [statement(action="lambda:GetFunction")],
        [statement(action=["lambda:GetFunction", "lambda:InvokeFunctionUrl"])],
        [statement(**source("ArnLike", OTHER))],
        [statement(**source("ArnLike", POOL, **OTHER_ACCOUNT))],
        [statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
        [statement(Condition={"ArnNotLike": {"AWS:SourceArn": POOL}})],
        [statement(), statement("*", Effect="Deny")],
        [{"Effect": "Allow", "NotPrincipal": COGNITO, "Action": INVOKE}],
        [{"Effect": "Allow", "Principal": "*", "NotAction": "lambda:GetFunction"}],
    ],
)
def test_what_does_not_let_cognito_in_is_no_permission(given: Any) -> None:
    assert not lets_cognito_in({"Statement": given}, POOL)


@pytest.fixture
def backend(script: Script) -> Iterator[Backend]:
    """A stack of which the script says what is so; it has outputs unless that says otherwise."""
    script.on("DescribeStacks", AT_REST)
    with client_of(script) as client:
        yield Backend(lambda _service: client, STACK)


@pytest.mark.parametrize("status", STATUSES)
def test_every_state_of_a_stack_is_told_in_words_that_fit_here(
    script: Script, backend: Backend, status: str
) -> None:
    script.on("DescribeStacks", stack(status, Outputs=OUTPUTS))
    [check] = check_stack(backend)
    assert check.text.startswith(f"{STACK} is {status}")
    # "It" would be this command, which mends nothing.
    assert "run it again" not in check.hint.lower()
    at_rest = status in SUCCEEDED
    assert bool(check.hint) != at_rest
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        assert check.state is CheckState.NOT_CHECKED
        assert check.hint == "Wait until it is over, then check again."
    else:
        assert check.state is (CheckState.OK if at_rest else CheckState.WRONG)


def test_a_rolled_back_update_is_wrong_and_deployed_again(script: Script, backend: Backend) -> None:
    script.on("DescribeStacks", stack("UPDATE_ROLLBACK_COMPLETE", Outputs=OUTPUTS))
    [check] = check_stack(backend)
    assert "its last change failed, and it is back in the state before the update" in check.text
    assert check.hint == "Run `manage.py deploy_backend`."


def test_a_stack_without_outputs_is_one_answer(script: Script, backend: Backend) -> None:
    script.on("DescribeStacks", stack("IMPORT_COMPLETE"))
    [check] = run_checks(backend, {"stack": check_stack, "other": broken})
    assert check.state is CheckState.WRONG
    assert check.text == f"{STACK} is IMPORT_COMPLETE and has no outputs."


def broken(_backend: Backend) -> Iterator[CheckResult]:
    yield ok("half", "It is there.")
    yield ok("never", json.loads("{"))


def whole(_backend: Backend) -> Iterator[CheckResult]:
    yield ok("whole", "It is there.")


def test_a_check_that_breaks_off_hides_no_other_one(backend: Backend) -> None:
    looks = {"stack": check_stack, "broken": broken, "whole": whole}
    found = {check.name: check for check in run_checks(backend, looks)}
    assert list(found) == ["stack", "half", "broken", "whole"]
    assert found["broken"].state is CheckState.NOT_CHECKED
    assert "JSONDecodeError: Expecting property name" in found["broken"].text
    assert found["broken"].hint
