"""APPSYNC_JS: what EvaluateCode returns for each resolver step, and for what the steps rely on."""

import json
import re
from typing import Any

from tests.verify_aws.account import Account
from tests.verify_aws.observations.registry import observation
from tests.verify_aws.resolver_cases import RESOLVERS, Case, cases

HEAD = "import { util } from '@aws-appsync/utils';\nexport function request() { return null; }\n"
FILTERS: dict[str, Any] = {
    "one": {"owner": {"eq": "a"}},
    "two fields": {"owner": {"eq": "a"}, "name": {"beginsWith": "b"}},
    "two operators": {"name": {"ge": "a", "le": "b"}},
    "a list": {"name": {"in": ["a", "b"]}},
    "or": {"or": [{"name": {"eq": "a"}}, {"name": {"eq": "b"}}]},
    "and": {"and": [{"name": {"eq": "a"}}, {"email": {"eq": "b"}}]},
    "or in and": {
        "and": [{"owner": {"eq": "a"}}, {"or": [{"name": {"eq": "b"}}, {"id": {"eq": "c"}}]}]
    },
    "or beside a field": {"owner": {"eq": "a"}, "or": [{"name": {"eq": "b"}}, {"id": {"eq": "c"}}]},
    "no operator": {"name": {}},
    "no alternative": {"or": []},
}
# By what they ask: how normalize, toLowerCase and toUpperCase behave, and which Unicode they know.
SEARCHED = {
    "NFD": "Mu\u0308ller",
    "full width": "\uff21\uff22\u3000\uff76\uff9e",
    "final sigma": "\u039a\u03a9\u03a3",
    "I with a dot": "\u0130STANBUL",
    "sharp s, capital and small": "STRA\u1e9eE stra\u00dfe",
    "ligature": "\ufb01ne",
    "iota below": "\u1fb7",
    "invisible, with a selector beyond U+FFFF": "a\u200bb\U000e0100c",
    "emoji at the cut": f"{'x' * 255}\U0001f600",
    "emoji": "Cake \U0001f382",
    "Cherokee of Unicode 8": "\u13a0",
    "Georgian capital of Unicode 11": "\u1c90",
    "Latin capital of Unicode 14": "\ua7c0",
    "Latin capital of Unicode 16": "\ua7dc",
}
EXPRESSIONS: dict[str, str] = {
    "a function that is called above itself": "return late(); function late() { return 1; }",
    "JSON that is none": "return JSON.parse('{');",
    "a name in Turkish capitals": "return 'İSTANBUL'.toLowerCase().length;",
    "an emoji's length": "return '🚲'.length;",
    "the parts of an emoji": "return '🚲'.split('').length;",
}


@observation
def what_each_resolver_step_makes(account: Account) -> Any:
    """The result of every handler of every file with a context."""
    appsync = account.client("appsync")
    made = {name: case.evaluate(appsync) for name, case in cases()}
    return _spelled_out(made)


@observation
def what_filters_of_subscriptions_become(account: Account) -> Any:
    """What util.transform.toSubscriptionFilter returns for filters that Amplify's clients send."""
    return {name: _filter(account, given) for name, given in FILTERS.items()}


def _filter(account: Account, given: Any) -> Any:
    return _value(account, f"return util.transform.toSubscriptionFilter({json.dumps(given)});")


@observation
def what_the_runtime_makes_of_javascript(account: Account) -> Any:
    """Where APPSYNC_JS might differ from the language."""
    return {name: _value(account, body) for name, body in EXPRESSIONS.items()}


@observation
def what_search_keys_become(account: Account) -> Any:
    """The keys of texts that Python and AppSync might treat differently."""
    code = (RESOLVERS / "makeSearchKeys.js").read_text(encoding="utf-8")
    appsync = account.client("appsync")
    found = {}
    for name, text in SEARCHED.items():
        case = Case(code, "response", {"stash": {"changes": {"name": text}}, "arguments": {}})
        found[name] = case.evaluate(appsync)["stash"]["changes"]["nameKey"]
    return found


def _value(account: Account, body: str) -> Any:
    case = Case(f"{HEAD}export function response() {{ {body} }}", "response", {})
    return case.evaluate(account.client("appsync"))


def _spelled_out(made: Any) -> Any:
    """Replace the placeholders of an expression, whose names are arbitrary, with what they mean."""
    if isinstance(made, list):
        return [_spelled_out(member) for member in made]
    if not isinstance(made, dict):
        return made
    if "expression" not in made:
        return {name: _spelled_out(member) for name, member in made.items()}
    names = made.get("expressionNames") or {}
    values = made.get("expressionValues") or {}
    spelled = {**names, **{name: json.dumps(value) for name, value in values.items()}}
    return re.sub(
        r"[#:]\w+", lambda found: str(spelled.get(found[0], found[0])), made["expression"]
    )
