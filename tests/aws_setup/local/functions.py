"""Lambda functions for tests of the embedded AWS."""

import io
import json
import zipfile
from typing import Any

from aws_setup.local.server import ACCOUNT_ID, LocalAws

LAMBDA_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def create_function(aws: LocalAws, region: str, code: str, *, timeout_seconds: int = 5) -> str:
    """Create a Python function from the text of its module and return its ARN."""
    iam = aws.client("iam", region)
    role = iam.create_role(RoleName="trigger", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))
    created = aws.client("lambda", region).create_function(
        FunctionName="trigger",
        Runtime="python3.13",
        Handler="index.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": zipped(code)},
        Timeout=timeout_seconds,
    )
    return str(created["FunctionArn"])


def zipped(code: str) -> bytes:
    """Return the archive of a function whose module has this text."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", code)
    return archive.getvalue()


def permit_cognito(aws: LocalAws, region: str, function_arn: str, **source: str) -> None:
    """Allow Cognito to invoke the function, from `SourceArn` and `SourceAccount`."""
    aws.client("lambda", region).add_permission(
        FunctionName=function_arn,
        StatementId="cognito",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        **{"SourceAccount": ACCOUNT_ID, **source},
    )


def printed(aws: LocalAws, region: str) -> list[dict[str, Any]]:
    """Return the JSON lines that the function has printed."""
    events = aws.client("logs", region).filter_log_events(logGroupName="/aws/lambda/trigger")
    lines = [event["message"] for event in events["events"]]
    return [json.loads(line) for line in lines if line.startswith("{")]
