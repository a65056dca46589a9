"""Every handler of every resolver file on a context: what EvaluateCode is asked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESOLVERS = Path(__file__).parents[2] / "resolvers"
CALLER = {"owner": "sub-1::ada", "seesAll": False, "groups": ["businesses"]}
BUSINESS = {"id": "x", "owner": "sub-1::ada", "name": "Bakery", "email": "ada@example.com"}
SIGN_UP = {
    "email": "ada@example.com",
    "groupName": "businesses",
    "name": "Bäckerei ÜBERMUT",
    "sub": "sub-1",
    "username": "ada",
}
CONTEXT: dict[str, Any] = {
    "arguments": {**SIGN_UP, "id": "x", "input": {"id": "x", "name": " New ", "email": "A@b.io"}},
    "identity": {"sub": "sub-1", "username": "ada", "groups": ["businesses"]},
    "env": {"ALLOWED_GROUPS": "businesses", "USER_POOL_ID": "eu-central-1_Example01"},
    "stash": {
        "caller": CALLER,
        "changes": {"name": "New", "nameKey": "new"},
        "filterGroup": [{"filters": [{"fieldName": "owner", "operator": "eq", "value": "x"}]}],
    },
    "prev": {"result": BUSINESS},
}
RESULTS = {
    "createBusinessInGroup/addUserToGroup.js": {"statusCode": 200, "headers": {}, "body": ""},
    "businesses/listBusinesses.js": {"items": [BUSINESS], "nextToken": None},
}


@dataclass(frozen=True)
class Case:
    """One evaluation."""

    file: str
    function: str

    @property
    def code(self) -> str:
        return (RESOLVERS / self.file).read_text(encoding="utf-8")

    @property
    def context(self) -> dict[str, Any]:
        return {**CONTEXT, "result": RESULTS.get(self.file, BUSINESS)}

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of EvaluateCode.

        https://docs.aws.amazon.com/appsync/latest/APIReference/API_EvaluateCode.html
        """
        return {
            "runtime": {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            "code": self.code,
            "context": json.dumps(self.context),
            "function": self.function,
        }

    def evaluate(self, appsync: Any) -> Any:
        """Return what AppSync makes of it: the value, or the error's message."""
        answer = appsync.evaluate_code(**self.arguments())
        if answer.get("error"):
            return {"error": answer["error"].get("message")}
        return {"value": json.loads(answer["evaluationResult"] or "null")}


def cases() -> Iterator[Case]:
    """Yield both handlers of every file."""
    for path in sorted(RESOLVERS.rglob("*.js")):
        for function in ("request", "response"):
            yield Case(path.relative_to(RESOLVERS).as_posix(), function)
