import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import REGION, RUNTIME, DeployedApi, client

SCHEMA = """
type Query {
  echo(text: String, when: AWSDateTime, list: [Int!]): Echo
  count: Int!
  named: Named
  subscribe: String
}
interface Named { name: String! }
type Echo implements Named {
  name: String!  text: String  self: Echo  when: AWSDateTime  data: AWSJSON  friends: [Echo!]
}
type Mutation { add(text: String): Echo }
type Subscription { added: Echo @aws_subscribe(mutations: ["add"]) }
"""


def answering(value: str) -> str:
    return f"""
      export function request(ctx) {{ return {{ payload: null }}; }}
      export function response(ctx) {{ return {value}; }}
    """


@pytest.fixture
def api(local_aws: LocalAws) -> DeployedApi:
    return DeployedApi(local_aws, SCHEMA)


def pipeline(api: DeployedApi, code: str, *steps: str) -> Any:
    api.pipeline("Query.echo", code, *steps)
    return api.ask("{ echo { name text } }")


AROUND = """
export function request(ctx) { ctx.stash.trail = ['before']; return { from: 'before' }; }
export function response(ctx) {
  return { name: [...ctx.stash.trail, 'after'].join(' '), text: JSON.stringify(ctx.prev.result) };
}
"""


def step(name: str, request: str = "", response: str = "") -> str:
    return f"""
      export function request(ctx) {{
        ctx.stash.trail.push('{name}:' + ctx.prev.result?.from); {request}
        return {{ payload: {{ from: '{name}' }} }};
      }}
      export function response(ctx) {{ {response} return ctx.result; }}
    """


def test_a_pipeline_hands_each_result_and_the_stash_on(api: DeployedApi) -> None:
    answer = pipeline(api, AROUND, step("one"), step("two"))
    assert answer.body == {
        "data": {
            "echo": {"name": "before one:before two:one after", "text": '{"from":"two"}'},
        }
    }


def test_an_early_return_of_the_resolver_skips_the_functions(api: DeployedApi) -> None:
    early = AROUND.replace("return { from", "runtime.earlyReturn({ from", 1).replace(
        "}; }", "}); }", 1
    )
    answer = pipeline(api, early, step("one"))
    assert answer.data["echo"] == {"name": "before after", "text": '{"from":"before"}'}


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("", "before one:before two:early after"),
        (", { skipTo: 'NEXT' }", "before one:before two:early after"),
        (", { skipTo: 'END' }", "before one:before after"),
    ],
)
@pytest.mark.parametrize("where", ["request", "response"])
def test_an_early_return_of_a_function_goes_where_it_says(
    api: DeployedApi, options: str, name: str, where: str
) -> None:
    early = {where: f"runtime.earlyReturn({{ from: 'early' }}{options});"}
    answer = pipeline(api, AROUND, step("one", **early), step("two"))
    assert answer.data["echo"]["name"] == name


def test_an_early_return_of_a_unit_resolver_is_its_value(api: DeployedApi) -> None:
    api.resolver(
        "Query.echo",
        """
        export function request() { runtime.earlyReturn({ name: 'early' }); }
        export function response() { return { name: 'late' }; }
        """,
    )
    assert api.ask("{ echo { name } }").data["echo"] == {"name": "early"}


def test_an_error_ends_the_field_with_all_its_parts(api: DeployedApi) -> None:
    failing = step("one", request="util.error('No.', 'Refused', { name: 'x' }, { why: 1 });")
    answer = pipeline(api, AROUND, failing, step("two"))
    assert answer.data == {"echo": None}
    assert answer.error == {
        "path": ["echo"],
        "data": {"name": "x"},
        "errorType": "Refused",
        "errorInfo": {"why": 1},
        "locations": [{"line": 1, "column": 3, "sourceName": None}],
        "message": "No.",
    }


def test_an_error_without_a_type_has_none(api: DeployedApi) -> None:
    answer = pipeline(api, AROUND, step("one", response="util.error('No.');"))
    assert (answer.error["message"], answer.error["errorType"]) == ("No.", None)


def test_appended_errors_come_with_the_data(api: DeployedApi) -> None:
    appending = step("one", response="util.appendError('Mind.', 'Warning');")
    answer = pipeline(api, AROUND, appending, step("two"))
    assert answer.data["echo"]["name"] == "before one:before two:one after"
    assert (answer.error["path"], answer.error["errorType"]) == (["echo"], "Warning")


def test_unauthorized_names_field_and_type(api: DeployedApi) -> None:
    answer = pipeline(api, AROUND, step("one", request="util.unauthorized();"))
    assert answer.error["errorType"] == "Unauthorized"
    assert answer.error["message"] == "Not Authorized to access echo on type Query"


def test_a_crash_of_the_code_fails_its_field_alone(api: DeployedApi) -> None:
    api.resolver("Query.echo", answering("ctx.missing.name"))
    api.resolver("Query.subscribe", answering("'fine'"), source=api.source("Nothing2"))
    answer = api.ask("{ echo { name } subscribe }")
    assert answer.data == {"echo": None, "subscribe": "fine"}
    assert answer.error["errorType"] == "Code"
    assert "TypeError" in answer.error["message"]


def test_a_handler_that_does_not_end_fails_its_field(api: DeployedApi) -> None:
    endless = "const list = [1]; for (const one of list) list.push(one);"
    api.resolver("Query.echo", f"{answering('again()')} const again = () => {{ {endless} }};")
    message = api.ask("{ echo { name } }").error["message"]
    assert "out of memory" in message or "interrupted" in message


def test_an_unsupported_helper_fails_by_its_name(api: DeployedApi) -> None:
    api.resolver("Query.echo", answering("util.autoKsuid()"))
    error = api.ask("{ echo { name } }").error
    assert error["message"] == "util.autoKsuid is not supported by the embedded AWS."


CONTEXT = """
export function request(ctx) { return { payload: ctx }; }
export function response(ctx) {
  const { args, arguments: all, env, info, request, source, stash, prev } = ctx.result;
  return { name: 'context', data: { args, all, env, info, source, stash, prev,
    agent: request.headers['x-agent'] } };
}
"""


def test_the_context_tells_all_about_the_field(api: DeployedApi) -> None:
    api.environment(ALLOWED_GROUPS="a,b")
    api.resolver("Query.echo", CONTEXT)
    query = """
      query Q($text: String, $yes: Boolean!) {
        it: echo(text: $text) { data ...More ... on Echo { also: text } }
      }
      fragment More on Echo { self @include(if: $yes) { name } }
    """

    def agent(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        return body, {**headers, "X-Agent": "tests"}

    answer = api.signed(
        {"query": query, "variables": {"text": "hi", "yes": True}, "operationName": "Q"},
        tamper=agent,
    )
    found = json.loads(answer.data["it"]["data"])
    assert found["args"] == found["all"] == {"text": "hi"}
    assert (found["env"], found["stash"]) == ({"ALLOWED_GROUPS": "a,b"}, {})
    assert (found["source"], found["agent"]) == (None, "tests")
    info = found["info"]
    assert (info["fieldName"], info["parentTypeName"]) == ("echo", "Query")
    assert info["variables"] == {"text": "hi", "yes": True}
    assert info["selectionSetList"] == ["data", "self", "self/name", "also"]
    assert info["selectionSetGraphQL"].startswith("{\n  data\n  ...More")


def test_a_nested_resolver_sees_its_parent(api: DeployedApi) -> None:
    api.resolver("Query.echo", answering("({ name: 'parent' })"))
    child = "({ name: 'child of ' + ctx.source.name })"
    api.resolver("Echo.self", answering(child), source=api.source("Nothing2"))
    answer = api.ask("{ echo { name self { name } } }")
    assert answer.data["echo"] == {"name": "parent", "self": {"name": "child of parent"}}


def test_what_is_deployed_last_is_executed(api: DeployedApi) -> None:
    api.resolver("Query.count", answering("1"))
    assert api.ask("{ count }").data == {"count": 1}
    api.appsync.update_resolver(
        apiId=api.api_id,
        typeName="Query",
        fieldName="count",
        dataSourceName="Nothing",
        runtime=RUNTIME,
        code=answering("2"),
    )
    assert api.ask("{ count }").data == {"count": 2}


def test_an_interface_is_resolved_by_the_type_name(api: DeployedApi) -> None:
    api.resolver("Query.named", answering("({ __typename: 'Echo', name: 'n' })"))
    answer = api.ask("{ named { __typename name } }")
    assert answer.data["named"] == {"__typename": "Echo", "name": "n"}


def test_a_null_that_may_not_be_goes_up_to_where_it_may(api: DeployedApi) -> None:
    api.resolver("Query.echo", answering("({ name: 'n', friends: [{ name: 'a' }, {}] })"))
    answer = api.ask("{ echo { friends { name } } }")
    assert answer.data == {"echo": {"friends": None}}
    assert answer.error == {
        "path": ["echo", "friends", 1, "name"],
        "locations": None,
        "message": "Cannot return null for non-nullable type: 'String' within parent 'Echo' "
        "(/echo/friends[1]/name)",
    }


def test_a_value_of_the_wrong_type_is_told_by_its_path(api: DeployedApi) -> None:
    api.resolver("Query.echo", answering("({ name: 'n', when: 'soon' })"))
    answer = api.ask("{ echo { name when } }")
    assert answer.data == {"echo": {"name": "n", "when": None}}
    assert answer.error == {
        "path": ["echo", "when"],
        "locations": None,
        "message": "Can't serialize value (/echo/when) : "
        "Unable to serialize `soon` as a valid AWSDateTime.",
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "{ echo { self { nope } } }",
            "FieldUndefined: Field 'nope' in type 'Echo' is undefined @ 'echo/self/nope'",
        ),
        (
            "{ ... on Query { echo { ...F } } } fragment F on Echo { nope }",
            "FieldUndefined: Field 'nope' in type 'Echo' is undefined @ 'nope'",
        ),
        ("{ echo(nope: 1) { name } }", "UnknownArgument: .*'nope'.*"),
        ("{ echo }", "SubSelectionNotAllowed: .*"),
        ('{ echo(when: "soon") { name } }', "WrongType: .*AWSDateTime.*"),
        ("query($a: Nope) { echo(text: $a) { name } }", "UnknownType: .*Nope.*"),
        ("{ echo(text: 1, text: 2) { name } }", "InvalidSyntax: .*"),
    ],
)
def test_a_document_that_does_not_fit_the_schema_is_refused(
    api: DeployedApi, query: str, message: str
) -> None:
    answer = api.ask(query)
    assert answer.status == 200
    assert answer.data is None
    error = answer.errors[0]
    assert set(error) == {"path", "locations", "message"}
    assert set(error["locations"][0]) == {"line", "column", "sourceName"}
    assert re.fullmatch(f"Validation error of type {message}", error["message"])


@pytest.mark.parametrize(
    ("declared", "variables", "message"),
    [
        ("String!", {}, "Variable 'v' has coerced Null value for NonNull type 'String!'"),
        ("String!", {"v": None}, "Variable 'v' has coerced Null value for NonNull type 'String!'"),
        ("String", {"v": 1}, "Variable 'v' has an invalid value."),
    ],
)
def test_a_variable_that_does_not_fit_is_refused(
    api: DeployedApi, declared: str, variables: dict[str, Any], message: str
) -> None:
    api.resolver("Query.echo")
    answer = api.ask(f"query($v: {declared}) {{ echo(text: $v) {{ text }} }}", **variables)
    assert answer.data is None
    assert answer.error["message"] == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Unable to parse GraphQL query."),
        (b"[]", "Unable to parse GraphQL query."),
        (b"{}", "Invalid request, `query` can't be null."),
        (b'{"query": " "}', "Invalid request, `query` can't be empty."),
        (b'{"query": 1}', "Invalid JSON payload in GraphQLAuth POST request."),
        (b'{"query": "{a}", "variables": []}', "Invalid JSON payload in GraphQLAuth POST request."),
        (b'{"query": "{"}', "Unable to parse GraphQL query."),
    ],
)
def test_a_malformed_request_is_refused(api: DeployedApi, body: bytes, message: str) -> None:
    answer = api.signed(body)
    assert answer.status == 400
    assert answer.error == {"errorType": "MalformedHttpRequestException", "message": message}


def test_a_document_with_too_many_tokens_is_refused(api: DeployedApi) -> None:
    many = " ".join("__typename" for _ in range(15_000))
    answer = api.signed({"query": f"{{ {many} }}"})
    assert (answer.status, answer.error["message"]) == (400, "Unable to parse GraphQL query.")


def test_an_operation_that_the_document_has_not_is_refused(api: DeployedApi) -> None:
    answer = api.signed({"query": "query A { count }", "operationName": "B"})
    assert answer.error["message"] == "Unknown operation named 'B'."


@pytest.mark.verified_by("words_that_are_not_published")
def test_a_subscription_is_for_the_real_time_endpoint(api: DeployedApi) -> None:
    error = api.ask("subscription { added { name } }").error
    assert error["message"] == "Only the real-time endpoint accepts subscriptions."


@pytest.mark.parametrize("schema", ["", "type Query {", "type Query { a: Nope }", "scalar A"])
def test_an_api_without_a_schema_that_works_says_so(local_aws: LocalAws, schema: str) -> None:
    appsync = client(local_aws, "appsync")
    api = DeployedApi(local_aws, "type Query { a: Int }")
    if schema:
        appsync.start_schema_creation(apiId=api.api_id, definition=schema.encode())
    else:
        created = appsync.create_graphql_api(name="bare", authenticationType="AWS_IAM")
        api.url = created["graphqlApi"]["uris"]["GRAPHQL"]
    answer = api.ask("{ a }")
    assert answer.status == 400
    assert answer.error["errorType"] == "GraphQLSchemaException"


# -- Limits ---------------------------------------------------------------------------------------


@pytest.mark.verified_by("words_that_are_not_published")
def test_introspection_is_answered_unless_it_is_disabled(local_aws: LocalAws) -> None:
    query = "{ __schema { queryType { name } } }"
    open_api = DeployedApi(local_aws, SCHEMA)
    assert open_api.ask(query).data["__schema"]["queryType"] == {"name": "Query"}
    settings = {"authenticationType": "AWS_IAM", "introspectionConfig": "DISABLED"}
    closed = DeployedApi(local_aws, SCHEMA, settings)
    answer = closed.ask(query)
    assert answer.data is None
    assert "introspection" in answer.errors[0]["message"]
    assert closed.ask("{ __typename }").data == {"__typename": "Query"}


@pytest.mark.verified_by("how_deep_a_query_may_be")
def test_fields_below_the_depth_limit_fail(local_aws: LocalAws) -> None:
    api = DeployedApi(local_aws, SCHEMA, {"authenticationType": "AWS_IAM", "queryDepthLimit": 2})
    api.resolver("Query.echo", answering("({ name: 'a', self: { name: 'b' } })"))
    answer = api.ask("{ echo { name self { text } } }")
    assert answer.data == {"echo": {"name": "a", "self": {"text": None}}}
    assert answer.error["errorType"] == "QueryDepthLimitReached"


def test_resolvers_above_their_limit_fail(local_aws: LocalAws) -> None:
    api = DeployedApi(local_aws, SCHEMA, {"authenticationType": "AWS_IAM", "resolverCountLimit": 1})
    api.resolver("Query.echo", answering("({ name: 'a' })"))
    answer = api.ask("{ a: echo { name } b: echo { name } }")
    assert answer.data == {"a": {"name": "a"}, "b": None}
    assert answer.error["errorType"] == "ResolverExecutionLimitReached"


# -- What is deployed wrongly ---------------------------------------------------------------------


def test_a_mapping_template_fails_by_its_name(api: DeployedApi) -> None:
    api.appsync.create_resolver(
        apiId=api.api_id,
        typeName="Query",
        fieldName="count",
        dataSourceName=api.source("Nothing"),
        requestMappingTemplate="{}",
        responseMappingTemplate="{}",
    )
    error = api.ask("{ count }").error
    assert error["message"] == (
        "Query.count: a resolver of mapping templates is not supported by the embedded AWS."
    )


def test_a_data_source_of_another_kind_fails_by_its_name(api: DeployedApi) -> None:
    config = {"lambdaFunctionArn": f"arn:aws:lambda:{REGION}:123456789012:function:f"}
    api.resolver("Query.echo", source=api.source("L", "AWS_LAMBDA", lambdaConfig=config))
    assert api.ask("{ echo { name } }").error["message"] == (
        "A data source of the type AWS_LAMBDA is not supported by the embedded AWS."
    )


def test_a_missing_data_source_is_told(api: DeployedApi) -> None:
    api.resolver("Query.echo", source=api.source("Gone"))
    api.appsync.delete_data_source(apiId=api.api_id, name="Gone")
    assert api.ask("{ echo { name } }").error["message"] == "No data source found named Gone"


def test_a_missing_function_is_told(api: DeployedApi) -> None:
    api.pipeline("Query.echo", AROUND, step("one"))
    (function,) = api.appsync.list_functions(apiId=api.api_id)["functions"]
    api.appsync.delete_function(apiId=api.api_id, functionId=function["functionId"])
    assert "No function found with id" in api.ask("{ echo { name } }").error["message"]


def test_a_request_that_is_no_object_is_told(api: DeployedApi) -> None:
    api.resolver("Query.echo", answering("1").replace("{ payload: null }", "'text'"))
    error = api.ask("{ echo { name } }").error
    assert error["errorType"] == "MappingTemplate"
    assert error["message"] == "The request handler did not return an object."


def test_an_unsigned_path_of_another_host_is_not_taken_for_an_api(api: DeployedApi) -> None:
    api.url = api.url.replace(urlsplit(api.url).netloc, "127.0.0.1")
    answer = api.send(b"{}", {"Host": "x.appsync-api.eu-central-1.example.com"})
    assert answer.status >= 400
