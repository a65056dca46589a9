"""Any Business table: what deploys can onboard, and what cannot is refused before anything is made.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.tables.fitness import SHOWN, WRITTEN, capacity_notices, expiry_notices
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.status.checks import check_stack, check_tables
from aws_setup.status.runner import Backend, CheckState, run_checks
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.existing.drawn.journey import LONGEST, Journey
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator
from tests.harness import counts
from tests.harness.examples import examples

STACK, TABLE = "onboarding-test", "Business-abc123-main"
BODY = render_template()
OURS = {
    "byCreatedAt": ("__typename", "createdAt"),
    "byEmail": ("__typename", "emailKey"),
    "byName": ("__typename", "nameKey"),
    "byOwner": ("owner", "createdAt"),
}
THEIRS = {"byGroup": ("groupName", "updatedAt"), "byCity": ("city", "size"), "byId": ("id", "name")}
EMAIL = "anna@example.com"

types = st.sampled_from(["S"] * 12 + ["N", "B"])
projections = st.one_of(
    st.just({"ProjectionType": "ALL"}),
    st.just({"ProjectionType": "KEYS_ONLY"}),
    st.lists(st.sampled_from([*SHOWN, "city"]), min_size=1, unique=True).map(
        lambda names: {"ProjectionType": "INCLUDE", "NonKeyAttributes": names}
    ),
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the arguments of CreateTable for a table whose key is `id`, as Amplify makes them."""
    names = draw(st.lists(st.sampled_from([*OURS, *THEIRS]), max_size=4, unique=True))
    whole = draw(st.booleans())  # most tables have indexes that project everything
    indexes = [
        {
            "IndexName": name,
            "KeySchema": [
                {"AttributeName": attribute, "KeyType": kind}
                for attribute, kind in zip((OURS | THEIRS)[name], ("HASH", "RANGE"), strict=True)
            ],
            "Projection": {"ProjectionType": "ALL"} if whole else draw(projections),
        }
        for name in names
    ]
    keys = dict.fromkeys(["id", *(key for name in names for key in (OURS | THEIRS)[name])])
    return {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": draw(types)} for name in keys
        ],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        **({"StreamSpecification": STREAM} if draw(st.booleans()) else {}),
    }


STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


def create(aws: LocalAws, definition: dict[str, Any]) -> None:
    aws.client("dynamodb", REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **definition,
    )


def operator(aws: LocalAws, **options: Any) -> Operator:
    existing = ExistingOptions(business_table=TABLE, **options)
    return Operator(OperatorClients(aws), BODY, stack=STACK, options=existing)


def is_unfit(definition: dict[str, Any]) -> bool:
    """Whether DynamoDB would refuse the record, or an index of ours would give half of it."""
    texts = {
        each["AttributeName"]: each["AttributeType"] == "S"
        for each in definition["AttributeDefinitions"]
    }
    if not all(is_text for name, is_text in texts.items() if name in WRITTEN):
        return True
    for index in definition.get("GlobalSecondaryIndexes", ()):
        projection, keys = index["Projection"], (OURS | THEIRS)[index["IndexName"]]
        projected = {"id", *keys, *projection.get("NonKeyAttributes", ())}
        is_whole = projection["ProjectionType"] == "ALL" or projected >= set(SHOWN)
        if index["IndexName"] in OURS and not is_whole:
            return True
    return False


@settings(max_examples=examples(60))
@given(definition=tables())
def test_a_table_that_deploys_can_onboard_and_another_is_refused_before_anything_is_made(
    local_aws_server: LocalAws, definition: dict[str, Any]
) -> None:
    aws = local_aws_server
    aws.reset()
    create(aws, definition)
    if is_unfit(definition):
        with pytest.raises(TableUnusable, match="Nothing was changed"):
            operator(aws).deploy()
        assert describe_stack(aws.client("cloudformation", REGION), STACK) is None
        counts.count("tables that were refused")
        return
    deployed = operator(aws)
    deployed.deploy()
    assert ("has a stream" in deployed.out.getvalue()) == ("StreamSpecification" in definition)
    sub = sign_up(aws)
    item = aws.client("dynamodb", REGION).get_item(TableName=TABLE, Key={"id": {"S": sub}})["Item"]
    assert item["email"] == {"S": EMAIL}
    counts.count("tables that took a business")


def test_the_roles_may_use_the_tables_own_key_through_dynamodb(local_aws: LocalAws) -> None:
    key = local_aws.client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    texts = [{"AttributeName": "id", "AttributeType": "S"}]
    create(local_aws, {"AttributeDefinitions": texts, "SSESpecification": encryption})
    deployed = operator(local_aws)
    deployed.deploy()
    assert f"is encrypted with the KMS key {key}" in deployed.out.getvalue()
    iam = local_aws.client("iam", REGION)
    for part in ("BusinessTableDataSourceRole", "TriggerRole"):
        [role] = [
            each["RoleName"] for each in iam.list_roles()["Roles"] if part in each["RoleName"]
        ]
        policy = iam.get_role_policy(RoleName=role, PolicyName="use-key")["PolicyDocument"]
        [statement] = policy["Statement"]
        assert statement["Resource"] == [key]
        assert "kms:ViaService" in statement["Condition"]["StringEquals"]


@pytest.mark.parametrize("act", ["disable_key", "schedule_key_deletion"])
def test_a_table_whose_key_cannot_be_used_is_refused_and_later_told_of(
    local_aws: LocalAws, act: str
) -> None:
    kms = local_aws.client("kms", REGION)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    texts = [{"AttributeName": "id", "AttributeType": "S"}]
    create(local_aws, {"AttributeDefinitions": texts, "SSESpecification": encryption})
    operator(local_aws, add_indexes=True).deploy()
    getattr(kms, act)(KeyId=key)
    backend = Backend(partial(local_aws.client, region=REGION), STACK)
    checks = run_checks(backend, {"stack": check_stack, "tables": check_tables})
    [found] = [each for each in checks if each.name == "BusinessTable"]
    assert (found.state, "INACCESSIBLE" in found.text) == (CheckState.WRONG, True)
    another = Operator(
        OperatorClients(local_aws),
        BODY,
        stack="another",
        options=ExistingOptions(business_table=TABLE),
    )
    with pytest.raises(TableUnusable, match=r"INACCESSIBLE.*Nothing was changed") as caught:
        another.deploy()
    assert "enable the key or mend its policy" in caught.value.hint
    assert describe_stack(local_aws.client("cloudformation", REGION), "another") is None


def test_a_table_that_the_stack_uses_already_is_told_of_and_does_not_stop_a_deployment(
    local_aws: LocalAws,
) -> None:
    create(local_aws, {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]})
    operator(local_aws, add_indexes=True).deploy()
    dynamodb = local_aws.client("dynamodb", REGION)
    dynamodb.update_table(
        TableName=TABLE, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "byOwner"}}]
    )
    half = {"ProjectionType": "KEYS_ONLY"}
    keys = [("owner", "HASH"), ("createdAt", "RANGE")]
    dynamodb.update_table(
        TableName=TABLE,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("id", "__typename", "createdAt", "emailKey", "nameKey", "owner")
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "byOwner",
                    "KeySchema": [{"AttributeName": n, "KeyType": kind} for n, kind in keys],
                    "Projection": half,
                }
            }
        ],
    )
    said = "Its index byOwner leaves out name, email, groupName, updatedAt"
    again = operator(local_aws)
    assert again.deploy().outcome == "unchanged"
    assert said in again.out.getvalue()
    backend = Backend(partial(local_aws.client, region=REGION), STACK)
    checks = run_checks(backend, {"stack": check_stack, "tables": check_tables})
    [found] = [each for each in checks if each.name == "BusinessTable"]
    assert found.state == CheckState.WRONG
    assert said in found.text


def sign_up(aws: LocalAws) -> str:
    stack: Any = describe_stack(aws.client("cloudformation", REGION), STACK)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    cognito = aws.client("cognito-idp", REGION)
    sub: str = cognito.sign_up(
        ClientId=outputs["UserPoolClientId"],
        Username=EMAIL,
        Password="Correct-Horse-1979",
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
    )["UserSub"]
    cognito.admin_confirm_sign_up(UserPoolId=outputs["UserPoolId"], Username=EMAIL)
    return sub


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("expiresAt", "businesses that sign up are written without it."),
        ("createdAt", "businesses have text there, which DynamoDB takes for no time."),
    ],
)
def test_a_time_to_live_is_told_with_what_it_means_for_businesses(
    attribute: str, said: str
) -> None:
    expiry = {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}
    [told] = expiry_notices(TABLE, expiry)
    assert told.endswith(said)


@pytest.mark.parametrize(
    ("of_table", "of_index", "told"),
    [
        ({"ProvisionedThroughput": {"WriteCapacityUnits": 0}}, {}, ""),
        ({"ProvisionedThroughput": {"WriteCapacityUnits": 25}}, {}, ""),
        (
            {"ProvisionedThroughput": {"WriteCapacityUnits": 25}},
            {"ProvisionedThroughput": {"WriteCapacityUnits": 5}},
            "takes 5 write units a second",
        ),
        ({"OnDemandThroughput": {"MaxWriteRequestUnits": 1}}, {}, "takes 1 write units a second"),
        ({"OnDemandThroughput": {"MaxWriteRequestUnits": -1}}, {}, ""),
    ],
)
def test_capacity_is_told_if_sign_ups_can_use_it_up(
    of_table: dict[str, Any], of_index: dict[str, Any], told: str
) -> None:
    said = "".join(
        capacity_notices({"TableName": TABLE, **of_table, "GlobalSecondaryIndexes": [of_index]})
    )
    assert told in said
    assert bool(told) == bool(said)


def test_an_index_that_takes_no_long_name_is_told_and_such_a_person_gets_stuck(
    local_aws: LocalAws,
) -> None:
    keys = [("groupName", "HASH"), ("name", "RANGE")]
    index = {
        "IndexName": "byGroupAndName",
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        "Projection": {"ProjectionType": "ALL"},
    }
    texts = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "groupName", "name")]
    create(local_aws, {"AttributeDefinitions": texts, "GlobalSecondaryIndexes": [index]})
    pool_id = local_aws.client("cognito-idp", REGION).create_user_pool(
        PoolName="theirs",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        Schema=[{"Name": "business_name", "AttributeDataType": "String", "Mutable": True}],
    )["UserPool"]["Id"]
    deployed = operator(local_aws, user_pool_id=pool_id)
    outputs = dict(deployed.deploy().outputs)
    said = f"The index byGroupAndName of table {TABLE} has the key name, so DynamoDB refuses"
    assert f"{said} a business whose name has more than 1,024 bytes" in deployed.said
    ended = Journey(local_aws, outputs, EMAIL).run(with_email=True, name=LONGEST)
    assert "Size limit exceeded for Index Key name" in ended
