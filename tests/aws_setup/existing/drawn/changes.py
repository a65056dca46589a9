"""What somebody may change by hand of the pool and the tables that a removed stack has left."""

from typing import Any

from hypothesis import strategies as st

from tests.aws_setup.existing.drawn.pools import FIXED, pools
from tests.aws_setup.existing.drawn.tables import WANTED

# Of CreateUserPool, what UpdateUserPool takes as well, except what a stack is found by.
LEFT_ALONE = {*FIXED, "PoolName", "UserPoolTags"}
on_or_off = st.booleans()
table_settings = st.fixed_dictionaries(
    {},
    optional={
        "BillingMode": st.sampled_from(["PAY_PER_REQUEST", "PROVISIONED"]),
        "DeletionProtectionEnabled": on_or_off,
        "StreamSpecification": st.just({"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}),
    },
)


def pool_settings() -> st.SearchStrategy[dict[str, Any]]:
    """Draw arguments of UpdateUserPool."""
    return pools().map(
        lambda drawn: {name: each for name, each in drawn.items() if name not in LEFT_ALONE}
    )


@st.composite
def index_updates(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw updates of the Business table's indexes: some go, and some of those come again.

    One that comes again may have other keys or another projection.
    """
    gone = draw(st.lists(st.sampled_from(sorted(WANTED)), max_size=3, unique=True))
    updates: list[dict[str, Any]] = [{"Delete": {"IndexName": name}} for name in gone]
    for name in gone:
        keys = WANTED[draw(st.sampled_from([*[name] * 6, "byOwner"]))]
        projection = draw(st.sampled_from([*["ALL"] * 6, "KEYS_ONLY"]))
        if draw(on_or_off):
            schema = [
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
            ]
            created = {"IndexName": name, "KeySchema": schema}
            updates.append({"Create": {**created, "Projection": {"ProjectionType": projection}}})
    return updates
