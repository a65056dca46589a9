"""CloudFormation: updates that services refuse, and imports of a pool, a group and a table.

Each observation creates a stack of its own from resources that cost nothing, and removes it again.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.verify_aws.account import Account
from tests.verify_aws.observations.own_stacks import body, own_stack
from tests.verify_aws.observations.registry import observation, refusal

EMAIL = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
SHOP = {"Name": "shop", "AttributeDataType": "String", "Mutable": True}
NO_CODE = (
    {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"},
    ("export function request() { return {}; } export function response() { return null; }"),
)


def _table(*indexed: str) -> dict[str, Any]:
    """Return the properties of a table with an index on each of these attributes."""
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", *indexed)
        ],
        **({"GlobalSecondaryIndexes": [_index(each) for each in indexed]} if indexed else {}),
    }


def _index(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


def _resource(kind: str, properties: Any, **attributes: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties, **attributes}


@observation
def two_indexes_in_one_update(account: Account) -> Any:
    """A table gets or loses one index in an update, by CloudFormation and by UpdateTable."""

    def template(*indexed: str) -> str:
        return body(Table=_resource("AWS::DynamoDB::Table", _table(*indexed)))

    with own_stack(account, "indexes") as stack:
        created = stack.create(template())
        dynamodb = account.client("dynamodb")
        updates = [{"Create": _index(each)} for each in ("one", "two")]
        return {
            "created": created,
            "UpdateTable": refusal(
                dynamodb.update_table,
                TableName=stack.made("Table"),
                AttributeDefinitions=_table("one", "two")["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=updates,
            ),
            "two in one update": stack.update(template("one", "two")),
            "one": stack.update(template("one")),
            "one for another": stack.update(template("two")),
        }


@observation
def updates_of_a_pool_whose_schema_lists_email(account: Account) -> Any:
    """The schema as it was is no obstacle to an update; standard attributes never change."""

    def template(*schema: dict[str, Any], **properties: Any) -> str:
        given = {"UserPoolName": stack.name, "Schema": list(schema), **properties}
        return body(Pool=_resource("AWS::Cognito::UserPool", given))

    with own_stack(account, "schema") as stack:
        return {
            "created": stack.create(template(EMAIL, SHOP)),
            "another property": stack.update(
                template(EMAIL, SHOP, AutoVerifiedAttributes=["email"])
            ),
            "a custom attribute more": stack.update(
                template(EMAIL, SHOP, {**SHOP, "Name": "more"})
            ),
            "a custom attribute less": stack.update(template(EMAIL, {**SHOP, "Name": "more"})),
            "email cannot change": stack.update(
                template({**EMAIL, "Mutable": False}, SHOP, {**SHOP, "Name": "more"})
            ),
        }


@observation
def a_function_made_while_the_schema_changes(account: Account) -> Any:
    """Without DependsOn, AppSync may refuse a function that is made beside a change of the schema.

    The schema is a large one, so that AppSync takes long to read it.
    """

    def template(types: int, **more: Any) -> str:
        fields = " ".join(f"field{number}: String" for number in range(50))
        made = " ".join(f"type Made{number} {{ {fields} }}" for number in range(types))
        schema = {"ApiId": api_id, "Definition": f"type Query {{ one: String }} {made}"}
        source = {"ApiId": api_id, "Name": "nothing", "Type": "NONE"}
        api = {"Name": stack.name, "AuthenticationType": "AWS_IAM"}
        return body(
            Api=_resource("AWS::AppSync::GraphQLApi", api),
            Schema=_resource("AWS::AppSync::GraphQLSchema", schema),
            Source=_resource("AWS::AppSync::DataSource", source),
            **more,
        )

    api_id = {"Fn::GetAtt": ["Api", "ApiId"]}
    runtime, code = NO_CODE
    function = {"ApiId": api_id, "Name": "step", "DataSourceName": "nothing"}
    step = _resource(
        "AWS::AppSync::FunctionConfiguration",
        {**function, "Runtime": runtime, "Code": code},
        DependsOn="Source",
    )
    with own_stack(account, "function") as stack:
        created = stack.create(template(1))
        beside = stack.update(template(40, Step=step))
        after = copy.deepcopy(step) | {"DependsOn": ["Source", "Schema"]}
        return {
            "created": created,
            "beside the schema": beside,
            "after the schema": stack.update(template(20, Step=after)),
        }


@observation
def an_import_of_a_pool_a_group_and_a_table(account: Account) -> Any:
    """A new stack takes over all three at once, as it does when data was left behind."""
    name = f"{account.stack_name}-adopted"
    with _made_by_hand(account, name) as pool_id, own_stack(account, "adopted") as stack:
        kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        group = {"UserPoolId": pool_id, "GroupName": "businesses"}
        resources = {
            "Pool": ("AWS::Cognito::UserPool", {"UserPoolId": pool_id}),
            "Group": ("AWS::Cognito::UserPoolGroup", group),
            "Table": ("AWS::DynamoDB::Table", {"TableName": stack.name}),
        }
        properties: dict[str, Any] = {
            "Pool": {"UserPoolName": stack.name},
            "Group": group,
            "Table": {"TableName": stack.name, **_table("owner")},
        }
        imports = [
            {"LogicalResourceId": name, "ResourceType": kind, "ResourceIdentifier": identifier}
            for name, (kind, identifier) in resources.items()
        ]

        def template(**of_the_pool: Any) -> str:
            given = {**properties, "Pool": {**properties["Pool"], **of_the_pool}}
            made = {name: _resource(resources[name][0], given[name], **kept) for name in given}
            return body(**made)

        return {
            "import": stack.import_(template(), *imports),
            "an update after it": stack.update(template(AutoVerifiedAttributes=["email"])),
            "removed": stack.remove(),
            "the pool": refusal(
                account.client("cognito-idp").get_group, UserPoolId=pool_id, GroupName="businesses"
            ),
            "the table": refusal(account.client("dynamodb").describe_table, TableName=stack.name),
        }


@contextmanager
def _made_by_hand(account: Account, name: str) -> Iterator[str]:
    """Yield the id of a pool with a group, beside a table; delete all of them at the end."""
    cognito, dynamodb = account.client("cognito-idp"), account.client("dynamodb")
    pool_id = cognito.create_user_pool(PoolName=name)["UserPool"]["Id"]
    try:
        cognito.create_group(UserPoolId=pool_id, GroupName="businesses")
        dynamodb.create_table(TableName=name, **_table("owner"))
        dynamodb.get_waiter("table_exists").wait(TableName=name)
        yield pool_id
    finally:
        refusal(dynamodb.delete_table, TableName=name)
        cognito.delete_user_pool(UserPoolId=pool_id)
