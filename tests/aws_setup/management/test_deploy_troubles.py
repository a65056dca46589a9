"""`manage.py deploy_backend` when something is in the way: one clear line, and a hint."""

import io
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.aws_setup.cloudformation_stub import (
    NOT_THERE,
    REGION,
    Refusal,
    Script,
    described,
    event,
    events,
    script_a_creation,
    script_an_update,
    stack,
)
from tests.processes import manage, managed, read_until


def test_credentials_that_end_during_the_deployment_leave_cloudformation_at_work(
    script: Script, endpoint: dict[str, str]
) -> None:
    script_an_update(script)
    expired = Refusal("ExpiredToken", "Token expired", 403)
    script.on("DescribeStackEvents", events(), events(event("UPDATE_IN_PROGRESS")), expired)
    with pytest.raises(CommandError) as caught:
        call_command("deploy_backend", "--yes", stdout=io.StringIO())
    assert "have expired" in str(caught.value)
    assert "CloudFormation finishes or rolls back by itself what it has begun on onboarding" in str(
        caught.value
    )
    assert "Sign in again" in str(caught.value)


def test_a_deployer_who_was_quicker_ends_the_run_without_that_remark(
    script: Script, endpoint: dict[str, str]
) -> None:
    script_an_update(script)
    script.on("DescribeStackEvents", events())
    script.on("ExecuteChangeSet", Refusal("InvalidChangeSetStatus"))
    with pytest.raises(CommandError, match="changed after the plan was made") as caught:
        call_command("deploy_backend", "--yes", stdout=io.StringIO())
    assert "has begun" not in str(caught.value)


def test_failures_and_the_end_are_coloured_on_a_terminal(
    script: Script, endpoint: dict[str, str]
) -> None:
    script_an_update(script)
    failed = event("UPDATE_FAILED", "A", ResourceStatusReason="Quota reached")
    end = event("UPDATE_ROLLBACK_COMPLETE")
    script.on("DescribeStackEvents", events(), events(end, failed))
    out = io.StringIO()
    with pytest.raises(CommandError, match="Quota reached"):
        call_command("deploy_backend", "--yes", "--force-color", stdout=out)
    red = [line for line in out.getvalue().splitlines() if line.startswith("\x1b[31;1m")]
    assert [line.split()[1] for line in red] == ["UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"]


def test_ctrl_c_during_the_deployment_says_what_goes_on(
    script: Script, endpoint: dict[str, str]
) -> None:
    script_a_creation(script)
    script.on("DescribeStackEvents", events(), events(event("CREATE_IN_PROGRESS", "UserPool")))
    with managed("deploy_backend", "--yes", variables=endpoint) as process:
        read_until(process, "UserPool")
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        said = process.stdout.read()
        assert process.wait() == 130
    assert "Interrupted. CloudFormation finishes or rolls back by itself what it has begun" in said
    assert "Traceback" not in said


def test_ctrl_c_while_planning_leaves_nothing(script: Script, endpoint: dict[str, str]) -> None:
    asked = threading.Event()

    def pending() -> dict[str, Any]:
        asked.set()
        return described("CREATE_PENDING")

    script_a_creation(script)
    absent = Refusal("ValidationError", NOT_THERE)
    script.on("DescribeStacks", absent, stack("REVIEW_IN_PROGRESS"), stack("DELETE_COMPLETE"))
    script.on("DescribeChangeSet", pending)
    with managed("deploy_backend", "--yes", variables=endpoint) as process:
        assert asked.wait(timeout=60)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert "CommandError: Interrupted. Nothing was changed." in process.stdout.read()
        assert process.wait() == 130
    assert len(script.called("DeleteChangeSet")) == 1
    assert len(script.called("DeleteStack")) == 1


KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    ("variables", "said", "hint"),
    [
        ({}, "No Region is set", "Set AWS_REGION"),
        ({"AWS_REGION": "eu-centrall-1"}, "not a Region that boto3 knows", "Did you mean"),
        ({"AWS_REGION": REGION}, "No AWS credentials were found", "AWS_PROFILE"),
        (
            {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", **KEYS},
            "AWS could not be reached",
            "Check the network",
        ),
    ],
)
def test_bad_input_gives_the_mend_and_no_traceback(
    variables: dict[str, str], said: str, hint: str
) -> None:
    variables = {"AWS_MAX_ATTEMPTS": "1", **variables}
    refused = manage("deploy_backend", "--yes", variables=variables)
    assert refused.returncode == 1
    # On a busy machine, lines that say what is waited for come first.
    first, second = refused.stderr.splitlines()[-2:]
    assert first.startswith("CommandError: ")
    assert said in first
    assert hint in second


def test_an_endpoint_that_is_not_aws_is_said_to_be_none() -> None:
    class SomeSite(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(403)
            self.end_headers()
            self.wfile.write(b"<html>Forbidden</html>")

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), SomeSite) as site:
        threading.Thread(target=site.serve_forever).start()
        endpoint = f"http://127.0.0.1:{site.server_port}"
        variables = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint, **KEYS}
        refused = manage("deploy_backend", "--yes", variables=variables)
        site.shutdown()
    assert refused.returncode == 1
    # On a busy machine, lines that say what is waited for come first.
    first, second = refused.stderr.splitlines()[-2:]
    assert first == "CommandError: What answered is not AWS. The call changed nothing."
    assert "AWS_ENDPOINT_URL" in second
