"""The verification is complete: it runs whole against the embedded AWS, which it then compares."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.stub import ANY, Stubber

from aws_setup.local.appsync.addresses import local_graphql_url
from aws_setup.local.appsync.javascript import Surroundings, evaluate
from aws_setup.local.server import LocalAws
from tests.deployment import deploy
from tests.processes import REPOSITORY, environment
from tests.verify_aws.account import Account
from tests.verify_aws.observations import OBSERVATIONS
from tests.verify_aws.resolver_cases import Case, cases
from tests.verify_aws.run import RECORDED, record

REGION, STACK = "eu-central-1", "onboarding-test"
NOBODY = Surroundings(now_milliseconds=1_795_426_200_123, seed=(1, 2, 3, 4))


@pytest.fixture(scope="module")
def account(local_aws_server: LocalAws) -> Account:
    """The stack in the embedded AWS, to observe as a real account's."""
    deploy(local_aws_server)
    cloudformation = local_aws_server.client("cloudformation", REGION)
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    api_id = outputs["GraphqlUrl"].partition("://")[2].partition(".")[0]
    url = local_graphql_url(local_aws_server.endpoint_url, REGION, api_id)
    return Account(
        client=lambda service: local_aws_server.client(service, REGION),
        region=REGION,
        outputs=outputs,
        connect_url=local_aws_server.endpoint_url,
        realtime_url=f"{url}/realtime",
        keys=Credentials(local_aws_server.access_key_id, local_aws_server.secret_access_key),
    )


def recorded(name: str, found: Any) -> Any:
    """Return what a real account answered; what was found, where none was asked yet."""
    path = RECORDED / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else found


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_the_embedded_aws_answers_as_a_real_account_did(account: Account, name: str) -> None:
    found = json.loads(json.dumps(OBSERVATIONS[name](account)))
    assert found
    assert found == recorded(name, found)


def test_what_is_assumed_of_aws_is_what_is_observed(account: Account) -> None:
    onboarded = OBSERVATIONS["a_confirmation_is_onboarded"](account)
    assert onboarded["groups"] == ["businesses"]
    assert onboarded["recorded"] is False
    stuck = OBSERVATIONS["a_confirmation_without_its_group_is_recorded"](account)
    assert stuck["status"] == {"S": "FAILED"}
    written = OBSERVATIONS["writes_under_a_condition"](account)
    assert {each["errors"][0]["errorType"] for each in written.values()} == {"Unauthorized"}
    acknowledged, event = OBSERVATIONS["a_subscription_hears_of_ones_own"](account)
    assert acknowledged["type"] == "start_ack"
    assert event["payload"]["data"]["onUpdateBusiness"]["name"] == "Ada's"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.file}-{case.function}")
def test_every_step_is_evaluated_and_evaluate_code_takes_the_request(case: Case) -> None:
    given = {**case.context, "args": case.context["arguments"]}
    here = evaluate(case.code, case.function, given, NOBODY)
    assert here.status == "ok", here.error
    appsync = boto3.client(
        "appsync", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(appsync) as stubber:
        answer = {"evaluationResult": json.dumps(here.value), "logs": [], "stash": "{}"}
        stubber.add_response("evaluate_code", answer, dict.fromkeys(case.arguments(), ANY))
        assert case.evaluate(appsync) == {"value": json.loads(json.dumps(here.value))}
        stubber.assert_no_pending_responses()


def test_an_evaluation_that_fails_is_kept_as_its_message() -> None:
    appsync = boto3.client(
        "appsync", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(appsync) as stubber:
        stubber.add_response("evaluate_code", {"error": {"message": "No."}})
        assert next(cases()).evaluate(appsync) == {"error": "No."}


def test_answers_are_kept_as_files(tmp_path: Path) -> None:
    record({"one": {"b": 1, "a": "ü"}}, tmp_path / "kept")
    assert (tmp_path / "kept" / "one.json").read_text() == '{\n "a": "ü",\n "b": 1\n}\n'


def test_nothing_is_done_unless_it_is_asked_for() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.verify_aws.run"],
        cwd=REPOSITORY,
        env=environment({"VERIFY_AWS": ""}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Nothing was done. Say VERIFY_AWS=1" in done.stderr
