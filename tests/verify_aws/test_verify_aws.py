"""The verification runs whole against the embedded AWS, which answers as AWS is assumed to."""

import ast
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aws_setup.deployment.operator_actions import UNSCOPED as OPERATORS_UNSCOPED
from aws_setup.deployment.policy_length import LONGEST_POLICY
from aws_setup.exceptions import AwsSetupError
from aws_setup.local.iam.decisions import Decision
from aws_setup.local.server import LocalAws
from tests.processes import REPOSITORY, ended
from tests.verify_aws.account import Account
from tests.verify_aws.observations.every import OBSERVATIONS
from tests.verify_aws.observations.pools import VERIFIED_FIRST
from tests.verify_aws.observations.registry import masked
from tests.verify_aws.observing import ASSUMED, RECORDED, differing, kept
from tests.verify_aws.permissions import CALLS, UNSCOPED, calls_of, hired, policies
from tests.verify_aws.verification import MAILS, deploy_and_verify

REGION = "eu-central-1"
RUN = "tests.verify_aws.run"
NOTHING: dict[str, Any] = {"stacks": [], "pools": [], "tables": [], "apis": [], "logs": []}
# Where the embedded AWS is known to do otherwise; the project's code is right with both.
KNOWN_DIFFERENCES = {
    "tags_of_what_a_deleted_stack_keeps",  # ministack leaves them all on
    "the_groups_of_a_user_come_in_pages",  # ministack ignores the limit
}


@dataclass(frozen=True)
class Verified:
    """How a verification ended. left: what it has left in the account, by kind."""

    failed: dict[str, str]
    folder: Path
    said: str
    left: dict[str, Any]
    mails: int
    calls: list[str]
    denied: set[Decision]


def a_failing_observation(account: Account) -> Any:
    account.client("dynamodb").describe_table(TableName=f"{account.stack_name}-no-such-table")


@pytest.fixture(scope="module")
def in_the_environment(local_aws_server: LocalAws) -> Iterator[LocalAws]:
    """An empty account that the environment leads to, as an operator's."""
    local_aws_server.reset()
    with pytest.MonkeyPatch.context() as variables:
        for name, value in local_aws_server.environment(REGION).items():
            variables.setenv(name, value)
        yield local_aws_server


@pytest.fixture(scope="module")
def verified(in_the_environment: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """A whole verification, in which one observation fails, with the permissions that it takes."""
    folder, out = tmp_path_factory.mktemp("verified") / "recorded", io.StringIO()
    observations = {"a_failing_observation": a_failing_observation, **OBSERVATIONS}
    aws = in_the_environment
    with hired(aws, REGION, *policies(REGION).values()) as arn:
        failed = deploy_and_verify(observations, folder, out)
        denied = {each for each in aws.decisions.about(arn) if not each.is_allowed}
        calls = calls_of(aws, arn)
    return Verified(failed, folder, out.getvalue(), left_in(aws), len(aws.messages), calls, denied)


def left_in(aws: LocalAws) -> dict[str, Any]:
    stacks = aws.client("cloudformation", REGION).describe_stacks()["Stacks"]
    pools = aws.client("cognito-idp", REGION).list_user_pools(MaxResults=10)["UserPools"]
    return {
        "stacks": [each["StackName"] for each in stacks],
        "pools": [each["Name"] for each in pools],
        "tables": aws.client("dynamodb", REGION).list_tables()["TableNames"],
        "apis": aws.client("appsync", REGION).list_graphql_apis()["graphqlApis"],
        "logs": aws.client("logs", REGION).describe_log_groups()["logGroups"],
    }


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_the_embedded_aws_answers_as_aws_is_assumed_to(verified: Verified, name: str) -> None:
    found, assumed = kept(verified.folder, name), kept(ASSUMED, name)
    if name in KNOWN_DIFFERENCES:
        assert found != assumed, "It is mended: take it off the known differences."
    else:
        assert found == assumed


def test_what_aws_answered_is_what_was_assumed(verified: Verified) -> None:
    """An answer that differs asks for `assumed/` and the embedded AWS to be mended."""
    assert differing(RECORDED) == set()
    assert differing(verified.folder) == KNOWN_DIFFERENCES


def test_what_fails_is_told_and_keeps_nothing_else_from_being_done(verified: Verified) -> None:
    assert list(verified.failed) == ["a_failing_observation"], verified.said
    line = verified.failed["a_failing_observation"]
    assert "who_is_refused_and_how: as assumed" in verified.said
    assert "tags_of_what_a_deleted_stack_keeps: NOT AS ASSUMED" in verified.said
    assert line.startswith("ResourceNotFoundException: ")
    assert f"a_failing_observation: {line}" in verified.said
    assert {path.stem for path in verified.folder.iterdir()} == set(OBSERVATIONS)


def test_the_end_to_end_tests_are_run_against_the_stack(verified: Verified) -> None:
    assert re.search(r"\b[1-9]\d* passed, \d+ deselected", verified.said), verified.said


def test_it_leaves_nothing_in_the_account(verified: Verified) -> None:
    assert verified.left == NOTHING


def test_the_printed_permissions_are_those_that_it_takes(verified: Verified) -> None:
    assert verified.denied == set()
    recorded = json.loads(CALLS.read_text(encoding="utf-8"))
    assert verified.calls == recorded, "Record them: python -m tests.verify_aws.permissions"
    for document in policies(REGION).values():
        assert len(json.dumps(document, separators=(",", ":"))) < LONGEST_POLICY
        for statement in document["Statement"]:
            if statement["Resource"] in ("*", ["*"]):
                assert set(statement["Action"]) <= UNSCOPED | OPERATORS_UNSCOPED


def test_it_says_how_many_mails_it_sends_and_what_becomes_of_the_linked_role(
    verified: Verified,
) -> None:
    assert verified.mails == MAILS
    assert f"Cognito sends {MAILS} of" in verified.said
    assert "aws iam delete-service-linked-role --role-name AWSServiceRoleForApp" in verified.said


def test_nothing_that_names_the_account_is_kept() -> None:
    found = masked({"a": ["No arn:aws:sns:x:123456789012:verify-0123abcd, 2026-11-23T12:00:00Z."]})
    assert found == {"a": ["No (an ARN) (a time)."]}
    assert masked("success+a1@simulator.amazonses.com of verify-0123abcd-kept") == (
        "(an address) of (the stack)-kept"
    )


def an_interruption(account: Account) -> Any:
    raise KeyboardInterrupt


def test_ctrl_c_removes_the_stack(in_the_environment: LocalAws, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        deploy_and_verify({"interrupted": an_interruption}, tmp_path, io.StringIO())
    assert left_in(in_the_environment) == NOTHING


class Interrupting(io.StringIO):
    """A screen at which somebody presses Ctrl-C, once, as soon as it says this."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self._words = words

    def write(self, text: str, /) -> int:
        written = super().write(text)
        if self._words and all(each in text for each in self._words):
            self._words = ()
            raise KeyboardInterrupt
        return written


def test_ctrl_c_while_it_is_made_removes_the_stack_too(
    in_the_environment: LocalAws, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        deploy_and_verify({}, tmp_path, Interrupting("CREATE_IN_PROGRESS", "TriggerRole"))
    assert left_in(in_the_environment) == NOTHING


def test_ctrl_c_during_the_removal_tells_what_is_left_and_how_to_go_on(
    in_the_environment: LocalAws, tmp_path: Path
) -> None:
    out = Interrupting("DELETE_IN_PROGRESS", "TriggerRole")
    with pytest.raises(KeyboardInterrupt):
        deploy_and_verify({}, tmp_path, out)
    said = out.getvalue()
    assert "was removed:\nThe removal was cut off.\nRemove it with\n" in said
    [name] = set(re.findall(r"make verify-aws REMOVE=(verify-\w+)\n", said))
    assert removed(in_the_environment, name) == (0, f"Nothing of {name} is left in the account.")
    assert left_in(in_the_environment) == NOTHING


def test_what_could_not_be_removed_is_told_with_the_command(
    in_the_environment: LocalAws, tmp_path: Path
) -> None:
    def refuse_deletion(account: Account) -> Any:
        in_the_environment.faults.fail("DeleteStack", "AccessDenied", message="No", status=403)
        raise KeyboardInterrupt

    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        deploy_and_verify({"interrupted": refuse_deletion}, tmp_path, out)
    said = out.getvalue()
    assert "\nAWS refused DeleteStack: No. " in said
    [command, name] = re.findall(r"make verify-aws REMOVE=(verify-\w+)\n", said)[-2:]
    [stack] = left_in(in_the_environment)["stacks"]
    assert command == name == stack
    assert removed(in_the_environment, stack) == (0, f"Nothing of {stack} is left in the account.")
    assert left_in(in_the_environment) == NOTHING


def removed(aws: LocalAws, name: str) -> tuple[int, str]:
    """Remove what a verification left, as its words say; return the code and the last line."""
    done = ended([RUN], {**aws.environment(REGION), "REMOVE": name})
    return done.returncode, (done.stdout + done.stderr).splitlines()[-1]


def test_what_a_killed_run_left_is_removed_and_nothing_else(in_the_environment: LocalAws) -> None:
    aws, name = in_the_environment, "verify-0123abcd"
    cognito, appsync = aws.client("cognito-idp", REGION), aws.client("appsync", REGION)
    kept = {"DeletionProtection": "ACTIVE", "AutoVerifiedAttributes": ["email"]}
    for each in (f"{name}-pool", f"{name}e"):
        cognito.create_user_pool(PoolName=each, UserAttributeUpdateSettings=VERIFIED_FIRST, **kept)
        appsync.create_graphql_api(name=each, authenticationType="AWS_IAM")
        aws.client("logs", REGION).create_log_group(logGroupName=each)
        aws.client("dynamodb", REGION).create_table(
            TableName=each,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            DeletionProtectionEnabled=True,
        )
        template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
        stack = f"{each}-schema"
        aws.client("cloudformation", REGION).create_stack(StackName=stack, TemplateBody=template)
    assert removed(aws, name) == (0, f"Nothing of {name} is left in the account.")
    left = left_in(aws)
    assert (left["stacks"], left["pools"]) == ([f"{name}e-schema"], [f"{name}e"])
    assert [each["name"] for each in left["apis"]] == left["tables"] == [f"{name}e"]
    assert [each["logGroupName"] for each in left["logs"]] == [f"{name}e"]
    aws.reset()


def test_a_deployment_that_fails_is_told_in_a_line(
    in_the_environment: LocalAws, tmp_path: Path
) -> None:
    in_the_environment.faults.fail("CreateChangeSet", "AccessDenied", message="No", status=403)
    failed = deploy_and_verify(OBSERVATIONS, tmp_path / "none", io.StringIO())
    assert list(failed) == ["deploy_backend"]
    assert failed["deploy_backend"].startswith("AWS refused CreateChangeSet: No.")
    assert not (tmp_path / "none").exists()
    assert left_in(in_the_environment) == NOTHING


def test_where_aws_does_not_say_who_asks_nothing_is_done(
    in_the_environment: LocalAws, tmp_path: Path
) -> None:
    in_the_environment.faults.fail("GetCallerIdentity", "Odd", message="No")
    with pytest.raises(AwsSetupError, match=r"Odd: No\. Nothing was done\."):
        deploy_and_verify(OBSERVATIONS, tmp_path, io.StringIO())


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "Nothing was done. Set VERIFY_AWS=1"),
        ({"VERIFY_AWS": "1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Nothing was done. Unset"),
        ({"REMOVE": "onboarding"}, "Nothing was removed."),
        ({"VERIFY_AWS": "1"}, "No Region is set, so AWS was not asked."),
        ({"VERIFY_AWS": "1", "AWS_REGION": REGION}, "No AWS credentials were found"),
    ],
)
def test_nothing_is_done_unless_it_is_asked_for(variables: dict[str, str], told: str) -> None:
    done = ended([RUN], variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def marked() -> Iterator[str]:
    """Yield what the markers of all tests name."""
    for path in (REPOSITORY / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".verified_by"):
                yield from (ast.literal_eval(argument) for argument in node.args)


def test_every_observation_settles_what_a_test_rests_on() -> None:
    assert set(marked()) == set(OBSERVATIONS)


def test_every_observation_has_its_assumption() -> None:
    assert {path.stem for path in ASSUMED.iterdir()} == set(OBSERVATIONS)
    assert {path.stem for path in RECORDED.glob("*")} <= set(OBSERVATIONS)
