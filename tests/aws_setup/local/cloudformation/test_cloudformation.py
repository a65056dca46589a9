import copy
import json
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from aws_setup.local import server
from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import ECHO, REGION, Answer, DeployedApi, client, policy

STACK = "businesses"
RUNTIME = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}
API_ID = {"Fn::GetAtt": "Api.ApiId"}
FAST = {"Delay": 0.02, "MaxAttempts": 500}


def step(answer: str) -> str:
    return f"""
      export function request(ctx) {{ return {{ payload: ctx.env.GREETING + {answer} }}; }}
      export function response(ctx) {{ return ctx.result; }}
    """


AROUND = """
export function request() { return {}; }
export function response(ctx) { return ctx.prev.result; }
"""


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::AppSync::{kind}", "Properties": {"ApiId": API_ID, **properties}}


def resources(kind: str = "NONE", **source: Any) -> dict[str, Any]:
    return {
        "Api": {
            "Type": "AWS::AppSync::GraphQLApi",
            "Properties": {
                "Name": "api",
                "AuthenticationType": "AWS_IAM",
                "EnvironmentVariables": {"GREETING": "Hello "},
            },
        },
        "Schema": resource("GraphQLSchema", Definition="type Query { greet: String other: Int }"),
        "Source": resource("DataSource", Name="Source", Type=kind, **source),
        "Function": {
            "DependsOn": "Schema",
            **resource(
                "FunctionConfiguration",
                Name="greet",
                DataSourceName={"Fn::GetAtt": "Source.Name"},
                Runtime=RUNTIME,
                Code=step("'one'"),
            ),
        },
        "Resolver": {
            "DependsOn": "Schema",
            **resource(
                "Resolver",
                TypeName="Query",
                FieldName="greet",
                Kind="PIPELINE",
                Runtime=RUNTIME,
                Code=AROUND,
                PipelineConfig={"Functions": [{"Fn::GetAtt": "Function.FunctionId"}]},
            ),
        },
    }


class Stack:
    """A stack in the embedded AWS."""

    def __init__(self, aws: LocalAws, template: dict[str, Any] | None = None) -> None:
        self.aws, self.template = aws, {"Resources": template or resources()}
        self.template["Outputs"] = {
            "Url": {"Value": {"Fn::GetAtt": "Api.GraphQLUrl"}},
            "FunctionArn": {"Value": {"Fn::GetAtt": "Function.FunctionArn"}},
        }
        self.client = client(aws, "cloudformation")

    def property(self, name: str, **changes: Any) -> None:
        self.template["Resources"][name]["Properties"] |= changes

    def create(self) -> None:
        self._deploy("create")

    def update(self) -> None:
        self._deploy("update")

    def _deploy(self, verb: str) -> None:
        call = getattr(self.client, f"{verb}_stack")
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
        call(StackName=STACK, TemplateBody=json.dumps(self.template), Capabilities=capabilities)
        waiter = self.client.get_waiter(f"stack_{verb}_complete")
        waiter.wait(StackName=STACK, WaiterConfig=FAST)

    def fails(self, verb: str) -> dict[str, str]:
        """Deploy what does not go through; return the reasons of the resources that failed."""
        with pytest.raises(WaiterError):
            self._deploy(verb)
        events = self.client.describe_stack_events(StackName=STACK)["StackEvents"]
        return {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"] == f"{verb.upper()}_FAILED"
            and "cancelled" not in event.get("ResourceStatusReason", "")
        }

    def output(self, name: str) -> str:
        (stack,) = self.client.describe_stacks(StackName=STACK)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        return str(outputs[name])

    def ask(self, query: str) -> Answer:
        api = DeployedApi.__new__(DeployedApi)
        api.aws, api.region, api.url = self.aws, REGION, self.output("Url")
        return api.ask(query)

    def greeting(self) -> Any:
        answer = self.ask("{ greet }")
        assert not answer.errors, answer.errors
        return answer.data["greet"]


@pytest.fixture
def stack(local_aws: LocalAws) -> Stack:
    return Stack(local_aws)


def test_a_pipeline_that_a_stack_creates_is_executed(stack: Stack) -> None:
    stack.create()
    assert stack.greeting() == "Hello one"
    appsync = client(stack.aws, "appsync")
    api_id = stack.output("FunctionArn").split("/")[1]
    (function,) = appsync.list_functions(apiId=api_id)["functions"]
    assert function["functionArn"] == stack.output("FunctionArn")
    assert (function["name"], function["dataSourceName"]) == ("greet", "Source")


def test_an_update_of_a_function_takes_effect_in_place(stack: Stack) -> None:
    stack.create()
    before = stack.output("FunctionArn")
    stack.property("Function", Code=step("'two'"), Description="new")
    stack.update()
    assert stack.greeting() == "Hello two"
    assert stack.output("FunctionArn") == before


def test_an_update_of_a_resolver_takes_effect(stack: Stack) -> None:
    stack.create()
    stack.property("Resolver", Code=AROUND.replace("ctx.prev.result", "ctx.prev.result + '!'"))
    stack.update()
    assert stack.greeting() == "Hello one!"


def test_an_update_of_the_schema_takes_effect(stack: Stack) -> None:
    stack.create()
    stack.property("Schema", Definition="type Query { greet: Int }")
    stack.update()
    assert "Can't serialize value (/greet)" in stack.ask("{ greet }").error["message"]


def test_an_update_of_the_environment_takes_effect(stack: Stack) -> None:
    stack.create()
    stack.property("Api", EnvironmentVariables={"GREETING": "Bye "})
    stack.update()
    assert stack.greeting() == "Bye one"


def test_an_update_of_a_data_source_takes_effect(local_aws: LocalAws) -> None:
    template = resources("HTTP", HttpConfig={"Endpoint": "http://127.0.0.1:1"})
    template["Function"]["Properties"]["Code"] = """
      export function request() { return { method: 'GET', resourcePath: '/' }; }
      export function response(ctx) { return ctx.error.message; }
    """
    stack = Stack(local_aws, template)
    stack.create()
    assert stack.greeting().startswith("127.0.0.1:1 did not answer")
    stack.property("Source", HttpConfig={"Endpoint": "http://127.0.0.1:2"})
    stack.update()
    assert stack.greeting().startswith("127.0.0.1:2 did not answer")


def test_a_data_source_signs_as_its_template_says(local_aws: LocalAws) -> None:
    aws_iam = {"SigningRegion": REGION, "SigningServiceName": "cognito-idp"}
    template = resources(
        "HTTP",
        ServiceRoleArn={"Fn::GetAtt": "Role.Arn"},
        HttpConfig={
            "Endpoint": {"Fn::Sub": "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}"},
            "AuthorizationConfig": {"AuthorizationType": "AWS_IAM", "AwsIamConfig": aws_iam},
        },
    )
    template["Function"]["Properties"]["Code"] = """
      export function request() {
        const target = 'AWSCognitoIdentityProviderService.ListUserPools';
        const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
        return { method: 'POST', resourcePath: '/', params: { headers, body: { MaxResults: 1 } } };
      }
      export function response(ctx) { return ctx.result.statusCode + ctx.result.body; }
    """
    template["Role"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "appsync.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        },
    }
    stack = Stack(local_aws, template)
    stack.create()
    assert "AccessDeniedException" in stack.greeting()
    stack.template["Resources"]["Policy"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": "list",
            "Roles": [{"Ref": "Role"}],
            "PolicyDocument": json.loads(policy("cognito-idp:ListUserPools", "*")),
        },
    }
    stack.update()
    assert stack.greeting().startswith('200{"UserPools"')


def test_a_function_that_leaves_the_stack_is_deleted(stack: Stack) -> None:
    stack.create()
    api_id = stack.output("FunctionArn").split("/")[1]
    appsync = client(stack.aws, "appsync")
    for name in ("Resolver", "Function"):
        del stack.template["Resources"][name]
    del stack.template["Outputs"]["FunctionArn"]
    stack.update()
    assert appsync.list_functions(apiId=api_id)["functions"] == []
    assert appsync.list_resolvers(apiId=api_id, typeName="Query")["resolvers"] == []


def test_a_stack_goes_with_all_it_created(stack: Stack) -> None:
    stack.create()
    stack.client.delete_stack(StackName=STACK)
    stack.client.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig=FAST)
    assert client(stack.aws, "appsync").list_graphql_apis()["graphqlApis"] == []


@pytest.mark.parametrize("name", ["Function", "Resolver"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("export function request( {", "code.js(1,27): error SyntaxError: the code ends too early"),
        (
            f"{ECHO}const again = () => {{ while (true) {{}} }};",
            "code.js(4,23): error @aws-appsync/no-while: While statements are not supported.",
        ),
    ],
)
def test_code_that_is_refused_fails_its_resource_with_the_place(
    stack: Stack, name: str, code: str, said: str
) -> None:
    stack.property(name, Code=code)
    reasons = stack.fails("create")
    assert set(reasons) == {name}
    assert reasons[name].startswith(
        f'Resource handler returned message: "The code contains one or more errors. {said}'
    )
    assert " (Service: AppSync, Status Code: 400, Request ID: " in reasons[name]


def test_an_update_that_fails_leaves_what_was_there(stack: Stack) -> None:
    stack.create()
    stack.property("Function", Code="throw 1")
    assert "The code contains one or more errors." in stack.fails("update")["Function"]
    assert stack.greeting() == "Hello one"


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        (
            "Function",
            {"Code": "import { converse } from '@aws-appsync/utils/ai';" + ECHO},
            'import of "@aws-appsync/utils/ai" is not supported by the embedded AWS.',
        ),
        ("Function", {"DataSourceName": "None"}, "No data source found named None"),
        ("Function", {"Runtime": {}}, "The embedded AWS supports only APPSYNC_JS"),
        ("Function", {"Name": ""}, "name is required"),
        ("Resolver", {"FieldName": "nope"}, "No field named nope found on type Query"),
        ("Resolver", {"TypeName": "Nope"}, "No field named greet found on type Nope"),
        ("Resolver", {"Kind": "UNIT"}, "No data source found named "),
        (
            "Resolver",
            {"PipelineConfig": {"Functions": ["gone"]}},
            "No function found with id gone",
        ),
        ("Resolver", {"ApiId": "gone"}, "GraphQL API gone not found."),
        ("Schema", {"Definition": "type Query {"}, "Schema Creation Status is FAILED"),
        ("Schema", {"Definition": "type Query { a: Nope }"}, "Unknown type 'Nope'"),
        ("Schema", {"Definition": "type Other { a: Int }"}, "Query root type must be provided."),
    ],
)
def test_what_appsync_would_not_take_fails_its_resource(
    stack: Stack, name: str, changes: dict[str, Any], reason: str
) -> None:
    stack.property(name, **changes)
    assert reason in stack.fails("create")[name]


def test_a_resolver_that_does_not_wait_for_the_schema_fails(local_aws: LocalAws) -> None:
    template = resources()
    del template["Resolver"]["DependsOn"], template["Function"]["DependsOn"]
    template["Schema"]["DependsOn"] = "Resolver"
    reasons = Stack(local_aws, template).fails("create")
    assert "No schema definition exists." in reasons["Resolver"]


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.verified_by("a_function_made_while_the_schema_changes")
def test_a_function_that_does_not_wait_for_a_change_of_the_schema_fails(
    stack: Stack, verb: str
) -> None:
    if verb == "update":
        stack.create()
        stack.property("Schema", Definition="type Query { greet: String more: Int }")
        stack.property("Function", Code=step("'two'"))
    del stack.template["Resources"]["Function"]["DependsOn"]
    assert "Schema is currently being altered" in stack.fails(verb)["Function"]
    stack.client.delete_stack(StackName=STACK)


def test_a_function_may_change_while_the_schema_stays(stack: Stack) -> None:
    stack.create()
    del stack.template["Resources"]["Function"]["DependsOn"]
    stack.property("Function", Code=step("'two'"))
    stack.update()
    assert stack.greeting() == "Hello two"


def test_a_second_resolver_of_a_field_fails(local_aws: LocalAws) -> None:
    template = resources()
    template["Second"] = copy.deepcopy(template["Resolver"]) | {"DependsOn": "Resolver"}
    reasons = Stack(local_aws, template).fails("create")
    assert "Only one resolver is allowed per field." in reasons["Second"]


@pytest.mark.parametrize(
    ("name", "changes", "replacement"),
    [
        ("Function", {"Code": step("'two'")}, "False"),
        ("Api", {"Name": "other"}, "False"),
        ("Resolver", {"FieldName": "other"}, "True"),
    ],
)
def test_a_change_set_tells_what_is_replaced(
    stack: Stack, name: str, changes: dict[str, Any], replacement: str
) -> None:
    stack.create()
    stack.property(name, **changes)
    names = {"StackName": STACK, "ChangeSetName": "next"}
    stack.client.create_change_set(**names, TemplateBody=json.dumps(stack.template))
    stack.client.get_waiter("change_set_create_complete").wait(**names, WaiterConfig=FAST)
    changed = {
        change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]["Replacement"]
        for change in stack.client.describe_change_set(**names)["Changes"]
    }
    assert changed[name] == replacement


def test_a_change_set_leaves_out_what_a_false_condition_leaves_out(local_aws: LocalAws) -> None:
    cloudformation = local_aws.client("cloudformation", REGION)
    topics = {
        name: {"Type": "AWS::SNS::Topic", "Condition": name} for name in ("Wanted", "Unwanted")
    }
    conditions = {name: {"Fn::Equals": ["Wanted", name]} for name in topics}
    names = {"StackName": STACK, "ChangeSetName": "first"}
    body = json.dumps({"Conditions": conditions, "Resources": topics})
    cloudformation.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=body)
    cloudformation.get_waiter("change_set_create_complete").wait(**names, WaiterConfig=FAST)
    [change] = cloudformation.describe_change_set(**names)["Changes"]
    assert change["ResourceChange"]["LogicalResourceId"] == "Wanted"


def test_handlers_are_registered_as_often_as_a_server_starts(stack: Stack) -> None:
    from aws_setup.local.cloudformation import resources as cloudformation

    cloudformation.register()
    stack.create()
    assert stack.greeting() == "Hello one"
    assert server.ACCOUNT_ID in stack.output("FunctionArn")
