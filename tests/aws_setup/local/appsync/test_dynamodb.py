import base64
import json
from typing import Any

import pytest

from aws_setup.local.server import ACCOUNT_ID, LocalAws
from tests.aws_setup.local.appsync.support import REGION, Answer, DeployedApi, client, policy

SCHEMA = "type Query { call(input: AWSJSON): AWSJSON }"
TABLE = "businesses"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{TABLE}"
EVERYTHING = policy("dynamodb:*", [TABLE_ARN, f"{TABLE_ARN}/index/*"])


class Table:
    """A table with an index, as a data source of an API whose one field runs any request."""

    def __init__(self, aws: LocalAws, allowed: str = EVERYTHING) -> None:
        self.client = client(aws, "dynamodb")
        self.client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in [("id", "S"), ("at", "N"), ("group", "S")]
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "byGroup",
                    "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        self.api = DeployedApi(aws, SCHEMA)
        self.role = self.api.role("table", allowed)
        self.configure()

    def configure(self, **changes: Any) -> None:
        config = {"tableName": TABLE, "awsRegion": REGION, **changes}
        names = [
            source["name"]
            for source in self.api.appsync.list_data_sources(apiId=self.api.api_id)["dataSources"]
        ]
        put = self.api.appsync.update_data_source if names else self.api.appsync.create_data_source
        put(
            apiId=self.api.api_id,
            name="Table",
            type="AMAZON_DYNAMODB",
            serviceRoleArn=self.role,
            dynamodbConfig=config,
        )

    def ask(self, request: str, **values: Any) -> Answer:
        """Run a request handler's expression, in which `input` holds the values."""
        code = f"""
          import {{ util }} from '@aws-appsync/utils';
          import * as ddb from '@aws-appsync/utils/dynamodb';
          const {{ operations }} = ddb;
          export function request(ctx) {{ const input = ctx.args.input ?? {{}}; return {request}; }}
          export function response(ctx) {{
            return {{ result: ctx.result, error: ctx.error ?? null }};
          }}
        """
        self.api.appsync.create_resolver(
            apiId=self.api.api_id,
            typeName="Query",
            fieldName="call",
            dataSourceName="Table",
            runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            code=code,
        )
        query = "query($input: AWSJSON) { call(input: $input) }"
        return self.api.ask(query, input=json.dumps(values))

    def found(self, request: str, **values: Any) -> Any:
        answer = self.ask(request, **values)
        assert not answer.errors, answer.errors
        return json.loads(answer.data["call"])

    def result(self, request: str, **values: Any) -> Any:
        found = self.found(request, **values)
        assert found["error"] is None
        return found["result"]

    def failure(self, request: str, **values: Any) -> Any:
        found = self.found(request, **values)
        assert found["error"] is not None
        return found["error"]["type"], found["result"]

    def put(self, **item: Any) -> None:
        key = "key: { id: input.id, at: input.at }"
        self.result(f"ddb.put({{ {key}, item: input }})", **item)

    def ids(self, filtered: str, **values: Any) -> list[str]:
        return sorted(
            item["id"]
            for item in self.result(f"ddb.scan({{ filter: {filtered} }})", **values)["items"]
        )

    def raw(self) -> Any:
        answer = self.client.get_item(TableName=TABLE, Key={"id": {"S": "a"}, "at": {"N": "1"}})
        return answer.get("Item")


@pytest.fixture
def table(local_aws: LocalAws) -> Table:
    return Table(local_aws)


KEY = "key: { id: 'a', at: 1 }"


# -- Types ----------------------------------------------------------------------------------------


def test_every_type_comes_back_as_it_went(table: Table) -> None:
    item = {
        "text": "é€😀",
        "empty": "",
        "int": 12,
        "float": 1.5,
        "big": 12345678901234567,
        "yes": True,
        "no": False,
        "nothing": None,
        "list": [1, "a", [True, None], {"b": 2}],
        "map": {"c": {"d": []}},
    }
    written = table.result(f"ddb.put({{ {KEY}, item: input }})", **item)
    assert written == {**item, "id": "a", "at": 1, "big": 12345678901234568}
    assert table.result(f"ddb.get({{ {KEY} }})") == written
    raw = table.raw()
    assert raw["yes"] == {"BOOL": True}
    assert raw["nothing"] == {"NULL": True}
    assert raw["float"] == {"N": "1.5"}


def test_sets_and_bytes_come_back_as_lists_and_base64(table: Table) -> None:
    request = """({ operation: 'PutItem', key: util.dynamodb.toMapValues({ id: 'a', at: 1 }),
      attributeValues: {
        names: util.dynamodb.toStringSet(['x', 'y']), numbers: util.dynamodb.toNumberSet([1, 2.5]),
        blobs: util.dynamodb.toBinarySet(['AQI=']), blob: util.dynamodb.toBinary('AAE='),
      } })"""
    table.result(request)
    found = table.result(f"ddb.get({{ {KEY} }})")
    assert sorted(found["names"]) == ["x", "y"]
    assert sorted(found["numbers"]) == [1, 2.5]
    assert (found["blobs"], found["blob"]) == (["AQI="], "AAE=")
    assert table.raw()["blob"]["B"] == b"\x00\x01"


def test_the_modules_sets_are_stored_as_sets(table: Table) -> None:
    table.result(f"ddb.put({{ {KEY}, item: {{ tags: ddb.toStringSet(['x']) }} }})")
    assert table.raw()["tags"] == {"SS": ["x"]}


@pytest.mark.parametrize(
    "value",
    ["{ X: 1 }", "{ S: 1 }", "{ N: true }", "{ B: '*' }", "{ S: 'a', N: 1 }", "'a'", "null"],
)
def test_what_is_no_attribute_value_fails_the_field(table: Table, value: str) -> None:
    answer = table.ask(f"({{ operation: 'GetItem', key: {{ id: {value}, at: {{ N: 1 }} }} }})")
    assert answer.error["errorType"] == "MappingTemplate"
    assert "is no {type: value} pair" in answer.error["message"]


def test_a_key_that_is_no_object_fails_the_field(table: Table) -> None:
    answer = table.ask("({ operation: 'GetItem', key: 'a' })")
    assert answer.error["errorType"] == "MappingTemplate"


# -- Reading --------------------------------------------------------------------------------------


def test_an_item_that_is_not_there_is_null(table: Table) -> None:
    assert table.result(f"ddb.get({{ {KEY}, consistentRead: true }})") is None


def test_a_projection_gives_what_it_names(table: Table) -> None:
    table.put(id="a", at=1, name="Ada", deep={"list": [1, 2], "other": 3})
    request = f"ddb.get({{ {KEY}, projection: ['name', 'deep.list[1]'] }})"
    assert table.result(request) == {"name": "Ada", "deep": {"list": [2]}}


def test_a_query_goes_by_its_key_in_both_directions(table: Table) -> None:
    for at in (1, 2, 3):
        table.put(id="a", at=at)
    table.put(id="b", at=1)
    up = table.result("ddb.query({ query: { id: { eq: 'a' }, at: { ge: 2 } } })")
    assert [item["at"] for item in up["items"]] == [2, 3]
    assert up["nextToken"] is None
    assert up["scannedCount"] == 2
    down = table.result("ddb.query({ query: { id: { eq: 'a' } }, scanIndexForward: false })")
    assert [item["at"] for item in down["items"]] == [3, 2, 1]
    between = table.result("ddb.query({ query: { id: { eq: 'a' }, at: { between: [1, 2] } } })")
    assert len(between["items"]) == 2


def test_an_index_is_queried_by_its_own_key(table: Table) -> None:
    table.put(id="a", at=1, group="g")
    table.put(id="b", at=1, group="h")
    request = """ddb.query({
      index: 'byGroup', query: { group: { eq: 'g' } }, select: 'ALL_PROJECTED_ATTRIBUTES',
    })"""
    assert [item["id"] for item in table.result(request)["items"]] == ["a"]


@pytest.mark.parametrize("kind", ["query({ query: { id: { eq: 'a' } }, ", "scan({ "])
def test_pages_follow_each_other_by_their_token(table: Table, kind: str) -> None:
    for at in range(5):
        table.put(id="a", at=at)
    seen, token, pages = [], None, 0
    while pages == 0 or token:
        page = table.result(f"ddb.{kind} limit: 2, nextToken: input.token }})", token=token)
        seen += [item["at"] for item in page["items"]]
        token, pages = page["nextToken"], pages + 1
    assert (seen, pages) == ([0, 1, 2, 3, 4], 3)


@pytest.mark.verified_by("words_that_are_not_published")
@pytest.mark.parametrize("text", ["{", "[" * 20_000])
def test_a_token_that_is_none_is_an_error(table: Table, text: str) -> None:
    token = base64.urlsafe_b64encode(text.encode()).decode()
    error, _result = table.failure(f"ddb.scan({{ nextToken: '{token}' }})")
    assert error == "DynamoDB:DynamoDbException"


def test_segments_divide_a_scan(table: Table) -> None:
    for name in "abcdef":
        table.put(id=name, at=1)
    parts = [
        table.result("ddb.scan({ totalSegments: 2, segment: input.n })", n=n)["items"]
        for n in (0, 1)
    ]
    assert sorted(item["id"] for part in parts for item in part) == list("abcdef")


# -- Conditions and filters -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filtered", "expected"),
    [
        ("{ n: { eq: 1 } }", "a"),
        ("{ n: { ne: 1 } }", "bc"),
        ("{ n: { lt: 2 } }", "a"),
        ("{ n: { le: 2 } }", "ab"),
        ("{ n: { gt: 2 } }", "c"),
        ("{ n: { ge: 2 } }", "bc"),
        ("{ n: { between: [2, 3] } }", "bc"),
        ("{ n: { in: [1, 3] } }", "ac"),
        ("{ n: { gt: 1, lt: 3 } }", "b"),
        ("{ name: { beginsWith: 'Ad' } }", "a"),
        ("{ name: { contains: 'a' } }", "ac"),
        ("{ name: { notContains: 'a' } }", "b"),
        ("{ tags: { contains: 'x' } }", "ab"),
        ("{ tags: { size: { gt: 1 } } }", "b"),
        ("{ extra: { attributeExists: true } }", "c"),
        ("{ extra: { attributeExists: false } }", "ab"),
        ("{ n: { attributeType: 'number' } }", "abc"),
        ("{ n: { attributeType: 'string' } }", ""),
        ("{ n: { ge: 2 }, name: { contains: 'a' } }", "c"),
        ("{ and: [{ n: { ge: 2 } }, { n: { le: 2 } }] }", "b"),
        ("{ or: [{ n: { eq: 1 } }, { n: { eq: 3 } }] }", "ac"),
        ("{ not: { n: { eq: 1 } } }", "bc"),
        ("{ n: { gt: 1 }, or: [{ n: { eq: 1 } }, { not: { name: { contains: 'a' } } }] }", "b"),
        ("{ reserved: undefined }", "abc"),
        ("{}", "abc"),
        ("null", "abc"),
    ],
)
def test_filters_select_as_they_say(table: Table, filtered: str, expected: str) -> None:
    table.put(id="a", at=1, n=1, name="Ada", tags=["x"], **{"odd-name": 1, "odd_name": 2})
    table.put(id="b", at=1, n=2, name="Bob", tags=["x", "y"], deep={"city": "Ulm"})
    table.put(
        id="c", at=1, n=3, name="Clara", tags=[], extra=True, **{"odd-name": 2, "odd_name": 1}
    )
    assert table.ids(filtered) == list(expected)


@pytest.mark.parametrize(
    "filtered",
    [
        "{ name: { like: 'A%' } }",
        "{ deep: { city: { eq: 'Ulm' } } }",
        "{ or: { n: { eq: 1 } } }",
        "{ name: null }",
        "{ n: { between: [1] } }",
        "[]",
    ],
)
def test_a_filter_that_appsync_does_not_read_is_refused(table: Table, filtered: str) -> None:
    error = table.ask(f"ddb.scan({{ filter: {filtered} }})").error
    assert error["errorType"] == "NotSupported"
    assert error["message"].startswith("The filter ")


@pytest.mark.parametrize(
    "filtered",
    [
        "{ 'odd-name': { eq: 1 } }",
        "{ not: {} }",
        "{ n: { eq: 1 }, name: {} }",
        "{ n: { in: [] } }",
    ],
)
def test_dynamodb_refuses_some_of_what_appsync_writes(table: Table, filtered: str) -> None:
    error = table.found(f"ddb.scan({{ filter: {filtered} }})")["error"]
    assert error["type"] == "DynamoDB:DynamoDbException"


@pytest.mark.parametrize(
    "change", ["fresh: ddb.operations.increment(3)", "fresh: ddb.operations.append(['z'])"]
)
def test_an_operation_on_what_is_not_there_is_refused(table: Table, change: str) -> None:
    table.put(id="a", at=1)
    error = table.found(f"ddb.update({{ {KEY}, update: {{ {change} }} }})")["error"]
    assert error["type"] == "DynamoDB:DynamoDbException"


IF_ABSENT = f"ddb.put({{ {KEY}, item: input, condition: {{ id: {{ attributeExists: false }} }} }})"


def test_a_condition_that_fails_tells_so_and_gives_the_item(table: Table) -> None:
    table.result(IF_ABSENT, name="Ada")
    found = table.found(IF_ABSENT, name="Bob")
    assert found["result"] == {"id": "a", "at": 1, "name": "Ada"}
    assert found["error"]["type"] == "DynamoDB:ConditionalCheckFailedException"
    message, _, rest = found["error"]["message"].partition(" (")
    assert message == "The conditional request failed"
    assert rest.startswith("Service: DynamoDb, Status Code: 400, Request ID: ")
    assert table.raw()["name"] == {"S": "Ada"}


def test_a_put_that_was_made_before_is_success(table: Table) -> None:
    table.result(IF_ABSENT, name="Ada", list=[1])
    assert table.result(IF_ABSENT, name="Ada", list=[1]) == {
        "id": "a", "at": 1, "name": "Ada", "list": [1]
    }  # fmt: skip


def test_attributes_to_ignore_do_not_count_in_that_comparison(table: Table) -> None:
    request = f"""({{ ...ddb.put({{ {KEY}, item: input }}), condition: {{
      expression: 'attribute_not_exists(id)', equalsIgnore: ['when'], consistentRead: true,
      conditionalCheckFailedHandler: {{ strategy: 'Reject' }},
    }} }})"""
    table.result(request, name="Ada", when=1)
    assert table.result(request, name="Ada", when=2)["when"] == 1
    assert table.failure(request, name="Bob", when=2)[1]["name"] == "Ada"


def test_a_custom_handler_of_failed_conditions_fails_by_its_name(table: Table) -> None:
    request = f"""({{ ...ddb.put({{ {KEY}, item: {{}} }}), condition: {{
      expression: 'attribute_exists(id)', conditionalCheckFailedHandler: {{ strategy: 'Custom' }},
    }} }})"""
    assert "strategy Custom is not supported" in table.ask(request).error["message"]


def test_the_item_is_read_back_under_the_same_role(local_aws: LocalAws) -> None:
    table = Table(local_aws, policy("dynamodb:PutItem", TABLE_ARN))
    table.result(IF_ABSENT, name="Ada")
    assert table.failure(IF_ABSENT, name="Bob") == ("DynamoDB:DynamoDbException", None)


# -- Writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ("{ name: 'Bob' }", {"name": "Bob"}),
        ("{ name: null }", {"name": None}),
        ("{ name: undefined, n: 2 }", {"n": 2}),
        ("{ n: operations.increment() }", {"n": 2}),
        ("{ n: operations.increment(10) }", {"n": 11}),
        ("{ n: operations.decrement(10) }", {"n": -9}),
        ("{ name: operations.remove() }", {"name": ...}),
        ("{ deep: { city: 'Bonn' } }", {"deep": {"city": "Bonn", "zip": "1"}}),
        ("{ deep: operations.replace({ city: 'Bonn' }) }", {"deep": {"city": "Bonn"}}),
        ("{ other: operations.add({ a: 1 }) }", {"other": {"a": 1}}),
        ("{ list: operations.append(['z']) }", {"list": ["x", "y", "z"]}),
        ("{ list: operations.prepend(['w']) }", {"list": ["w", "x", "y"]}),
        ("{ list: ['only'] }", {"list": ["only"]}),
        ("{ list: [] }", {"list": []}),
        (
            "{ list: [operations.updateListItem('1', 0), operations.updateListItem('2', 1)] }",
            {"list": ["1", "2"]},
        ),
        ("{ deep: { zip: operations.remove() }, n: 5 }", {"deep": {"city": "Ulm"}, "n": 5}),
    ],
)
def test_updates_change_what_they_name(table: Table, update: str, expected: Any) -> None:
    item = {"id": "a", "at": 1, "n": 1, "name": "Ada", "list": ["x", "y"]}
    item |= {"deep": {"city": "Ulm", "zip": "1"}}
    table.put(**item)
    request = f"ddb.update({{ {KEY}, update: {update}, condition: {{ n: {{ eq: 1 }} }} }})"
    wanted = {name: value for name, value in {**item, **expected}.items() if value is not ...}
    assert table.result(request) == wanted


def test_an_update_whose_condition_fails_changes_nothing(table: Table) -> None:
    table.put(id="a", at=1, n=1)
    request = f"ddb.update({{ {KEY}, update: {{ n: 2 }}, condition: {{ n: {{ gt: 1 }} }} }})"
    error, item = table.failure(request)
    assert error == "DynamoDB:ConditionalCheckFailedException"
    assert item == {"id": "a", "at": 1, "n": 1}


def test_a_removal_gives_the_item_it_removed(table: Table) -> None:
    table.put(id="a", at=1, n=1)
    assert table.result(f"ddb.remove({{ {KEY} }})") == {"id": "a", "at": 1, "n": 1}
    assert table.raw() is None
    assert table.result(f"ddb.remove({{ {KEY} }})") is None


def test_a_removal_of_what_is_gone_is_success_whatever_its_condition(table: Table) -> None:
    request = f"ddb.remove({{ {KEY}, condition: {{ n: {{ eq: 1 }} }} }})"
    assert table.result(request) is None
    table.put(id="a", at=1, n=2)
    assert table.failure(request)[0] == "DynamoDB:ConditionalCheckFailedException"


# -- Errors ---------------------------------------------------------------------------------------


def test_an_error_of_dynamodb_is_told_with_its_type(table: Table) -> None:
    table.configure(tableName="gone")
    assert table.failure(f"ddb.get({{ {KEY} }})")[0] in {
        "DynamoDB:ResourceNotFoundException",
        "DynamoDB:DynamoDbException",
    }
    table.configure()
    found = table.found("ddb.get({ key: { id: 'a' } })")
    assert found["error"]["type"] == "DynamoDB:DynamoDbException"
    assert "(Service: DynamoDb, Status Code: 400, Request ID: " in found["error"]["message"]


def test_a_write_that_fails_otherwise_reads_nothing_back(table: Table) -> None:
    assert table.failure("ddb.put({ key: { id: 'a' }, item: {} })") == (
        "DynamoDB:DynamoDbException",
        None,
    )
    assert table.api.aws.faults.calls("GetItem") == 0


def test_throttling_is_not_repeated(table: Table) -> None:
    fault = "ProvisionedThroughputExceededException"
    table.api.aws.faults.fail("GetItem", fault)
    assert table.failure(f"ddb.get({{ {KEY} }})")[0] == f"DynamoDB:{fault}"
    assert table.api.aws.faults.calls("GetItem") == 1


def test_throttling_by_a_table_is_told_by_its_message_alone(table: Table) -> None:
    said = "Throughput exceeds the current capacity of your table or index."
    table.api.aws.faults.fail("GetItem", "ThrottlingException", message=said)
    error = table.found(f"ddb.get({{ {KEY} }})")["error"]
    assert error["type"] == "DynamoDB:DynamoDbException"
    assert error["message"].startswith(f"{said} (Service: DynamoDb, Status Code: 400, Request ID")


def test_a_connection_that_breaks_is_an_error(table: Table) -> None:
    table.api.aws.faults.lose_connection("GetItem")
    assert table.failure(f"ddb.get({{ {KEY} }})")[0] == "DynamoDB:SdkClientException"


WITH_RETURN_VALUES = """({
  operation: 'DeleteItem', key: {},
  condition: { expression: 'a', returnValuesOnConditionCheckFailure: true },
})"""


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("({})", "Value for field '$[operation]' not found."),
        ("({ operation: 'GetItem' })", "Value for field '$[key]' not found."),
        ("({ operation: 'Query' })", "Value for field '$[query]' not found."),
        ("({ operation: 'Sync' })", "The DynamoDB operation Sync is not supported"),
        ("({ operation: 'BatchGetItem' })", "The DynamoDB operation BatchGetItem is not supported"),
        ("ddb.batchGet({ tables: {} })", "The DynamoDB operation BatchGetItem is not supported"),
        (f"({{ ...ddb.get({{ {KEY} }}), ttl: 1 }})", "Unsupported element '$[ttl]'."),
        (
            WITH_RETURN_VALUES,
            "Unsupported element '$[condition][returnValuesOnConditionCheckFailure]'.",
        ),
        ("ddb.scan({ limit: 'many' })", "Parameter validation failed"),
    ],
)
def test_a_request_that_appsync_would_not_send_fails_the_field(
    table: Table, request_: str, message: str
) -> None:
    assert table.ask(request_).error["message"].startswith(message)


@pytest.mark.parametrize("setting", ["useCallerCredentials", "versioned"])
def test_a_setting_that_is_not_there_fails_by_its_name(table: Table, setting: str) -> None:
    table.configure(**{setting: True})
    error = table.ask(f"ddb.get({{ {KEY} }})").error
    assert error["message"] == (
        f"The data source setting {setting} is not supported by the embedded AWS."
    )


def test_the_table_of_another_region_is_reached(local_aws: LocalAws) -> None:
    table = Table(local_aws)
    table.configure(awsRegion="us-east-1")
    assert table.failure(f"ddb.get({{ {KEY} }})")[0] in {
        "DynamoDB:ResourceNotFoundException",
        "DynamoDB:DynamoDbException",
    }
