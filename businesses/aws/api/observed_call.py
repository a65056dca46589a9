"""Tells whoever counts them how a call of the API ended, and how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from businesses.exceptions import ApiNotCalled, ApiRefused
from businesses.signals import api_called


@dataclass(slots=True)
class ObservedCall:
    """A call under way. error: the type of the error that it ended with; "" for none."""

    error: str = ""


@contextmanager
def observed_call(operation: str) -> Iterator[ObservedCall]:
    """Send `api_called` once the block has ended, in whichever way."""
    began, call = time.monotonic(), ObservedCall()
    try:
        yield call
    except (ApiNotCalled, ApiRefused) as error:
        call.error = error.kind
        raise
    finally:
        seconds = time.monotonic() - began
        api_called.send_robust(
            ObservedCall, service="appsync", operation=operation, seconds=seconds, error=call.error
        )
