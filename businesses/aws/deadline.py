"""Answers within a deadline: a page waits no longer for AWS, whatever goes on behind it."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from businesses.aws.stack import translated_errors
from businesses.exceptions import BackendUnavailable
from businesses.typed_cache import no_connection_left

Answer = TypeVar("Answer")


def answer_within(seconds: float, question: Callable[[], Answer], executor: Executor) -> Answer:
    """Ask in one of the executor's threads, and return the answer.

    Raises BackendUnavailable, in place of the errors of boto3 and aws_setup too, CredentialsRefused
    and the question's own errors. A question that has begun goes on when its time is up, and ends
    with the clients' own time limits.
    """

    def ask() -> Answer:
        with no_connection_left():
            return question()

    answer = executor.submit(ask)
    try:
        with translated_errors():
            return answer.result(seconds)
    except TimeoutError as error:
        answer.cancel()  # nobody waits for it any more, if it has not begun yet
        raise BackendUnavailable(
            f"AWS did not answer within {seconds:g} seconds.",
            "Try again. If it happens again, check the server's network and AWS_ENDPOINT_URL.",
            kind="Timeout",
        ) from error
