"""What the template promises and no sign-up would miss: least privilege, protection, limits."""

import re
from itertools import chain
from typing import Any

import pytest

from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import TEMPLATE, render_template
from businesses.aws.sweep_metric import NAMESPACE

BODY = parse_template(render_template(), "the body")
RESOURCES: dict[str, dict[str, Any]] = BODY["Resources"]


def properties(logical_id: str) -> Any:
    return RESOURCES[logical_id]["Properties"]


def of_type(resource_type: str) -> list[str]:
    return [name for name, resource in RESOURCES.items() if resource["Type"] == resource_type]


def statements() -> dict[str, list[dict[str, Any]]]:
    """Return every policy statement by the role that has it, but for the use of a key."""
    found: dict[str, list[dict[str, Any]]] = {}
    for role in of_type("AWS::IAM::Role"):
        for policy in properties(role).get("Policies", []):
            found.setdefault(role, []).extend(policy["PolicyDocument"]["Statement"])
    for policy in of_type("AWS::IAM::Policy"):
        if RESOURCES[policy].get("Condition") == "UsesKeys":
            continue
        [role] = (reference["Ref"] for reference in properties(policy)["Roles"])
        found.setdefault(role, []).extend(properties(policy)["PolicyDocument"]["Statement"])
    return found


def allowed(role: str) -> dict[str, Any]:
    """Return a role's actions with their resource."""
    result = {}
    for statement in statements()[role]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert action not in result
            result[action] = statement["Resource"]
    return result


def attribute(logical_id: str, name: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}


def own_or_existing(condition: str, own: Any, existing: Any) -> dict[str, list[Any]]:
    return {"Fn::If": [condition, own, existing]}


ARN_OF = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
POOL_ARN = own_or_existing(
    "MakesUserPool",
    attribute("UserPool"),
    {"Fn::Sub": ARN_OF % ("cognito-idp", "userpool/${ExistingUserPoolId}")},
)
TABLE_ARN = own_or_existing(
    "MakesBusinessTable",
    attribute("BusinessTable"),
    {"Fn::Sub": ARN_OF % ("dynamodb", "table/${ExistingBusinessTableName}")},
)


def test_the_trigger_may_call_one_field_read_one_parameter_and_write_one_record() -> None:
    assert allowed("TriggerRole") == {
        "appsync:GraphQL": {"Fn::Sub": "${Api.Arn}/types/Mutation/fields/createBusinessInGroup"},
        "ssm:GetParameter": {
            "Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:"
            "parameter${GraphqlUrlParameter}"
        },
        "dynamodb:UpdateItem": attribute("OnboardingTable"),
        "logs:CreateLogStream": attribute("TriggerLogGroup"),
        "logs:PutLogEvents": attribute("TriggerLogGroup"),
    }


def test_each_data_source_may_do_its_one_thing() -> None:
    assert allowed("CognitoDataSourceRole") == {
        "cognito-idp:AdminGetUser": POOL_ARN,
        "cognito-idp:AdminAddUserToGroup": POOL_ARN,
    }
    assert allowed("BusinessTableDataSourceRole") == {
        "dynamodb:PutItem": TABLE_ARN,
        "dynamodb:GetItem": TABLE_ARN,
        "dynamodb:UpdateItem": TABLE_ARN,
        "dynamodb:DeleteItem": TABLE_ARN,
        "dynamodb:Query": {
            "Fn::Split": [
                " ",
                {
                    "Fn::Sub": [
                        "${Table}/index/byCreatedAt ${Table}/index/byOwner",
                        {"Table": TABLE_ARN},
                    ]
                },
            ]
        },
    }


def test_no_other_role_has_permissions_and_no_statement_a_wildcard() -> None:
    assert statements().keys() == {
        "TriggerRole",
        "CognitoDataSourceRole",
        "BusinessTableDataSourceRole",
        "ApiLogRole",
    }
    for statement in chain.from_iterable(statements().values()):
        assert statement["Effect"] == "Allow"
        assert "*" not in str(statement["Action"])
        assert "*" not in str(statement["Resource"])
    assert set(map(str, allowed("ApiLogRole").values())) == {str(attribute("ApiLogGroup"))}


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("TriggerRole", "lambda"),
        ("ApiLogRole", "appsync"),
        ("CognitoDataSourceRole", "appsync"),
        ("BusinessTableDataSourceRole", "appsync"),
    ],
)
def test_each_role_is_assumed_by_its_service_alone(role: str, service: str) -> None:
    [statement] = properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    of_this_account = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"] == {"StringEquals": of_this_account}


def test_only_this_pool_of_this_account_may_invoke_the_function() -> None:
    assert properties("TriggerPermission") == {
        "FunctionName": {"Ref": "TriggerFunction"},
        "Action": "lambda:InvokeFunction",
        "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": POOL_ARN,
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }


@pytest.mark.parametrize("kept", ["UserPool", "Group", "BusinessTable", "OnboardingTable"])
def test_what_holds_data_outlives_the_stack(kept: str) -> None:
    policies = RESOURCES[kept]["DeletionPolicy"], RESOURCES[kept]["UpdateReplacePolicy"]
    assert policies == ("Retain", "Retain")


@pytest.mark.parametrize("kept", ["UserPool", "BusinessTable", "OnboardingTable"])
def test_what_is_kept_says_what_it_is_and_of_which_stack(kept: str) -> None:
    tags = properties(kept).get("UserPoolTags") or {
        tag["Key"]: tag["Value"] for tag in properties(kept)["Tags"]
    }
    assert tags == {
        "business-onboarding:stack": {"Ref": "AWS::StackName"},
        "business-onboarding:part": kept,
    }


@pytest.mark.parametrize("table", ["BusinessTable", "OnboardingTable"])
def test_a_table_is_protected_recoverable_and_paid_by_use(table: str) -> None:
    given = properties(table)
    assert given["DeletionProtectionEnabled"] is True
    assert given["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert given["BillingMode"] == "PAY_PER_REQUEST"
    assert "TableName" not in given


def test_the_tables_have_the_indexes_of_the_design() -> None:
    def keys(schema: list[dict[str, str]]) -> tuple[str, ...]:
        assert [key["KeyType"] for key in schema] == ["HASH", "RANGE"][: len(schema)]
        return tuple(key["AttributeName"] for key in schema)

    def indexes(table: str) -> dict[str, tuple[str, ...]]:
        given = properties(table)["GlobalSecondaryIndexes"]
        assert all(index["Projection"] == {"ProjectionType": "ALL"} for index in given)
        return {index["IndexName"]: keys(index["KeySchema"]) for index in given}

    assert keys(properties("BusinessTable")["KeySchema"]) == ("id",)
    assert indexes("BusinessTable") == {
        "byCreatedAt": ("__typename", "createdAt"),
        "byEmail": ("__typename", "emailKey"),
        "byName": ("__typename", "nameKey"),
        "byOwner": ("owner", "createdAt"),
    }
    assert keys(properties("OnboardingTable")["KeySchema"]) == ("sub",)
    assert indexes("OnboardingTable") == {"byStatus": ("status", "updatedAt")}
    expiry = properties("OnboardingTable")["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": "expiresAt", "Enabled": True}


def test_the_pool_signs_in_by_e_mail_and_is_protected() -> None:
    pool = properties("UserPool")
    assert pool["DeletionProtection"] == "ACTIVE"
    assert pool["UsernameAttributes"] == pool["AutoVerifiedAttributes"] == ["email"]
    condition, by_ses, by_cognito = pool["EmailConfiguration"]["Fn::If"]
    assert (condition, by_cognito) == ("SendsBySes", {"Ref": "AWS::NoValue"})
    assert by_ses == {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": {"Ref": "EmailIdentityArn"},
        "From": {"Ref": "EmailFrom"},
    }
    verified_first = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["UserAttributeUpdateSettings"] == verified_first
    assert pool["LambdaConfig"] == {"PostConfirmation": attribute("TriggerFunction")}
    assert {item["Name"] for item in pool["Schema"]} == {"email", "business_name"}


def test_the_function_is_the_one_of_the_design() -> None:
    function = properties("TriggerFunction")
    given = {name: function[name] for name in ("Runtime", "Architectures", "MemorySize", "Timeout")}
    assert given == {
        "Runtime": "python3.13",
        "Architectures": ["arm64"],
        "MemorySize": 512,
        "Timeout": 5,
    }
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": "TriggerLogGroup"}}
    assert all(properties(group)["RetentionInDays"] for group in of_type("AWS::Logs::LogGroup"))


@pytest.mark.verified_by("a_list_within_the_stacks_own_depth")
def test_the_api_is_locked_down() -> None:
    api = properties("Api")
    assert api["AuthenticationType"] == "AMAZON_COGNITO_USER_POOLS"
    assert api["AdditionalAuthenticationProviders"] == [{"AuthenticationType": "AWS_IAM"}]
    assert api["IntrospectionConfig"] == "DISABLED"
    assert (api["QueryDepthLimit"], api["ResolverCountLimit"]) == (5, 10)
    assert api["XrayEnabled"] == {"Ref": "XrayEnabled"}
    assert BODY["Parameters"]["XrayEnabled"]["Default"] == "false"
    log = api["LogConfig"]
    assert (log["FieldLogLevel"], log["ExcludeVerboseContent"]) == ("ERROR", True)
    assert of_type("AWS::AppSync::ApiKey") == []


def test_region_partition_and_account_are_never_literals() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert not re.search(r"\b[a-z]{2}(-[a-z]+)+-\d\b", text)
    assert not re.search(r"\b\d{12}\b", text)
    assert "arn:aws" not in text
    hosts = re.findall(r"[\w.{}$:-]*amazonaws[\w.]*", text)
    assert set(hosts) == {
        "lambda.amazonaws.com",
        "appsync.amazonaws.com",
        "cognito-idp.amazonaws.com",
    }


# -- Around it ------------------------------------------------------------------------------------

WITH_KEY = {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


def test_the_site_may_read_the_stack_update_onboardings_and_call_one_field() -> None:
    *given, watched, with_key = properties("SitePolicy")["PolicyDocument"]["Statement"]
    found = [(each["Action"], each["Resource"]) for each in given]
    stack = "stack/${AWS::StackName}/*"
    assert found == [
        ("cloudformation:DescribeStacks", {"Fn::Sub": ARN_OF % ("cloudformation", stack)}),
        (
            ["dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem"],
            [TABLE_ARN, attribute("OnboardingTable")],
        ),
        (
            "dynamodb:Query",
            [
                {"Fn::Sub": ["${Table}/index/*", {"Table": TABLE_ARN}]},
                {"Fn::Sub": "${OnboardingTable.Arn}/index/byStatus"},
            ],
        ),
        ("dynamodb:UpdateItem", attribute("OnboardingTable")),
        (
            [
                "cognito-idp:AdminListGroupsForUser",
                "cognito-idp:DescribeUserPool",
                "cognito-idp:GetGroup",
                "cognito-idp:ListGroups",
                "cognito-idp:ListUsers",
                "cognito-idp:ListUsersInGroup",
            ],
            POOL_ARN,
        ),
        (
            "appsync:GraphQL",
            {"Fn::Sub": "${Api.Arn}/types/Mutation/fields/createBusinessInGroup"},
        ),
        ("lambda:GetPolicy", attribute("TriggerFunction")),
    ]
    assert watched["Fn::If"][:2] == [
        "WatchesSweep",
        {
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        },
    ]
    assert with_key["Fn::If"][0] == "UsesKeys"


def test_whoever_reaches_a_table_may_use_its_key_through_dynamodb_alone() -> None:
    [statement] = properties("KeyPolicy")["PolicyDocument"]["Statement"]
    assert properties("SitePolicy")["PolicyDocument"]["Statement"][-1]["Fn::If"][1] == statement
    roles = {reference["Ref"] for reference in properties("KeyPolicy")["Roles"]}
    assert roles == {"TriggerRole", "BusinessTableDataSourceRole"}
    assert statement["Resource"] == {"Ref": "TableKeyArns"}
    via = statement["Condition"]["StringEquals"]["kms:ViaService"]
    assert via == {"Fn::Sub": "dynamodb.${AWS::Region}.${AWS::URLSuffix}"}
    assert all(not action.endswith("*") for action in statement["Action"])


def test_a_key_of_the_customers_own_is_for_tables_logs_and_alarms() -> None:
    for log_group in of_type("AWS::Logs::LogGroup"):
        assert properties(log_group)["KmsKeyId"] == WITH_KEY
        assert properties(log_group)["RetentionInDays"] == 90
    for table in of_type("AWS::DynamoDB::Table"):
        condition, with_key, without = properties(table)["SSESpecification"]["Fn::If"]
        assert (condition, without) == ("HasKey", {"Ref": "AWS::NoValue"})
        assert with_key["KMSMasterKeyId"] == {"Ref": "KmsKeyArn"}
    assert properties("AlarmTopic")["KmsMasterKeyId"] == WITH_KEY


def test_a_failure_and_a_broken_trigger_raise_an_alarm_for_whom_the_parameter_names() -> None:
    for alarm in of_type("AWS::CloudWatch::Alarm"):
        condition, actions, without = properties(alarm)["AlarmActions"]["Fn::If"]
        assert (condition, actions) == ("SendsAlarms", [{"Ref": "AlarmTopic"}])
        assert without == {"Ref": "AWS::NoValue"}
        missing = "breaching" if alarm == "SweepAlarm" else "notBreaching"
        assert properties(alarm)["TreatMissingData"] == missing
    [transformation] = properties("FailureMetric")["MetricTransformations"]
    watched = properties("FailureAlarm")
    assert watched["Namespace"] == transformation["MetricNamespace"]
    assert watched["MetricName"] == transformation["MetricName"]
    assert RESOURCES["AlarmTopic"]["Condition"] == "SendsAlarms"
    for name, metric in (("TriggerErrorAlarm", "Errors"), ("TriggerThrottleAlarm", "Throttles")):
        assert properties(name)["MetricName"] == metric
        assert properties(name)["Dimensions"] == [
            {"Name": "FunctionName", "Value": {"Ref": "TriggerFunction"}}
        ]
    # https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html
    assert properties("ApiFaultAlarm")["MetricName"] == "5XXError"
    assert properties("ApiFaultAlarm")["Dimensions"] == [
        {"Name": "GraphQLAPIId", "Value": {"Fn::GetAtt": ["Api", "ApiId"]}}
    ]


def test_a_sweep_that_is_overdue_raises_an_alarm_where_sweeps_are_scheduled() -> None:
    alarm = properties("SweepAlarm")
    assert RESOURCES["SweepAlarm"]["Condition"] == "WatchesSweep"
    assert alarm["Namespace"] == NAMESPACE
    assert alarm["MetricName"] == {"Fn::Sub": "${AWS::StackName}-swept"}
    # An alarm looks back seven days at most.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (3600, {"Ref": "SweepAlarmHours"})
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")


def test_throttled_requests_of_either_table_raise_an_alarm() -> None:
    query = "SELECT SUM(ThrottledRequests) FROM \"AWS/DynamoDB\" WHERE TableName = '${%s}'"
    name = own_or_existing(
        "MakesBusinessTable", {"Ref": "BusinessTable"}, {"Ref": "ExistingBusinessTableName"}
    )
    expected = {
        "BusinessThrottleAlarm": [query % "Table", {"Table": name}],
        "OnboardingThrottleAlarm": query % "OnboardingTable",
    }
    for alarm, expression in expected.items():
        [metric] = properties(alarm)["Metrics"]
        assert (metric["Expression"], metric["Period"]) == ({"Fn::Sub": expression}, 300)
        # PutMetricAlarm asks for it, of the one expression that an alarm watches.
        assert metric["ReturnData"] is True
        assert properties(alarm)["Threshold"] == 1


def test_the_filter_finds_the_lines_that_the_trigger_logs() -> None:
    pattern = properties("FailureMetric")["FilterPattern"]
    levels = set(re.findall(r'\$\.level = "(\w+)"', pattern))
    code = properties("TriggerFunction")["Code"]["ZipFile"]
    assert levels == set(re.findall(r"'(ERROR|CRITICAL|FATAL)'", code))


def test_every_check_that_checkov_passes_over_has_its_reason() -> None:
    lines = (TEMPLATE.parents[2] / ".checkov.yaml").read_text(encoding="utf-8").splitlines()
    skipped = lines[lines.index("skip-check:") + 1 :]
    assert skipped
    assert [line for line in skipped if not re.fullmatch(r"  - CKV2?_AWS_\d+ # .{20,}", line)] == []
