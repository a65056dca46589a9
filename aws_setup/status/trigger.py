"""Checks whether the pool's confirmations reach the trigger's function, and who sends its mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import UserPoolMissing
from aws_setup.existing.deleted_by_hand import NO_USERS, RECREATE_STACK, is_missing
from aws_setup.existing.user_pool.fitness import keeps_all_out, keeps_some_out
from aws_setup.existing.user_pool.function_policy import PRINCIPAL, lets_cognito_in
from aws_setup.existing.user_pool.other_triggers import unreachable
from aws_setup.existing.user_pool.updates import describe_pool, function_arn, is_of, trigger_of
from aws_setup.status.runner import DEPLOY, Backend, CheckResult, ok, remark, wrong

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef

REPLACE = "`manage.py deploy_backend --replace-trigger` puts ours back."

CHANGE = "Change that setting of the pool, or expect it."
ACCEPTED = (
    "The stack was made around this pool, which may be meant to be so. If it is not, change that "
    "setting of the pool."
)
MEND_FUNCTION = (
    "Create that function again, let the pool call it with `aws lambda add-permission`, or take it "
    "out of the pool's triggers."
)


def check_trigger(backend: Backend) -> Iterator[CheckResult]:
    """Check whether the pool calls our function, and whether it is allowed to."""
    pool_id, function = backend.output("UserPoolId"), backend.output("TriggerFunctionName")
    try:
        pool = describe_pool(backend.client("cognito-idp"), pool_id)
    except UserPoolMissing:
        yield wrong("trigger", f"User pool {pool_id} is gone.", f"{RECREATE_STACK} {NO_USERS}")
        return
    yield _called(pool, function)
    yield _permission(backend, function, pool["Arn"])
    yield _mail(pool)
    yield from _sign_ups(pool, is_accepted=bool(backend.parameter("ExistingUserPoolId")))
    for text in unreachable(backend.client("lambda"), pool):
        yield wrong("sign-ups", text, MEND_FUNCTION)


def _sign_ups(pool: UserPoolTypeTypeDef, *, is_accepted: bool) -> Iterator[CheckResult]:
    """Say whom the pool keeps from being onboarded.

    is_accepted: whether the pool was there before the stack, whose plans then say it too.
    """
    for text in keeps_all_out(pool):
        yield wrong("sign-ups", text, CHANGE)
    for text in keeps_some_out(pool):
        if is_accepted:
            yield remark("sign-ups", text, ACCEPTED)
        else:
            yield wrong("sign-ups", text, CHANGE)


def _mail(pool: UserPoolTypeTypeDef) -> CheckResult:
    """Say who sends the codes: Cognito's own sender stops after some dozens a day.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
    """
    if pool.get("EmailConfiguration", {}).get("EmailSendingAccount") == "DEVELOPER":
        return ok("mail", "Amazon SES sends the codes.")
    return ok(
        "mail",
        "Cognito sends the codes itself, a few dozen a day, which is too few for production. Set "
        "EMAIL_IDENTITY_ARN and EMAIL_FROM to have Amazon SES send them.",
    )


def _called(pool: UserPoolTypeTypeDef, function: str) -> CheckResult:
    called, own = trigger_of(pool), function_arn(pool, function)
    if called == own:
        return ok("trigger", f"The user pool calls {function} after a confirmation.")
    if not called:
        hint = f"Until then, only the sweep finds the people who confirm. {DEPLOY}"
        return wrong("trigger", "The user pool calls no function after a confirmation.", hint)
    if is_of(called, own):
        text = f"The user pool calls a version or an alias, which no deployment updates: {called}."
        return wrong("trigger", text, REPLACE)
    text = f"The user pool calls another function after a confirmation: {called}."
    return wrong("trigger", text, f"Find out who set it; {REPLACE}")


def _permission(backend: Backend, function: str, pool_arn: str) -> CheckResult:
    """Check the function's resource-based policy.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    name = "trigger's permission"
    hint = (
        f"`aws lambda add-permission --function-name {function} --statement-id confirmations "
        f"--action lambda:InvokeFunction --principal {PRINCIPAL} --source-arn {pool_arn}`"
    )
    try:
        policy = backend.client("lambda").get_policy(FunctionName=function)["Policy"]
    except ClientError as error:
        if not is_missing(error):
            raise
        text = f"{function} has no policy or is gone: no confirmation is onboarded."
        return wrong(name, text, f"{hint}. If Lambda has no such function: {RECREATE_STACK}")
    if lets_cognito_in(json.loads(policy), pool_arn):
        return ok(name, "Cognito may invoke the function for this pool.")
    text = "Cognito may not invoke the function for this pool: no confirmation is onboarded."
    return wrong(name, text, f"{hint}.")
