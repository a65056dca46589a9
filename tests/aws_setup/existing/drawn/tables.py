"""Tables as anybody may have made them, drawn from the shape of CreateTable."""

from typing import Any

from hypothesis import strategies as st

from tests.aws_setup.existing.drawn.shapes import input_of, values

SHAPE = input_of("dynamodb", "CreateTable")
INDEX = SHAPE.members["GlobalSecondaryIndexes"].member  # type: ignore[attr-defined]
NAME = "theirs"
WANTED = {
    "byCreatedAt": ("__typename", "createdAt"),
    "byEmail": ("__typename", "emailKey"),
    "byName": ("__typename", "nameKey"),
    "byOwner": ("owner", "createdAt"),
}
ATTRIBUTES = ("owner", "name", "email", "createdAt", "team", "emailKey")
THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
# What needs something else in the account, such as a key, or is decided below.
LEFT_OUT = (
    "AttributeDefinitions",
    "GlobalTableSettingsReplicationMode",
    "GlobalTableSourceArn",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "ResourcePolicy",
    "SSESpecification",
    "VectorIndexes",
)
key_schemas = st.sampled_from(
    [*[[("id", "HASH")]] * 6, [("owner", "HASH")], [("id", "HASH"), ("createdAt", "RANGE")]]
)


@st.composite
def indexes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one of the site's indexes, mostly as it should be, or another one."""
    name = draw(st.sampled_from([*WANTED, *WANTED, "other"]))
    others = st.lists(st.sampled_from(ATTRIBUTES), min_size=1, max_size=2, unique=True)
    is_ours = name in WANTED and draw(st.sampled_from([True] * 4 + [False]))
    keys = list(WANTED[name]) if is_ours else draw(others)
    whole = st.just({"ProjectionType": "ALL"})
    chosen = {
        "IndexName": st.just(name),
        "KeySchema": st.just(_keys(zip(keys, ("HASH", "RANGE"), strict=False))),
        "Projection": st.one_of(whole, whole, values(INDEX.members["Projection"], {})),
        "OnDemandThroughput": st.just({}),
    }
    drawn: dict[str, Any] = draw(values(INDEX, chosen))
    projection = drawn["Projection"]
    projection.setdefault("ProjectionType", "ALL")
    if projection["ProjectionType"] == "INCLUDE":
        projection.setdefault("NonKeyAttributes", ["team"])
    else:
        projection.pop("NonKeyAttributes", None)
    return {
        name: each
        for name, each in drawn.items()
        if name not in {"OnDemandThroughput", "WarmThroughput"}
    }


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the arguments of CreateTable."""
    chosen = {
        "TableName": st.just(NAME),
        "GlobalSecondaryIndexes": st.lists(
            indexes(), max_size=4, unique_by=lambda each: each["IndexName"]
        ),
        "Tags": st.just([{"Key": "team", "Value": "shops"}]),
        "StreamSpecification.StreamViewType": st.just("NEW_IMAGE"),
        "OnDemandThroughput": st.just({}),
        "WarmThroughput": st.just({}),
    }
    drawn: dict[str, Any] = {
        name: each
        for name, each in draw(
            values(SHAPE, {**chosen, **dict.fromkeys(LEFT_OUT, st.none())})
        ).items()
        if name not in LEFT_OUT and each != {}
    }
    drawn["KeySchema"] = _keys(draw(key_schemas))
    if stream := drawn.get("StreamSpecification"):
        drawn["StreamSpecification"] = (
            {**stream, "StreamViewType": "NEW_IMAGE"}
            if stream["StreamEnabled"]
            else {"StreamEnabled": False}
        )
    if not drawn.get("GlobalSecondaryIndexes"):
        drawn.pop("GlobalSecondaryIndexes", None)
    kinds = st.sampled_from(["S"] * 12 + ["N", "B"])
    keyed = [drawn, *drawn.get("GlobalSecondaryIndexes", ())]
    names = sorted({key["AttributeName"] for each in keyed for key in each["KeySchema"]})
    drawn["AttributeDefinitions"] = [
        {"AttributeName": name, "AttributeType": draw(kinds)} for name in names
    ]
    _bill(drawn)
    return drawn


def _bill(drawn: dict[str, Any]) -> None:
    """Give the table and its indexes a throughput if it is to be provisioned, and else none."""
    is_provisioned = drawn.get("BillingMode", "PROVISIONED") == "PROVISIONED"
    for each in (drawn, *drawn.get("GlobalSecondaryIndexes", ())):
        each.pop("ProvisionedThroughput", None)
        if is_provisioned:
            each["ProvisionedThroughput"] = THROUGHPUT


def _keys(named: Any) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in named]
