"""The stack's alarms see what happens, and the people whom they are for are told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from aws_setup.local.samples.sign_up import SignUp, sign_up
from aws_setup.local.server import LocalAws
from tests.aws_setup.local.functions import create_function, printed, zipped
from tests.deployment import REGION, deploy

NOON = datetime(2026, 5, 14, 12, 0, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUIET_AGAIN = NOON + 16 * MINUTE  # three periods of five minutes, and the minute of what happened
ONCE = Config(retries={"total_max_attempts": 1})
RINGING = (
    "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (14/05/26 11:56:00)] was greater than "
    "or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
)
QUIET = (
    "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was "
    "treated as [NonBreaching]."
)
SUBSCRIBER = """
import json

def handler(event, context):
    for record in event["Records"]:
        print(record["Sns"]["Message"])
"""


class Stack:
    """The deployed stack with a subscriber of its alarms, which prints what it is told."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cloudwatch = aws.client("cloudwatch", REGION)
        cloudformation = aws.client("cloudformation", REGION)
        [stack] = cloudformation.describe_stacks()["Stacks"]
        self.name = stack["StackName"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        resources = cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        self.ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}

    def sign_up(self, email: str) -> None:
        sign_up(
            self.aws.client("cognito-idp", REGION),
            self.outputs["UserPoolClientId"],
            SignUp(email=email, business_name="Ada's Engines"),
            code_for=partial(self.aws.code_for, self.outputs["UserPoolId"]),
        )

    def break_group(self) -> None:
        self.aws.client("cognito-idp", REGION).delete_group(
            UserPoolId=self.outputs["UserPoolId"], GroupName=self.outputs["GroupName"]
        )

    def alarm(self, logical_id: str) -> tuple[str, str]:
        """Return an alarm's state and its reason."""
        [found] = self.cloudwatch.describe_alarms(AlarmNames=[self.ids[logical_id]])["MetricAlarms"]
        return found["StateValue"], found["StateReason"]

    def states(self) -> dict[str, str]:
        return {name: self.alarm(name)[0] for name in self.ids if name.endswith("Alarm")}

    def sum_of(self, namespace: str, metric: str, **dimensions: str) -> float:
        """Return the sum of a metric's values since noon."""
        found = self.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=NOON - MINUTE,
            EndTime=NOON + timedelta(hours=1),
            Period=60,
            Statistics=["Sum"],
        )
        return float(sum(each["Sum"] for each in found["Datapoints"]))


@pytest.fixture
def stack(aws_environment: LocalAws, settings: Any) -> Stack:
    settings.ALARM_EMAIL = "operations@example.com"
    deploy(aws_environment)
    return Stack(aws_environment)


def subscribe(aws: LocalAws, topic: str) -> None:
    function = create_function(aws, REGION, SUBSCRIBER)
    aws.client("lambda", REGION).add_permission(
        FunctionName=function,
        StatementId="alarms",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    aws.client("sns", REGION).subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)


def test_a_failed_onboarding_raises_its_alarm_and_a_quiet_period_ends_it(stack: Stack) -> None:
    aws = stack.aws
    subscribe(aws, stack.ids["AlarmTopic"])
    with aws.clock.at(NOON):
        assert set(stack.states().values()) == {"OK"}
        stack.sign_up("fine@example.com")
        stack.break_group()
        stack.sign_up("stuck@example.com")
        assert stack.sum_of("BusinessOnboarding", f"{stack.name}-failed") == 1
        assert stack.alarm("FailureAlarm")[0] == "OK"  # the minute is not over
    with aws.clock.at(NOON + MINUTE):
        assert stack.alarm("FailureAlarm") == ("ALARM", RINGING)
        told = wait_for_message(aws)
        assert told["AlarmName"] == stack.ids["FailureAlarm"]
        assert (told["OldStateValue"], told["NewStateValue"]) == ("OK", "ALARM")
    with aws.clock.at(QUIET_AGAIN - MINUTE):
        assert stack.alarm("FailureAlarm")[0] == "ALARM"
    with aws.clock.at(QUIET_AGAIN):
        assert stack.alarm("FailureAlarm") == ("OK", QUIET)


def wait_for_message(aws: LocalAws) -> dict[str, Any]:
    """Return what the subscriber has printed, which SNS calls without waiting for it."""
    missing = aws.client("logs", REGION).exceptions.ResourceNotFoundException
    for _ in range(5000):
        try:
            return printed(aws, REGION)[0]
        except (IndexError, missing):
            continue
    raise AssertionError("nothing was printed")


def onboarding_fails(stack: Stack) -> None:
    stack.break_group()
    stack.sign_up("stuck@example.com")


def trigger_breaks_off(stack: Stack) -> None:
    function, client = stack.ids["TriggerFunction"], stack.aws.client("lambda", REGION)
    client.update_function_code(FunctionName=function, ZipFile=zipped("handler = None"))
    client.invoke(FunctionName=function, Payload="{}")


def lambda_turns_a_confirmation_away(stack: Stack) -> None:
    function, client = stack.ids["TriggerFunction"], stack.aws.client("lambda", REGION)
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName=function, Payload="{}")


def api_fails(stack: Stack) -> None:
    stack.aws.faults.fail("GraphQL", "InternalFailure", status=500, times=10)
    stack.sign_up("stuck@example.com")


def an_index_of_businesses_is_busy(stack: Stack) -> None:
    stack.aws.faults.fail("Query", "ThrottlingException")
    with pytest.raises(ClientError, match="ThrottlingException"):
        stack.aws.client("dynamodb", REGION, ONCE).query(
            TableName=stack.outputs["BusinessTableName"],
            IndexName="byName",
            KeyConditionExpression="#type = :type",
            ExpressionAttributeNames={"#type": "__typename"},
            ExpressionAttributeValues={":type": {"S": "Business"}},
        )


def the_table_of_onboardings_is_busy(stack: Stack) -> None:
    stack.aws.faults.fail("UpdateItem", "ThrottlingException")
    with pytest.raises(ClientError, match="ThrottlingException"):
        stack.aws.client("dynamodb", REGION, ONCE).update_item(
            TableName=stack.outputs["OnboardingTableName"], Key={"sub": {"S": "sub-1"}}
        )


# By the alarm, what raises it. What Lambda or the API fails at may be a failed onboarding, too.
CAUSES: dict[str, tuple[Callable[[Stack], None], set[str]]] = {
    "FailureAlarm": (onboarding_fails, set()),
    "TriggerErrorAlarm": (trigger_breaks_off, set()),
    "TriggerThrottleAlarm": (lambda_turns_a_confirmation_away, set()),
    "ApiFaultAlarm": (api_fails, {"FailureAlarm"}),
    "BusinessThrottleAlarm": (an_index_of_businesses_is_busy, set()),
    "OnboardingThrottleAlarm": (the_table_of_onboardings_is_busy, set()),
}


@pytest.mark.parametrize("name", CAUSES)
def test_each_alarm_goes_off_by_itself_and_ends_when_it_is_quiet_again(
    stack: Stack, name: str
) -> None:
    happen, others = CAUSES[name]
    with stack.aws.clock.at(NOON):
        assert stack.states() == dict.fromkeys(CAUSES, "OK")
        happen(stack)
    with stack.aws.clock.at(NOON + MINUTE):
        assert {alarm for alarm, state in stack.states().items() if state == "ALARM"} == {
            name,
            *others,
        }
    with stack.aws.clock.at(QUIET_AGAIN):
        assert stack.states() == dict.fromkeys(CAUSES, "OK")


def test_between_two_looks_an_alarm_that_rang_and_ended_is_in_the_history(stack: Stack) -> None:
    with stack.aws.clock.at(NOON):
        assert stack.alarm("FailureAlarm")[0] == "OK"
        stack.break_group()
        stack.sign_up("stuck@example.com")
    with stack.aws.clock.at(NOON + timedelta(hours=2)):
        history = stack.cloudwatch.describe_alarm_history(
            AlarmName=stack.ids["FailureAlarm"], HistoryItemType="StateUpdate"
        )["AlarmHistoryItems"]
        changes = {
            each["HistorySummary"]: each["Timestamp"]
            for each in history
            if each["Timestamp"] > NOON - MINUTE
        }
    minute = NOON.replace(second=0)
    assert changes["Alarm updated from OK to ALARM"] == minute + MINUTE
    assert changes["Alarm updated from ALARM to OK"] == QUIET_AGAIN.replace(second=0)
