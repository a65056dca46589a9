"""The outputs of a stack, which name the table, the pool and the API."""

import threading
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from businesses.aws.shared_outputs import SharedOutputs
from businesses.concurrency.ask_each import DENIED
from businesses.exceptions import BackendUnavailable, TableMissing, UserPoolMissing

OUTPUTS_SECONDS = 300
LOOK_SECONDS = 10  # how often a process looks whether another one has read other outputs


class StackOutputs:
    """The outputs of one stack, at most OUTPUTS_SECONDS old. Safe to share between threads.

    Those of another process may have been so old when they were taken.

    read: reads them from CloudFormation. clock: seconds, monotonic. shared: the outputs that other
    processes have read, and to which these are added.
    """

    def __init__(
        self,
        stack_name: str,
        read: Callable[[], Mapping[str, str]],
        *,
        clock: Callable[[], float],
        shared: SharedOutputs | None = None,
    ) -> None:
        self._shared = shared
        self._stack_name, self._read, self._clock = stack_name, read, clock
        self._lock = threading.RLock()
        self._outputs: Mapping[str, str] = {}
        self._read_at, self._looked_at = clock(), float("-inf")

    @property
    def known(self) -> Mapping[str, str]:
        """The outputs as last read; {} before the first read."""
        return self._outputs

    def __getitem__(self, key: str) -> str:
        """Return one output. Raises BackendUnavailable if the stack has no such output."""
        with self._lock:
            self._look()
            if not self._outputs or self._clock() - self._read_at > OUTPUTS_SECONDS:
                self._renew()
            if key not in self._outputs:
                self.forget()
                raise BackendUnavailable(
                    f"The stack {self._stack_name} has no output {key}.",
                    "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`.",
                )
            return self._outputs[key]

    def are_others_after(self, error: Exception, known: Mapping[str, str]) -> bool:
        """Read the outputs again; return whether they differ from those that led to an error.

        A refusal counts too: if the site's policy no longer names a resource, IAM refuses access
        before the service can say that the resource is gone. known: the outputs before the error.
        Makes no call for other kinds of errors, or if the outputs have been read since.
        """
        is_refused = isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED
        is_missing = isinstance(error, (TableMissing, UserPoolMissing))
        if not known or not (is_refused or is_missing):
            return False
        with self._lock:
            if self._outputs == known:
                self._renew()
            return self._outputs != known

    def forget(self) -> None:
        """Have the outputs read again, because the stack may have a new table or pool."""
        self._outputs, self._looked_at = {}, self._clock()

    def _look(self) -> None:
        """Take what another process has read, if it is time to look."""
        now = self._clock()
        if self._shared is None or now - self._looked_at <= LOOK_SECONDS:
            return
        self._looked_at, found = now, self._shared.get(OUTPUTS_SECONDS)
        if found and found != self._outputs:
            self._outputs, self._read_at = found, now

    def _renew(self) -> None:
        self._outputs = self._read()
        self._read_at = self._clock()
        if self._shared:
            self._shared.set(self._outputs, OUTPUTS_SECONDS)
