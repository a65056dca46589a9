"""The list of all observations: behaviour of AWS that the embedded AWS imitates.

Each observation returns plain JSON that is the same in any account once it is masked. `assumed/`
holds the expected answers by name, and `recorded/` the answers of a real account.
"""

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.graphql import Answer
from tests.verify_aws.account import Account

Observation = Callable[[Account], Any]
OBSERVATIONS: dict[str, Observation] = {}
MARKS = {
    "(an ARN)": r"arn:aws[\w-]*:[^\s\"']+",
    "(an address)": r"success\+\w+@simulator\.amazonses\.com",
    "(the stack)": r"verify-[0-9a-f]{8}",
    "(a time)": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "(an id)": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}


def observation(observe: Observation) -> Observation:
    """Register an observation under its own name."""
    OBSERVATIONS[observe.__name__] = observe
    return observe


def said(answer: Answer) -> dict[str, Any]:
    """Return the parts of an answer that do not depend on the account."""
    errors = answer.body.get("errors") or []
    kept = ("errorType", "message", "errorInfo", "path")
    return {
        "status": answer.status,
        "data": answer.body.get("data"),
        "errors": [{name: error[name] for name in kept if name in error} for error in errors],
    }


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """Return how AWS refuses a call, or "taken" if it does not."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return "taken"


def masked(value: Any) -> Any:
    """Return JSON with a mark in place of every name, id and time specific to this account."""
    if isinstance(value, dict):
        return {name: masked(member) for name, member in value.items()}
    if isinstance(value, list):
        return [masked(member) for member in value]
    if isinstance(value, str):
        for mark, pattern in MARKS.items():
            value = re.sub(pattern, mark, value)
    return value
