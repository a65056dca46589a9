"""EvaluateCode of the embedded AWS against answers of AWS that others have recorded.

Each file in `recorded/` names where its answers were published.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.test_evaluate_code import evaluate

RECORDED = Path(__file__).with_name("recorded")
# AWS answered with these imports, used or not.
CODE = """import {{ util }} from '@aws-appsync/utils';
import * as ddb from '@aws-appsync/utils/dynamodb';
import * as rds from '@aws-appsync/utils/rds';
export function request(ctx) {{ return {code}; }}
export function response(ctx) {{}}"""


def cases() -> Iterator[Any]:
    for path in sorted(RECORDED.glob("*.json")):
        for number, case in enumerate(json.loads(path.read_text("utf-8"))["cases"]):
            yield pytest.param(case, id=f"{path.stem}-{number}")


@pytest.mark.parametrize("case", list(cases()))
def test_an_answer_is_the_one_that_aws_gave(local_aws: LocalAws, case: dict[str, Any]) -> None:
    answer = evaluate(local_aws, CODE.format(code=case["code"]), case.get("context", {}))
    assert "error" not in answer, answer["error"]
    assert json.loads(answer["evaluationResult"]) == case["answer"]
