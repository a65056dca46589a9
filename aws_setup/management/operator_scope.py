"""What the printed policy of an operator is for: by the settings, the options and the stack."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import boto3
from botocore.exceptions import ClientError
from django.conf import settings

from aws_setup.calls.clients import aws_session, in_a_sentence, translated_errors
from aws_setup.deployment.operator_policy import Scope
from aws_setup.exceptions import AwsSetupError
from aws_setup.stack.states import describe_stack, parameters_of

NOT_READ = (
    "Stack {stack} could not be read, so the policy has no rights on a key, a web ACL or an "
    "identity in Amazon SES that it uses and the settings no longer name. An update cannot take "
    "these away without them. {why}"
)


def operator_scope(options: Mapping[str, Any], say: Callable[[str], object]) -> Scope:
    """Return where whoever runs deploy_backend with these options works, and what with.

    say: told if what the stack uses by now could not be read, which the policy then lacks.
    """
    session = aws_session()
    # With a role, what the stack uses takes no rights of the operator.
    before = {} if options["role_arn"] else _parameters_by_now(session, say)
    return Scope(
        partition=session.get_partition_for_region(session.region_name),
        region=session.region_name,
        stack=settings.BACKEND_STACK_NAME,
        business_tables=_named(options["business_table"]),
        onboarding_table=options["onboarding_table"] or "",
        template_bucket=options["template_bucket"],
        with_xray=settings.XRAY_ENABLED,
        kms_key_arns=_named(settings.KMS_KEY_ARN, before.get("KmsKeyArn")),
        web_acl_arns=_named(settings.WEB_ACL_ARN, before.get("WebAclArn")),
        sends_by_ses=bool(_named(settings.EMAIL_IDENTITY_ARN, before.get("EmailIdentityArn"))),
        role_arn=options["role_arn"] or "",
    )


def _parameters_by_now(session: boto3.Session, say: Callable[[str], object]) -> dict[str, str]:
    """Return the parameters of the stack; none if there is no stack, or it can't be read."""
    name = settings.BACKEND_STACK_NAME
    try:
        with translated_errors(), closing(session.client("cloudformation")) as client:
            return parameters_of(describe_stack(client, name))
    except AwsSetupError as error:
        why = f"{error} {error.hint}"
    except ClientError as error:
        why = in_a_sentence(error)
    say(NOT_READ.format(stack=name, why=why))
    return {}


def _named(*values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in values if each))
