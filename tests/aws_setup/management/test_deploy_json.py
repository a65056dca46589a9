"""`manage.py deploy_backend --json`, as a script meets it."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.aws_setup.cloudformation_stub import (
    AT_REST,
    Refusal,
    Script,
    described,
    event,
    events,
    script_an_update,
)
from tests.aws_setup.operator import Terminal


def result_of(*arguments: str, answers: str = "") -> tuple[dict[str, Any], str, int]:
    """Return the object on standard output, what is on standard error, and the exit status."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(
            "deploy_backend", "--json", *arguments, stdout=out, stderr=err, stdin=Terminal(answers)
        )
    except CommandError as error:
        status = error.returncode
    [line] = out.getvalue().splitlines()
    return json.loads(line), err.getvalue(), status


def test_json_is_one_object_with_all_that_a_script_may_want(
    script: Script, endpoint: dict[str, str]
) -> None:
    script_an_update(script)
    script.on("DescribeStacks", AT_REST)
    script.on("DescribeStackEvents", events(), events(event("UPDATE_COMPLETE")))
    result, said, status = result_of("--yes")
    assert status == 0
    assert result.pop("seconds") >= 0
    assert set(result.pop("output_changes").values()) == {"+"}  # the stub's stack has but one
    assert result == {
        "outcome": "deployed",
        "account": "123456789012",
        "region": "eu-central-1",
        "stack": "onboarding-test",
        "changes": [
            {
                "action": "Add",
                "logical_id": "A",
                "physical_id": "",
                "resource_type": "AWS::SSM::Parameter",
                "replacement": "",
                "is_reevaluated": False,
                "properties": [],
            }
        ],
        "permissions": [],
        "counts": {"add": 1, "change": 0, "replace": 0},
        "parameter_changes": {},
        "tag_changes": {},
        "notes": [],
        "steps": [],
        "losses": [],
        "left_behind": {},
        "outputs": {"GroupName": "businesses"},
        "error": "",
        "hint": "",
    }
    assert "UPDATE_COMPLETE" in said


@pytest.mark.parametrize(
    ("arguments", "answers", "outcome"),
    [(["--dry-run"], "", "planned"), ([], "n\n", "declined")],
)
def test_json_tells_a_plan_that_was_not_carried_out_from_a_deployment(
    script: Script, endpoint: dict[str, str], arguments: list[str], answers: str, outcome: str
) -> None:
    script_an_update(script)
    result, said, status = result_of(*arguments, answers=answers)
    assert (result["outcome"], result["error"], result["outputs"], status) == (outcome, "", {}, 0)
    assert [change["logical_id"] for change in result["changes"]] == ["A"]
    assert "Nothing was changed." in said


def test_json_holds_the_failure_too_and_the_exit_status_is_as_ever(
    script: Script, endpoint: dict[str, str]
) -> None:
    failed = event("UPDATE_FAILED", "A", ResourceStatusReason="Quota reached")
    script_an_update(script)
    script.on("DescribeStackEvents", events(), events(event("UPDATE_ROLLBACK_COMPLETE"), failed))
    result, _, status = result_of("--yes")
    assert (result["outcome"], status) == ("failed", 1)
    assert result["error"].startswith("A (AWS::SSM::Parameter) is UPDATE_FAILED: Quota reached")
    assert "Run it again." in result["hint"]

    script.on("DescribeStackEvents", events(), Refusal("AccessDenied", "No", 403))
    result, _, status = result_of("--yes")
    assert (result["outcome"], status) == ("unfinished", 1)
    assert "CloudFormation finishes or rolls back by itself" in result["error"]


class BrokenTerminal(Terminal):
    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
        raise RuntimeError("a mistake of ours")


def test_json_is_there_too_when_the_run_breaks_off_by_a_mistake_of_ours(
    script: Script, endpoint: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    script_an_update(script)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        call_command("deploy_backend", "--json", stdin=BrokenTerminal())
    result = json.loads(capsys.readouterr().out)
    assert result["outcome"] == "failed"
    assert "standard error says more" in result["error"]


def test_the_exit_status_tells_whether_there_are_changes(
    script: Script, endpoint: dict[str, str]
) -> None:
    script_an_update(script)
    script.on("DescribeStacks", AT_REST)
    with pytest.raises(SystemExit) as ended:
        result_of("--dry-run", "--detailed-exitcode")
    assert ended.value.code == 2
    script.on("DescribeChangeSet", described("FAILED", StatusReason="didn't contain changes"))
    assert result_of("--dry-run", "--detailed-exitcode")[0]["outcome"] == "unchanged"
