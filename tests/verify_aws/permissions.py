"""The permissions that a verification takes, as two policies that each fit into a managed one.

The operator's policy says what deploying and removing a stack takes. What the observations and the
end-to-end tests call beside that is recorded in `calls.json`. `python -m
tests.verify_aws.permissions` records it anew, in the embedded AWS, and a test compares the two.
"""

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_setup.deployment.operator_policy import LINKED_ROLE, Scope, operator_policy
from aws_setup.existing.service_linked_role import ROLE
from aws_setup.local.server import LocalAws
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template

CALLS = Path(__file__).parent / "calls.json"
NAMES = "verify-*"  # of all stacks, tables, log groups and functions that a verification makes
# For these, IAM knows no resource, or the service chooses an id that can't be told beforehand.
UNSCOPED = {
    "appsync:EvaluateCode",
    "appsync:CreateGraphqlApi",
    "appsync:ListGraphqlApis",
    "cloudformation:ListStacks",
    "cognito-idp:ListUserPools",
    "dynamodb:ListTables",
}
LOOK = {"iam:GetRole"}  # of AppSync's role, which is not one of the operator's
SCOPES = {
    "appsync": ["{services}:apis/*"],
    "cloudformation": ["{services}:stack/{names}"],
    "cognito-idp": ["{services}:userpool/*"],
    "dynamodb": ["{services}:table/{names}"],
    "iam": ["arn:{partition}:iam::*:role/{role}", "arn:{partition}:iam::*:{linked}"],
    "lambda": ["{services}:function:{names}"],
    "logs": ["{services}:log-group:{names}"],
}


def policies(region: str, partition: str = "aws") -> dict[str, Any]:
    """Return the documents of the policies, by what they are for."""
    scope = Scope(partition=partition, region=region, stack=NAMES, with_xray=True)
    deploying = operator_policy(parse_template(render_template(), "the template"), scope)
    covered = {action for each in deploying["Statement"] for action in each["Action"]}
    recorded = set(json.loads(CALLS.read_text(encoding="utf-8")))
    return {"deploying": deploying, "observing": _observing(recorded - covered | LOOK, scope)}


def _observing(actions: set[str], scope: Scope) -> dict[str, Any]:
    filled = {"partition": scope.partition, "names": NAMES, "role": ROLE, "linked": LINKED_ROLE}
    statements = [(actions & UNSCOPED, ["*"])]
    for service, resources in SCOPES.items():
        scoped = {each for each in actions - UNSCOPED if each.startswith(f"{service}:")}
        services = f"arn:{scope.partition}:{service}:{scope.region}:*"
        statements.append(
            (scoped, [each.format(services=services, **filled) for each in resources])
        )
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": sorted(listed), "Resource": where}
            for listed, where in statements
            if listed
        ],
    }


@contextmanager
def hired(aws: LocalAws, region: str, *documents: Any) -> Iterator[str]:
    """Let the environment lead to an account's new user who has these policies; yield their ARN."""
    iam = aws.client("iam", region)
    arn = iam.create_user(UserName="verifier")["User"]["Arn"]
    for number, document in enumerate(documents):
        made = iam.create_policy(PolicyName=f"policy{number}", PolicyDocument=json.dumps(document))
        iam.attach_user_policy(UserName="verifier", PolicyArn=made["Policy"]["Arn"])
    key = iam.create_access_key(UserName="verifier")["AccessKey"]
    before = dict(os.environ)
    with TemporaryDirectory() as folder:
        profile = Path(folder) / "credentials"
        profile.write_text(
            f"[default]\naws_access_key_id={key['AccessKeyId']}\n"
            f"aws_secret_access_key={key['SecretAccessKey']}\n",
            encoding="utf-8",
        )
        os.environ.update(aws.environment(region), AWS_SHARED_CREDENTIALS_FILE=str(profile))
        # The embedded AWS takes the key of its own environment for the account's root user's.
        del os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
        try:
            aws.decisions.clear()
            yield arn
        finally:
            os.environ.clear()
            os.environ.update(before)


def calls_of(aws: LocalAws, arn: str) -> list[str]:
    """Return the actions that IAM has decided about for somebody."""
    return sorted({each.action for each in aws.decisions.about(arn)})


def main() -> None:
    """Write down what a verification calls in the embedded AWS."""
    from tests.verify_aws.observations.every import OBSERVATIONS
    from tests.verify_aws.verification import deploy_and_verify

    region = "eu-central-1"
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    with LocalAws() as aws, TemporaryDirectory() as folder, hired(aws, region, everything) as arn:
        deploy_and_verify(OBSERVATIONS, Path(folder), io.StringIO())
        CALLS.write_text(f"{json.dumps(calls_of(aws, arn), indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    import django

    django.setup()
    main()
