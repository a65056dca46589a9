from datetime import UTC, datetime, timedelta
from functools import partial

from aws_setup.local.samples.sign_up import SignUp, sign_up
from aws_setup.local.server import LocalAws
from tests.deployment import REGION, deploy

LONG_AGO = datetime(2026, 2, 28, 23, 59, tzinfo=UTC)
A_WHILE = timedelta(minutes=2)


def test_what_happens_in_the_past_is_dated_so_by_every_service(aws_environment: LocalAws) -> None:
    deploy(aws_environment)
    stack = Stack(aws_environment)
    stack.sign_up("Present Perfect")  # so that the function is warm
    with aws_environment.clock.at(LONG_AGO):
        onboarded = stack.sign_up("Past Tense")
        stack.break_group()
        stuck = stack.sign_up("Past Imperfect")
    dates = [
        stack.created(onboarded),
        stack.created(stuck),
        datetime.fromisoformat(stack.item("BusinessTableName", "id", onboarded)["createdAt"]["S"]),
        datetime.fromisoformat(
            stack.item("OnboardingTableName", "sub", stuck)["firstFailedAt"]["S"]
        ),
    ]
    assert all(timedelta() <= date - LONG_AGO < A_WHILE for date in dates), dates


def test_afterwards_it_is_the_present_again(aws_environment: LocalAws) -> None:
    deploy(aws_environment)
    stack = Stack(aws_environment)
    before = datetime.now(UTC)
    with aws_environment.clock.at(LONG_AGO):
        stack.sign_up("Past Tense")
    stack.break_group()
    stuck = stack.sign_up("Present Imperfect")
    failed_at = stack.item("OnboardingTableName", "sub", stuck)["firstFailedAt"]["S"]
    assert before <= datetime.fromisoformat(failed_at) <= datetime.now(UTC)


class Stack:
    """The deployed stack, as the people who sign up and the tables' owner see it."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cognito = aws.client("cognito-idp", REGION)
        cloudformation = aws.client("cloudformation", REGION)
        outputs = cloudformation.describe_stacks()["Stacks"][0]["Outputs"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in outputs}

    def sign_up(self, name: str) -> str:
        email = f"{name.lower().replace(' ', '.')}@example.com"
        return sign_up(
            self.cognito,
            self.outputs["UserPoolClientId"],
            SignUp(email=email, business_name=name),
            code_for=partial(self.aws.code_for, self.outputs["UserPoolId"]),
        )

    def break_group(self) -> None:
        self.cognito.delete_group(
            UserPoolId=self.outputs["UserPoolId"], GroupName=self.outputs["GroupName"]
        )

    def created(self, sub: str) -> datetime:
        user = self.cognito.admin_get_user(UserPoolId=self.outputs["UserPoolId"], Username=sub)
        created: datetime = user["UserCreateDate"]
        return created

    def item(self, table: str, key: str, value: str) -> dict[str, dict[str, str]]:
        dynamodb = self.aws.client("dynamodb", REGION)
        found: dict[str, dict[str, str]] = dynamodb.get_item(
            TableName=self.outputs[table], Key={key: {"S": value}}
        )["Item"]
        return found
