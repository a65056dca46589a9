"""Asks one question about each of many names in parallel, within a time limit."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger(__name__)

DENIED = frozenset({"AccessDenied", "AccessDeniedException"})

Answer = TypeVar("Answer")
Name = TypeVar("Name")


class QuotaExhausted(Exception):
    """A quota did not allow the question to be asked in time."""


def ask_each(
    submit: Callable[[Name], "Future[Answer]"],
    names: Sequence[Name],
    *,
    timeout_seconds: float,
    subject: str,
) -> dict[Name, Answer]:
    """Return the answers by name; names without an answer in time are left out.

    submit: hands the question to an executor. It may raise QuotaExhausted and botocore's errors,
    which leave out its name. Any other error is raised. So is a refusal if AWS refused the question
    for every name, because then the site may not ask it at all. subject: what is unknown when
    answers are missing, for the log.
    """
    asked = {submit(name): name for name in names}
    done, late = wait(asked, timeout=timeout_seconds)
    for future in late:
        future.cancel()
    answers, failures = dict[Name, Answer](), ["no answer in time"] * len(late)
    refusals = list[ClientError]()
    for future in done:
        try:
            answers[asked[future]] = future.result()
        except ClientError as error:
            failures.append(error.response["Error"]["Code"])
            refusals += [error] if failures[-1] in DENIED else []
        except BotoCoreError as error:
            failures.append(type(error).__name__)
        except QuotaExhausted:
            failures.append("no turn in time")
    if refusals and len(refusals) == len(names):
        raise refusals[0]
    if failures:
        reasons = ", ".join(sorted(set(failures)))
        logger.warning("The %s of %d users are unknown: %s", subject, len(failures), reasons)
    return answers
