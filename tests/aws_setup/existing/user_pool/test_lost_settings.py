"""What was set by hand on the stack's own pool is named before an update takes it away."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.exceptions import ConsentMissing
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.user_pool.lost_settings import StackSettings, lost_settings
from aws_setup.existing.user_pool.updates import describe_pool, update_arguments
from aws_setup.local.server import LocalAws
from aws_setup.stack.stack_options import StackOptions
from aws_setup.stack.states import describe_stack
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.existing.user_pool.full_pool import EVERYTHING
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.local.functions import create_function, permit_cognito
from tests.aws_setup.operator import Operator, Terminal

STACK = "onboarding-test"
OTHER = f"arn:aws:lambda:{REGION}:123456789012:function:check-invitation"
QUESTION = "Let the user pool lose that?"


class Account:
    """A deployed stack, and somebody who changes its pool by hand."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cognito = aws.client("cognito-idp", REGION)
        self.operator().deploy()
        stack = describe_stack(aws.client("cloudformation", REGION), STACK)
        assert stack is not None
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.pool_id = outputs["UserPoolId"]

    def operator(self, *, tags: dict[str, str] | None = None) -> Operator:
        return Operator(
            OperatorClients(self.aws),
            render_template(),
            stack=STACK,
            stack_options=StackOptions(tags=tags or {}),
        )

    def set_by_hand(self, **changes: Any) -> None:
        pool: Any = describe_pool(self.cognito, self.pool_id)
        config = pool.get("LambdaConfig", {}) | changes.pop("LambdaConfig", {})
        self.cognito.update_user_pool(
            **update_arguments(pool, self.cognito.meta.service_model)
            | changes
            | {"LambdaConfig": config}
        )

    def status(self) -> str:
        stack = describe_stack(self.aws.client("cloudformation", REGION), STACK)
        return stack["StackStatus"] if stack else ""

    def pool(self) -> Any:
        return describe_pool(self.cognito, self.pool_id)


@pytest.fixture
def account(local_aws: LocalAws) -> Account:
    return Account(local_aws)


def test_a_change_of_tags_names_what_the_pool_would_lose_and_asks(account: Account) -> None:
    account.set_by_hand(
        LambdaConfig={"PreSignUp": OTHER},
        EmailVerificationSubject="Welcome to the market",
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
    )
    operator = account.operator(tags={"team": "shops"})
    operator.deploy(yes=False, stdin=Terminal("n\n"))
    for told in (
        f"loses LambdaConfig.PreSignUp {OTHER}.",
        "loses EmailVerificationSubject Welcome to the market.",
        "loses AdminCreateUserConfig.AllowAdminCreateUserOnly True.",
    ):
        assert f"User pool {account.pool_id} {told}" in operator.said
    assert QUESTION in operator.said
    assert account.pool()["LambdaConfig"]["PreSignUp"] == OTHER

    account.operator(tags={"team": "shops"}).deploy(yes=False, stdin=Terminal("y\ny\n"))
    assert "PreSignUp" not in account.pool()["LambdaConfig"]


def test_another_function_that_the_pool_calls_is_named_too(account: Account) -> None:
    account.set_by_hand(LambdaConfig={"PostConfirmation": OTHER})
    operator = account.operator(tags={"team": "shops"})
    operator.deploy(yes=False, stdin=Terminal("n\n"))
    told = f"User pool {account.pool_id} no longer calls {OTHER} after each confirmation."
    assert told in operator.said
    assert QUESTION in operator.said


def test_an_adoption_asks_once_and_before_the_import(account: Account) -> None:
    account.set_by_hand(LambdaConfig={"PreSignUp": OTHER})
    account.operator().destroy()
    told = f"User pool {account.pool_id} loses LambdaConfig.PreSignUp {OTHER}."
    with pytest.raises(ConsentMissing, match="Nothing was changed") as caught:
        account.operator().deploy()
    assert told in str(caught.value)
    assert account.status() == ""
    declining = account.operator()
    assert declining.deploy(yes=False, stdin=Terminal("n\n")).outcome == "declined"
    assert declining.said.endswith("Nothing was changed.\n")
    assert account.status() == ""

    adopting = account.operator()
    adopting.deploy(yes=False, stdin=Terminal("y\ny\ny\n"))
    assert adopting.said.count(told) == adopting.said.count(QUESTION) == 1
    assert adopting.said.index(told) < adopting.said.index("The rest of the stack follows")
    assert "PreSignUp" not in account.pool()["LambdaConfig"]


def test_an_adoption_names_a_function_that_was_set_since_unless_it_is_gone(
    account: Account,
) -> None:
    account.operator().destroy()
    account.set_by_hand(LambdaConfig={"PostConfirmation": OTHER})
    unasked = account.operator()
    unasked.deploy(dry_run=True)
    assert "no longer calls" not in unasked.said

    theirs = create_function(account.aws, REGION, "def handler(event, context): return event")
    permit_cognito(account.aws, REGION, theirs, SourceArn=account.pool()["Arn"])
    account.set_by_hand(LambdaConfig={"PostConfirmation": theirs})
    asked = account.operator()
    asked.deploy(dry_run=True)
    told = f"User pool {account.pool_id} no longer calls {theirs} after each confirmation."
    assert told in asked.said


def test_a_sender_that_was_set_by_hand_is_carried_over_by_the_settings(account: Account) -> None:
    identity = f"arn:aws:ses:{REGION}:123456789012:identity/example.com"
    sender = {"EmailSendingAccount": "DEVELOPER", "SourceArn": identity, "From": "us@example.com"}
    account.set_by_hand(EmailConfiguration=sender)
    planning = account.operator(tags={"team": "shops"})
    planning.deploy(dry_run=True)
    told = f"EMAIL_IDENTITY_ARN={identity} and EMAIL_FROM=us@example.com."
    assert told in planning.said
    keeping = account.operator(tags={"team": "shops"})
    keeping.parameters = {"EmailIdentityArn": identity, "EmailFrom": "us@example.com"}
    keeping.deploy()
    assert account.pool()["EmailConfiguration"] == sender


SENDER = {"EmailIdentityArn": f"arn:aws:ses:{REGION}:123456789012:identity/example.com"}


def test_what_the_stack_itself_has_set_may_be_set_otherwise_without_a_question(
    account: Account,
) -> None:
    for address in ("us@example.com", "shops@example.com", ""):
        changing = account.operator()
        changing.parameters = {**SENDER, "EmailFrom": address} if address else {}
        changing.deploy()
        assert "User pool" not in changing.said
        assert account.pool()["EmailConfiguration"].get("From", "") == address


def test_what_somebody_has_set_in_place_of_the_stacks_own_value_is_told(account: Account) -> None:
    sending = account.operator()
    sending.parameters = {**SENDER, "EmailFrom": "us@example.com"}
    sending.deploy()
    by_hand = account.pool()["EmailConfiguration"] | {"From": "boss@example.com"}
    account.set_by_hand(EmailConfiguration=by_hand)
    changing = account.operator()
    changing.parameters = {**SENDER, "EmailFrom": "shops@example.com"}
    with pytest.raises(ConsentMissing) as caught:
        changing.deploy()
    told = "gets EmailConfiguration.From shops@example.com in place of boss@example.com."
    assert f"what the user pool would lose. User pool {account.pool_id} {told}" in str(caught.value)


def test_nobody_who_answers_yes_beforehand_loses_a_setting(account: Account) -> None:
    account.set_by_hand(LambdaConfig={"PreSignUp": OTHER})
    with pytest.raises(ConsentMissing, match=f"loses LambdaConfig.PreSignUp {OTHER}") as caught:
        account.operator(tags={"team": "shops"}).deploy()
    assert "--reset-pool-settings" in caught.value.hint
    assert account.pool()["LambdaConfig"]["PreSignUp"] == OTHER
    allowed = account.operator(tags={"team": "shops"})
    allowed.options = ExistingOptions(reset_pool_settings=True)
    allowed.deploy()
    assert "PreSignUp" not in account.pool()["LambdaConfig"]


def test_all_that_yes_does_not_cover_is_told_in_one_run(account: Account) -> None:
    account.set_by_hand(LambdaConfig={"PreSignUp": OTHER})
    refused = account.operator(tags={"team": "shops"})
    refused.parameters = {"GroupName": "shops"}
    with pytest.raises(ConsentMissing, match="Nothing was changed") as caught:
        refused.deploy()
    assert "a change that leaves data behind: Group." in str(caught.value)
    assert f"loses LambdaConfig.PreSignUp {OTHER}." in str(caught.value)
    assert "`--allow-replacement Group`" in caught.value.hint
    assert "--reset-pool-settings" in caught.value.hint


def test_a_setting_that_the_template_has_is_told_with_both_values(account: Account) -> None:
    policy = account.pool()["Policies"]["PasswordPolicy"]
    account.set_by_hand(Policies={"PasswordPolicy": {**policy, "MinimumLength": 20}})
    operator = account.operator(tags={"team": "shops"})
    operator.deploy(dry_run=True)
    told = "gets Policies.PasswordPolicy.MinimumLength 12 in place of 20."
    assert f"User pool {account.pool_id} {told}" in operator.said


def test_a_pool_that_nobody_has_changed_loses_nothing(account: Account) -> None:
    operator = account.operator(tags={"team": "shops"})
    operator.deploy(yes=False, stdin=Terminal("y\n"))
    assert QUESTION not in operator.said
    assert account.pool()["UserPoolTags"]["team"] == "shops"


def test_an_update_that_leaves_the_pool_alone_asks_nothing(account: Account) -> None:
    account.set_by_hand(LambdaConfig={"PreSignUp": OTHER})
    operator = account.operator()
    operator.parameters = {"AlarmEmail": "operators@example.com"}
    operator.deploy(yes=False, stdin=Terminal("y\n"))
    assert QUESTION not in operator.said
    assert account.pool()["LambdaConfig"]["PreSignUp"] == OTHER


@given(kept=st.sets(st.sampled_from(sorted(EVERYTHING))))
@settings(max_examples=40)
def test_whatever_the_update_would_reset_is_named(kept: set[str]) -> None:
    """Of a pool with every setting, each one that the template lacks is named, and no other."""
    resource = parse_template(render_template(), "the template")["Resources"]["UserPool"]
    stack = StackSettings(properties=resource["Properties"])
    given_settings = {name: EVERYTHING[name] for name in kept}
    told = "\n".join(lost_settings(given_settings, {}, stack))
    documented = {"MfaConfiguration", "UserPoolTier"}
    for name in kept - {"PoolName", "UserPoolTags", *resource["Properties"]} - documented:
        assert f"loses {name}" in told
    for name in EVERYTHING.keys() - kept:
        assert f"loses {name}" not in told
