"""The status says who sends the codes of the sign-ups, as the settings have it."""

from functools import partial

from aws_setup.local.server import ACCOUNT_ID, LocalAws
from aws_setup.status.checks import check_stack
from aws_setup.status.runner import Backend, CheckState, run_checks
from aws_setup.status.trigger import check_trigger
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.operator import Operator

STACK = "onboarding-test"
CHECKS = {"stack": check_stack, "trigger": check_trigger}


def mail(aws: LocalAws) -> tuple[CheckState, str]:
    results = run_checks(Backend(partial(aws.client, region=REGION), STACK), CHECKS)
    [found] = [(each.state, each.text) for each in results if each.name == "mail"]
    return found


def test_cognito_sends_them_until_the_settings_name_a_sender(local_aws: LocalAws) -> None:
    operator = Operator(
        lambda service: local_aws.client(service, REGION), render_template(), stack=STACK
    )
    operator.deploy()
    state, text = mail(local_aws)
    assert state is CheckState.OK
    assert text.startswith("Cognito sends the codes itself, a few dozen a day")
    assert "EMAIL_IDENTITY_ARN and EMAIL_FROM" in text

    operator.parameters = {
        "EmailIdentityArn": f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/example.com",
        "EmailFrom": "sign-up@example.com",
    }
    operator.deploy()
    assert mail(local_aws) == (CheckState.OK, "Amazon SES sends the codes.")
