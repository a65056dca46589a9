"""Whatever deploys can onboard; whatever cannot is refused or announced before the first change."""

import json
import re
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from aws_setup.exceptions import AwsSetupError
from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.existing.drawn.journey import LONGEST, ONBOARDED, Journey
from tests.aws_setup.existing.drawn.pools import STANDARD, pools
from tests.aws_setup.existing.drawn.tables import NAME, tables
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator
from tests.harness import counts
from tests.harness.examples import examples

STACK = "onboarding-test"
BODY = render_template()
# What a plan says, and which of the failures of a sign-up it announces.
ANNOUNCED = {
    "lets only administrators create users": r"SignUp: SignUp is not permitted",
    "before each sign-up. Cognito cannot call that": r"SignUp: PreSignUp invocation failed",
    "for each message that it sends. Cognito": r"SignUp: CustomMessage invocation failed",
    "send its e-mail. Cognito cannot call that": r"ConfirmSignUp: no code",
    "send its text messages. Cognito cannot call that": r"ConfirmSignUp: no code",
    "sends no confirmation codes": r"ConfirmSignUp: no code",
    "sends confirmation codes to telephone numbers alone": r"ConfirmSignUp: no code",
    "sign up without an e-mail address": r"stuck: .*mail|ConfirmSignUp: no code",
    "custom:business_name of user pool": r"SignUp: .*custom:business_name",
    "email of user pool": r"SignUp: .*email",
    "refuses a business whose name has more than": r"stuck: .*Size limit exceeded",
}


class Account:
    """An account with what others made in it."""

    def __init__(self, aws: LocalAws) -> None:
        aws.reset()
        self.aws = aws
        self.cognito, self.dynamodb = (
            aws.client(name, REGION) for name in ("cognito-idp", "dynamodb")
        )

    def make(self, operation: Any, arguments: dict[str, Any]) -> Any:
        """Create a resource; an example that AWS refuses is none."""
        try:
            return operation(**arguments)
        except (ClientError, ParamValidationError):
            counts.count("pools and tables that AWS would refuse")
            assume(False)

    def state(self) -> str:
        """Return everything that a deployment could change, as text."""
        pools = self.cognito.list_user_pools(MaxResults=60)["UserPools"]
        tables = self.dynamodb.list_tables()["TableNames"]
        stacks = self.aws.client("cloudformation", REGION).list_stacks()["StackSummaries"]
        found = [
            [self.cognito.describe_user_pool(UserPoolId=each["Id"])["UserPool"] for each in pools],
            [self.cognito.get_user_pool_mfa_config(UserPoolId=each["Id"]) for each in pools],
            [self.dynamodb.describe_table(TableName=each)["Table"] for each in tables],
            [each for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"],
        ]
        for answer in found[1]:
            answer.pop("ResponseMetadata")
        return json.dumps(found, default=str)

    def operator(self, options: ExistingOptions) -> Operator:
        client = OperatorClients(self.aws)
        return Operator(client, BODY, stack=STACK, options=options)

    def journey(self, email: str = STANDARD["email"]) -> Journey:
        stack = describe_stack(self.aws.client("cloudformation", REGION), STACK)
        assert stack is not None
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        return Journey(self.aws, outputs, email)


def refusal_of(planning: Operator) -> AwsSetupError | None:
    """Plan and change nothing; return the error that says why it cannot be deployed."""
    try:
        planning.deploy(dry_run=True)
    except AwsSetupError as error:
        return error
    return None


@settings(
    max_examples=examples(24),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each step of making a failure smaller would deploy once more
)
@given(
    pool=st.one_of(pools(), pools(), st.none()),
    table=st.one_of(tables(), st.none()),
    with_email=st.booleans(),
    name=st.sampled_from(["Alder & Sons", "", LONGEST]),
)
def test_whatever_deploys_onboards_and_the_rest_is_refused_or_announced_first(
    local_aws_server: LocalAws,
    pool: dict[str, Any] | None,
    table: dict[str, Any] | None,
    with_email: bool,
    name: str,
) -> None:
    account = Account(local_aws_server)
    pool_id = ""
    if pool is not None:
        pool_id = account.make(account.cognito.create_user_pool, pool)["UserPool"]["Id"]
    if table is not None:
        account.make(account.dynamodb.create_table, table)
    options = ExistingOptions(
        user_pool_id=pool_id, business_table=NAME if table else "", replace_trigger=True
    )
    before = account.state()
    planning = account.operator(options)
    refusal = refusal_of(planning)
    assert account.state() == before
    if refusal:
        assert refusal.hint
        counts.count("pools and tables that are refused before anything is changed")
        return
    account.operator(options).deploy()
    outcome = account.journey().run(with_email=with_email, name=name)
    told = [failure for words, failure in ANNOUNCED.items() if words in planning.said]
    if outcome == ONBOARDED:
        counts.count("pools and tables whose people were onboarded")
    else:
        assert any(re.match(failure, outcome) for failure in told), (outcome, planning.said)
        counts.count("pools of which the plan says why somebody is not onboarded")
