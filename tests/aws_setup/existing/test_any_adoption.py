"""Whatever was changed by hand since, a deployment adopts it and can onboard, or refuses first."""

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aws_setup.exceptions import ConsentMissing, TableUnusable
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.user_pool.updates import update_arguments
from aws_setup.local.server import LocalAws
from tests.aws_setup.existing.drawn.changes import (
    index_updates,
    on_or_off,
    pool_settings,
    table_settings,
)
from tests.aws_setup.existing.drawn.journey import ONBOARDED
from tests.aws_setup.existing.test_any_pool_and_table import Account
from tests.harness import counts
from tests.harness.examples import examples

if TYPE_CHECKING:
    from aws_setup.local.controls.snapshots import Snapshot

TEXT_KEYS = ("id", "__typename", "owner", "createdAt", "nameKey", "emailKey")
THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
RESET = ExistingOptions(reset_pool_settings=True)


@cache
def left_by_a_stack(aws: LocalAws) -> "tuple[Snapshot, dict[str, str]]":
    """Return the account after a stack was removed whose journey went well, and its outputs."""
    account = Account(aws)
    operator = account.operator(ExistingOptions())
    outputs = dict(operator.deploy().outputs)
    assert account.journey().run(with_email=True, name="Alder & Sons") == ONBOARDED
    operator.destroy()
    return aws.snapshot(), outputs


class Left(Account):
    """An account with what a stack has left, and somebody who changes it by hand."""

    def __init__(self, aws: LocalAws) -> None:
        snapshot, self.outputs = left_by_a_stack(aws)
        super().__init__(aws)
        aws.restore(snapshot)

    def change(self, by_hand: dict[str, Any]) -> None:
        self.set_pool(by_hand["pool"])
        self.set_indexes(by_hand["indexes"])
        for table in ("BusinessTableName", "OnboardingTableName"):
            self.set_table(table, by_hand[table])
        if by_hand["is_switched_off"] or by_hand["expires_by"]:
            self.switch_off()
        if name := by_hand["expires_by"]:
            self.expire_by(name)

    def set_pool(self, changes: dict[str, Any]) -> None:
        pool_id = self.outputs["UserPoolId"]
        pool = self.cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        stays = update_arguments(pool, self.cognito.meta.service_model)
        taken = {name: each for name, each in changes.items() if name in self.arguments()}
        self.make(self.cognito.update_user_pool, stays | taken)

    def arguments(self) -> set[str]:
        operation = self.cognito.meta.service_model.operation_model("UpdateUserPool")
        return set(operation.input_shape.members)

    def set_table(self, name: str, changes: dict[str, Any]) -> None:
        table = self.outputs[name]
        indexes = self.dynamodb.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
        for member, value in changes.items():
            arguments = {member: value}
            if value == "PROVISIONED":
                arguments["ProvisionedThroughput"] = THROUGHPUT
                arguments["GlobalSecondaryIndexUpdates"] = [
                    {
                        "Update": {
                            "IndexName": each["IndexName"],
                            "ProvisionedThroughput": THROUGHPUT,
                        }
                    }
                    for each in indexes
                ]
            self.make(self.dynamodb.update_table, {"TableName": table, **arguments})

    def set_indexes(self, updates: list[dict[str, Any]]) -> None:
        defined = [{"AttributeName": each, "AttributeType": "S"} for each in TEXT_KEYS]
        for update in updates:
            arguments = {"AttributeDefinitions": defined, "GlobalSecondaryIndexUpdates": [update]}
            table = self.outputs["BusinessTableName"]
            self.make(self.dynamodb.update_table, {"TableName": table, **arguments})

    def switch_off(self) -> None:
        table = self.outputs["OnboardingTableName"]
        off = {"PointInTimeRecoveryEnabled": False}
        self.dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification=off
        )
        self._set_expiry({"AttributeName": "expiresAt", "Enabled": False})

    def expire_by(self, name: str) -> None:
        self._set_expiry({"AttributeName": name, "Enabled": True})

    def _set_expiry(self, expiry: dict[str, Any]) -> None:
        table = self.outputs["OnboardingTableName"]
        self.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)


@settings(
    max_examples=examples(12),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each step of making a failure smaller would deploy once more
)
@given(
    by_hand=st.fixed_dictionaries(
        {
            "pool": pool_settings(),
            "indexes": index_updates(),
            "BusinessTableName": table_settings,
            "OnboardingTableName": table_settings,
            "is_switched_off": on_or_off,
            "expires_by": st.sampled_from(["", "", "expiresAt", "goneAt"]),
        }
    ),
    name=st.sampled_from(["Birch", ""]),
)
def test_whatever_is_adopted_onboards_and_the_rest_is_refused_first(
    local_aws_server: LocalAws, by_hand: dict[str, Any], name: str
) -> None:
    left = Left(local_aws_server)
    left.change(by_hand)
    before = left.state()
    try:
        outputs = left.operator(ExistingOptions()).deploy().outputs
    except (ConsentMissing, TableUnusable) as refusal:
        assert left.state() == before
        assert "--" in refusal.hint  # noqa: PT017 - either of two errors
        if isinstance(refusal, TableUnusable):
            counts.count("tables whose adoption is refused before anything is changed")
            return
        counts.count("pools whose adoption asks first what they may lose")
        outputs = left.operator(RESET).deploy().outputs
    kept = ("UserPoolId", "BusinessTableName", "OnboardingTableName", "GroupName")
    assert {each: outputs[each] for each in kept} == {each: left.outputs[each] for each in kept}
    items = left.dynamodb.scan(TableName=outputs["BusinessTableName"])["Items"]
    assert [item["name"]["S"] for item in items] == ["Alder & Sons"]
    assert left.journey("birch@example.com").run(with_email=True, name=name) == ONBOARDED
    counts.count("adopted pools and tables whose people were onboarded")
