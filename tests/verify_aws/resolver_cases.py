"""The cases for EvaluateCode: every handler of every resolver file with a context."""

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
    "env": {
        "ALLOWED_GROUPS": "businesses",
        "BUSINESS_TABLE": "businesses",
        "MOST_BUSINESSES": "20",
        "USER_POOL_ID": "eu-central-1_Example01",
    },
    "stash": {
        "caller": CALLER,
        "changes": {"name": "New", "nameKey": "new", "email": "A@b.io", "emailKey": "a@b.io"},
        "filterGroup": [{"filters": [{"fieldName": "owner", "operator": "eq", "value": "x"}]}],
    },
    "prev": {"result": BUSINESS},
}
GIVEN_USER = {"Username": "ada", "UserAttributes": [{"Name": "sub", "Value": "sub-1"}]}
RESULTS = {
    "createBusinessInGroup/checkUser.js": {
        "statusCode": 200,
        "headers": {},
        "body": json.dumps(GIVEN_USER),
    },
    "createBusinessInGroup/addUserToGroup.js": {"statusCode": 200, "headers": {}, "body": ""},
    "businesses/listBusinesses.js": {"items": [BUSINESS], "nextToken": None},
}
FIRST_STEP = "businesses/identifyCaller.js"


@dataclass(frozen=True)
class Case:
    """One evaluation."""

    code: str
    function: str
    context: dict[str, Any]

    def evaluate(self, appsync: Any) -> Any:
        """Return AppSync's result: the value and the stash if it changed, or the error's message.

        https://docs.aws.amazon.com/appsync/latest/APIReference/API_EvaluateCode.html
        """
        answer = appsync.evaluate_code(
            runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            code=self.code,
            context=json.dumps(self.context),
            function=self.function,
        )
        if answer.get("error"):
            return {"error": answer["error"].get("message")}
        stash = json.loads(answer.get("stash") or "{}")
        changed = {} if stash == self.context.get("stash", {}) else {"stash": stash}
        return {"value": json.loads(answer["evaluationResult"] or "null"), **changed}


def cases() -> Iterator[tuple[str, Case]]:
    """Yield both handlers of every file, by name."""
    for path in sorted(RESOLVERS.rglob("*.js")):
        file = path.relative_to(RESOLVERS).as_posix()
        context = {**CONTEXT, "result": RESULTS.get(file, BUSINESS)}
        if file == FIRST_STEP:
            context["stash"] = {}
        for function in ("request", "response"):
            yield f"{file} {function}", Case(path.read_text(encoding="utf-8"), function, context)
