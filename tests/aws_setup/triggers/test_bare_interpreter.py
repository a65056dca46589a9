"""The file alone, in a Python without any package: as Lambda runs it."""

import ast
import json
import subprocess
import sys

import pytest

from tests.aws_setup.triggers.lambda_runtime import (
    EVENTS,
    SUB,
    TRIGGER,
    VARIABLES,
    recorded,
)
from tests.aws_setup.triggers.stub_aws import APPSYNC, DYNAMODB, SSM, StubAws, graphql_error

RUN = """
import importlib.util, json, sys

class Context:
    def get_remaining_time_in_millis(self):
        return 5000

spec = importlib.util.spec_from_file_location("index", sys.argv[1])
index = importlib.util.module_from_spec(spec)
spec.loader.exec_module(index)
with open(sys.argv[2], encoding="utf-8") as file:
    event = json.load(file)
print(json.dumps(index.handler(event, Context())))
foreign = {name.partition(".")[0] for name in sys.modules} & {"boto3", "botocore", "django", "gql"}
print(json.dumps(sorted(foreign)))
"""


@pytest.mark.parametrize("refused", [False, True])
def test_a_bare_interpreter_handles_a_recorded_event(refused: bool, stub: StubAws) -> None:
    if refused:
        stub.answer(APPSYNC, graphql_error("GroupNotAllowed"))
    event = EVENTS / "post_confirmation_confirm_sign_up.json"
    process = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", RUN, str(TRIGGER), str(event)],
        env={**VARIABLES, "AWS_ENDPOINT_URL": stub.endpoint_url},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    line, returned, foreign = map(json.loads, process.stdout.splitlines())
    assert (line["sub"], line["level"]) == (SUB, "ERROR" if refused else "INFO")
    assert returned == recorded()
    assert foreign == []
    assert process.stderr == ""
    assert stub.operations == [SSM, APPSYNC, *([DYNAMODB] if refused else [])]


def test_the_file_imports_the_standard_library_only() -> None:
    tree = ast.parse(TRIGGER.read_text(encoding="utf-8"), feature_version=(3, 11))
    named = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
    roots = {str(name).partition(".")[0] for name in named}
    assert roots <= sys.stdlib_module_names


def test_the_file_is_small_enough_to_be_inlined() -> None:
    assert TRIGGER.stat().st_size < 17_000
