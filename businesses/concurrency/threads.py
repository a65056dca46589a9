"""Threads that work for whoever starts them, with the context of that request."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Threads(ThreadPoolExecutor):
    """A pool in which each call sees the context variables of its caller.

    So a log line that it writes, and a call to AWS that it makes, are those of the same request.
    """

    def submit(
        self,
        fn: Callable[Arguments, Answer],
        /,
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> "Future[Answer]":
        """Have the call made as soon as a thread is free."""
        return super().submit(copy_context().run, partial(fn, *args, **kwargs))
