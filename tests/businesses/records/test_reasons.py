"""Every type of reason that our code and the services can give has its plain words."""

import re
from pathlib import Path

import botocore.session
import pytest

from aws_setup.triggers import post_confirmation as trigger
from businesses.aws import call_errors
from businesses.records.reasons import meanings
from businesses.records.reasons.lookup import DYNAMODB, reason_of
from businesses.records.reasons.table import TYPES
from businesses.sweep.decisions import STUCK

ROOT = Path(__file__).parents[3]
CALLS = {
    "cognito-idp": ("AdminGetUser", "AdminAddUserToGroup"),
    "dynamodb": ("PutItem", "GetItem"),
    "ssm": ("GetParameter",),
}
# The mutation counts this one as a success.
EXPECTED = {"ConditionalCheckFailedException"}
LITERALS = {
    "resolvers/createBusinessInGroup": r"util\.error\(.*'(\w+)'\)",
    "aws_setup/triggers": r"CallError\(\s*\"(\w+)\"|\"(Timeout|ConnectionBroken|Unreachable)\"",
    "businesses/aws": r"(?:_reason|Reason|ApiNotCalled)\(\s*\"(\w+)\"",
    "aws_setup/local/appsync": r"(?:FieldFailed|DataSourceFailed|RequestRefused|ScriptError)"
    r"\([^;]*?\"((?:\w+:)?[A-Z]\w+[a-z]\w*)\"\s*\)"
    r"|RequestRefused\(\s*\d+, \"(\w+)\"",
}


def of_services() -> set[str]:
    """Return the types of the pipeline's and the trigger's calls, by botocore's models."""
    session, found = botocore.session.get_session(), set[str]()
    for service, operations in CALLS.items():
        model = session.get_service_model(service)
        for operation in operations:
            for shape in model.operation_model(operation).error_shapes:
                found.add((shape.metadata.get("error") or {}).get("code") or shape.name)
    return found - EXPECTED


def of_our_code() -> set[str]:
    """Return the types that stand in the resolvers, in the trigger and in the site's own calls."""
    found = {decision.value for decision in STUCK}
    found |= {name for _, name, _, _ in call_errors._LOCAL_ERRORS}
    found |= {f"Missing{key.title()}" for key in ("sub", "email")}
    for folder, pattern in LITERALS.items():
        for path in (ROOT / folder).rglob("*"):
            # Subscriptions have errors of their own, and no onboarding has a subscription.
            if path.suffix in {".js", ".py"} and path.stem != "realtime":
                for match in re.finditer(pattern, path.read_text()):
                    found.add(next(filter(None, match.groups())))
    return found


def is_in_table(kind: str) -> bool:
    return any(kind.removeprefix(DYNAMODB) in kinds or kind in kinds for kinds in TYPES.values())


def test_every_type_of_a_service_is_in_the_table() -> None:
    found = of_services()
    assert {"UserNotFoundException", "ThrottlingException", "ParameterNotFound"} <= found
    assert [kind for kind in sorted(found) if not is_in_table(kind)] == []


def test_every_type_of_our_code_is_in_the_table() -> None:
    found = of_our_code()
    assert {
        "GroupNotAllowed",
        "UsernameOfAnotherUser",
        "UnexpectedAnswer",
        "MissingEmail",
        "Timeout",
        "Unreachable",
        "ProxyInvalid",
        "TlsFailed",
        "NotInGroup",
        "Http:IOException",
    } <= found
    assert [kind for kind in sorted(found) if not is_in_table(kind)] == []


def test_a_type_stands_in_one_place_and_a_name_means_one_thing() -> None:
    kinds = [kind for some in TYPES.values() for kind in some]
    names = [plain.name for plain in TYPES]
    assert sorted(kinds) == sorted(set(kinds))
    assert sorted(names) == sorted(set(names))


def test_staff_are_told_no_command_and_no_setting() -> None:
    for plain in TYPES:
        assert not re.search(r"`|manage\.py|[A-Z]+_[A-Z]+", plain.name + plain.what_to_do), plain


def test_an_operator_is_told_how_to_mend_what_only_an_operator_can() -> None:
    for plain in TYPES:
        assert plain.hint or plain.who is not meanings.Who.OPERATOR, plain


@pytest.mark.parametrize(
    ("kind", "message", "plain"),
    [
        ("ResourceNotFoundException", "Group not found.", meanings.GROUP_MISSING),
        ("ResourceNotFoundException", "User pool x does not exist.", meanings.POOL_MISSING),
        ("ResourceNotFoundException", "Unable to find the Api.", meanings.API_MISSING),
        ("DynamoDB:ResourceNotFoundException", "Requested resource", meanings.TABLE_MISSING),
        ("DynamoDB:ProvisionedThroughputExceededException", "", meanings.BUSY),
        ("DynamoDB:DynamoDbException", "Throughput exceeds the current capacity", meanings.BUSY),
        ("DynamoDB:DynamoDbException", "Rate exceeded", meanings.BUSY),
        ("DynamoDB:DynamoDbException", "Status Code: 503, Request", meanings.AWS_FAILED),
        ("DynamoDB:DynamoDbException", "User: x is not authorized to", meanings.NOT_PERMITTED),
        ("DynamoDB:DynamoDbException", "One or more values", meanings.DATA_REFUSED),
        ("Throttling", "", meanings.BUSY),
        ("ServiceQuotaLimitExceededException", "", meanings.BUSY),
        ("HttpStatus599", "", meanings.AWS_FAILED),
        ("ReadTimeoutError", "", meanings.NO_ANSWER),
        ("KMSAccessDeniedException", "", meanings.NOT_PERMITTED),
        ("InvalidClientTokenId", "", meanings.CREDENTIALS_REFUSED),
        ("OSError", "The call failed on this machine: too many files.", meanings.LOCAL_FAULT),
        ("KeyError", "'email'", meanings.UNKNOWN),
        ("", "", meanings.NO_REASON),
    ],
)
def test_a_reason_has_its_meaning(kind: str, message: str, plain: meanings.PlainReason) -> None:
    assert reason_of(kind, message) is plain


def test_what_the_trigger_tries_again_passes_by_itself() -> None:
    kinds = [kind for some in TYPES.values() for kind in some]
    transient = {kind for kind in kinds if trigger.TRANSIENT.search(kind)}
    # Of tables with a local index only, which ours are not.
    transient.remove("ItemCollectionSizeLimitExceededException")
    assert {reason_of(kind).who for kind in transient} == {meanings.Who.NOBODY}


def table_for_docs() -> str:
    """Return the table of docs/troubleshooting.md, as it has to be."""
    lines = ["| Reason | Types | What to do | Who | For operators |", "|---|---|---|---|---|"]
    for plain, kinds in TYPES.items():
        types = ", ".join(f"`{kind}`" for kind in kinds if kind)
        lines.append(
            f"| {plain.name} | {types} | {plain.what_to_do} | {plain.who} | {plain.hint} |"
        )
    return "\n".join(lines)


def test_the_docs_have_the_same_table() -> None:
    text = (ROOT / "docs/troubleshooting.md").read_text()
    start = text.index("| Reason |")
    assert text[start : text.index("\n\n", start)] == table_for_docs()
