"""What CloudFormation says when it makes no change set, in an operator's words."""

from typing import NoReturn

from botocore.exceptions import ClientError

from aws_setup.exceptions import PlanFailed, StackBusy

ROLE_HINT = (
    "Name with --role-arn a role of this account that CloudFormation may assume. Without "
    "the option it is the stack's own, which may have been deleted since."
)


def raise_refusal(error: ClientError, stack_name: str) -> NoReturn:
    """Raise StackBusy or PlanFailed for an answer of CreateChangeSet; the error itself for others.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    """
    code = error.response["Error"]["Code"]
    said = error.response["Error"]["Message"].rstrip(".")
    if code == "AlreadyExistsException" or "_IN_PROGRESS state" in said:
        raise StackBusy(
            f"Somebody else is deploying {stack_name}: {said}. Nothing was changed."
        ) from error
    if "invalid or cannot be assumed" in said:
        raise PlanFailed(
            f"CloudFormation can't act with the role: {said}. Nothing was changed.", hint=ROLE_HINT
        ) from error
    if code in {"ValidationError", "InsufficientCapabilitiesException", "LimitExceededException"}:
        raise PlanFailed(
            f"CloudFormation refused the plan: {said}. Nothing was changed."
        ) from error
    raise error
