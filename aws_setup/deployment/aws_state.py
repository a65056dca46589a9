"""What is true in AWS if a run ended now, in words, and how errors say it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from aws_setup.calls.clients import in_a_sentence, translated_errors
from aws_setup.exceptions import (
    AwsSetupError,
    DeployFailed,
    DeployUnfinished,
    UnexpectedAwsError,
)
from aws_setup.terminal.deploy_result import DeployResult

ADOPTED = "The stack has adopted the existing resources; nothing else was changed."
DEPLOYED = "The stack is deployed. Run it again to see its outputs."
GOES_ON = (
    "CloudFormation finishes or rolls back by itself what it has begun on {stack}.\n"
    "Run it again to watch it, or cancel an update with `aws cloudformation cancel-update-stack "
    "--stack-name {stack} --region {region}`."
)


def in_words(state: str, result: DeployResult) -> str:
    """Fill the stack and the Region into one of the texts above."""
    return state.format(stack=result.stack, region=result.region)


@contextmanager
def aws_state(result: DeployResult, state: str) -> Iterator[None]:
    """Note the state, and add it to the errors raised inside.

    An error of the stack operation itself passes, because it says how the operation ended. Any
    other error leaves the operation running and becomes DeployUnfinished.
    """
    result.aws_state = in_words(state, result)
    try:
        with translated_errors():
            yield
    except (DeployFailed, DeployUnfinished):
        raise
    except AwsSetupError as error:
        raise DeployUnfinished(f"{error}\n{result.aws_state}", hint=error.hint) from error
    except ClientError as error:
        said = f"{in_a_sentence(error)}\n{result.aws_state}"
        raise DeployUnfinished(said, hint=UnexpectedAwsError.hint) from error
