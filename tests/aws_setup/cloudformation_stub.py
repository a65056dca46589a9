"""A CloudFormation that answers from a script, for states that the embedded AWS never is in."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import boto3
from botocore.config import Config

from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.stack_tags import OURS

REGION = "eu-central-1"
STACK = "onboarding"
STACK_ID = f"arn:aws:cloudformation:{REGION}:123456789012:stack/{STACK}/1"
CHANGE_SET_ID = f"arn:aws:cloudformation:{REGION}:123456789012:changeSet/deploy-1/1"
NOT_THERE = "Stack with id onboarding does not exist"

SESSION = boto3.Session()  # it reads the service model once for all tests

event_ids = itertools.count(1)


@dataclass(frozen=True)
class Refusal:
    """An error answer of the Query protocol."""

    code: str
    message: str = "refused"
    status: int = 400


Answer = dict[str, Any] | Refusal


@dataclass
class Script:
    """What each action answers, in turn; the last answer is repeated. An answer may be computed."""

    answers: dict[str, list[Answer | Callable[[], Answer]]] = field(default_factory=dict)
    calls: list[dict[str, str]] = field(default_factory=list)

    def on(self, action: str, *answers: Answer | Callable[[], Answer]) -> None:
        self.answers[action] = list(answers)

    def answer(self, call: dict[str, str]) -> Answer:
        self.calls.append(call)
        waiting = self.answers.get(call["Action"])
        if not waiting:
            return Refusal("NotInTheScript", call["Action"])
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return answer() if callable(answer) else answer

    def called(self, action: str) -> list[dict[str, str]]:
        return [call for call in self.calls if call["Action"] == action]


@dataclass
class FakeTime:
    """A clock that only sleeping moves."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def poll_interval(self, **limits: float) -> PollInterval:
        return PollInterval(clock=self.clock, sleep=self.sleep, **limits)


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """Serve the script on loopback; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or the kernel holds the second back

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            sent = self.rfile.read(length).decode()
            # Other services than CloudFormation speak JSON and name the action in a header.
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            call = {"Action": target} if target else dict(parse_qsl(sent, keep_blank_values=True))
            answer = script.answer(call)
            status = answer.status if isinstance(answer, Refusal) else 200
            body = (json.dumps(answer) if target else render(call["Action"], answer)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            """There is no bucket."""
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def client_of(script: Script, service: str = "cloudformation") -> Iterator[Any]:
    """Serve the script and yield a client of it that doesn't try again."""
    with serving(script) as url:
        client = SESSION.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id="AKIA",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            yield client
        finally:
            client.close()


def render(action: str, answer: Answer) -> str:
    if isinstance(answer, Refusal):
        return (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{answer.code}</Code>"
            f"<Message>{escape(answer.message)}</Message></Error></ErrorResponse>"
        )
    return f"<{action}Response><{action}Result>{xml(answer)}</{action}Result></{action}Response>"


def xml(node: Any) -> str:
    if isinstance(node, dict):
        return "".join(f"<{key}>{xml(value)}</{key}>" for key, value in node.items())
    if isinstance(node, list):
        return "".join(f"<member>{xml(value)}</member>" for value in node)
    return escape(str(node))


def stack(status: str, **more: Any) -> dict[str, Any]:
    """Return an answer of DescribeStacks."""
    described = {
        "StackName": STACK,
        "StackId": STACK_ID,
        "StackStatus": status,
        "CreationTime": "2026-11-01T10:00:00Z",
        "Tags": [{"Key": key, "Value": value} for key, value in OURS.items()],
        **more,
    }
    return {"Stacks": [described]}


OUTPUTS = [{"OutputKey": "GroupName", "OutputValue": "businesses"}]
AT_REST = stack("UPDATE_COMPLETE", Outputs=OUTPUTS)


def created() -> dict[str, Any]:
    """Return an answer of CreateChangeSet."""
    return {"Id": CHANGE_SET_ID, "StackId": STACK_ID}


def described(status: str, *logical_ids: str, **more: Any) -> dict[str, Any]:
    """Return an answer of DescribeChangeSet that adds these resources."""
    changes = [
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Add",
                "LogicalResourceId": logical_id,
                "ResourceType": "AWS::SSM::Parameter",
            },
        }
        for logical_id in logical_ids
    ]
    return {"ChangeSetId": CHANGE_SET_ID, "Status": status, "Changes": changes, **more}


def event(status: str, logical_id: str = STACK, **more: Any) -> dict[str, Any]:
    """Return one entry of DescribeStackEvents; about the stack itself unless told otherwise."""
    of_stack = logical_id == STACK
    return {
        "EventId": f"event-{next(event_ids)}",
        "StackId": STACK_ID,
        "StackName": STACK,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": STACK_ID if of_stack else f"physical-{logical_id}",
        "ResourceType": "AWS::CloudFormation::Stack" if of_stack else "AWS::SSM::Parameter",
        "ResourceStatus": status,
        "Timestamp": "2026-11-01T10:00:00Z",
        **more,
    }


def events(*newest_first: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return one page of DescribeStackEvents."""
    return {"StackEvents": list(newest_first), **more}


def script_an_update(script: Script, *described_as: dict[str, Any]) -> None:
    """Let a stack be there, and a change set be made as the last answers describe it."""
    script.on("DescribeStacks", stack("UPDATE_COMPLETE"))
    script.on("CreateChangeSet", created())
    script.on("DescribeChangeSet", *(described_as or (described("CREATE_COMPLETE", "A"),)))
    script.on("DeleteChangeSet", {})
    script.on("ExecuteChangeSet", {})


def script_a_creation(script: Script, *described_as: dict[str, Any]) -> None:
    """Let no stack be there until the change set is asked for."""
    script_an_update(script, *described_as)
    script.on("DescribeStacks", Refusal("ValidationError", NOT_THERE), stack("REVIEW_IN_PROGRESS"))
    script.on("GetResources", {"ResourceTagMappingList": []})  # nothing was kept from before
    script.on("ListChangeSets", {"Summaries": []})
    script.on("DeleteStack", {})
