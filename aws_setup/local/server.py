"""The embedded AWS: ministack behind our gateway, in a thread of this process, only on loopback."""

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import socket
import string
import threading
import urllib.request
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from botocore.config import Config

from aws_setup.local.controls.faults import Faults
from aws_setup.local.exceptions import LocalAwsError, PackagesMissing, PortRefused, PortTaken
from aws_setup.local.iam.sessions import sealed_session

if TYPE_CHECKING:
    from aws_setup.local.cognito.codes import CodeMessage
    from aws_setup.local.controls.clock import Clock
    from aws_setup.local.controls.snapshots import Snapshot
    from aws_setup.local.iam.decisions import Decisions

ACCOUNT_ID = "123456789012"
HOST = "127.0.0.1"

_running = threading.Lock()  # ministack keeps its state in its modules: one server per process


class LocalAws:
    """An AWS account in this process, which exists for the length of a `with` block.

    port: 0 takes a free one. keys: the administrator's id and secret; random ones if None.
    Entering the block raises PortTaken when the port is in use, and LocalAwsError when this process
    already runs an embedded AWS. Everything in the account is gone at the end.
    """

    def __init__(self, port: int = 0, keys: tuple[str, str] | None = None) -> None:
        self._port = port
        self.faults = Faults()
        self.messages: deque[CodeMessage] = deque()
        self.access_key_id, self.secret_access_key = keys or (
            "AKIA" + _random(string.ascii_uppercase + "234567", 16),
            _random(string.ascii_letters + string.digits, 40),
        )
        self.endpoint_url = ""
        self._session = sealed_session(self.access_key_id, self.secret_access_key)
        self._clients: dict[tuple[str, str, Config | None], Any] = {}
        self._clients_lock = threading.Lock()  # creating a client is not thread-safe, using one is
        self._stop: Callable[[], object]
        self.clock: Clock  # which sets the time of everything that happens in this account
        self.decisions: Decisions  # IAM's, about everybody except the administrator

    def __enter__(self) -> Self:
        if not _running.acquire(blocking=False):
            raise LocalAwsError("This process already runs an embedded AWS.")
        try:
            self._listen()
        except BaseException:
            _running.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.reset()
        for client in self._clients.values():
            client.close()
        self._stop()
        self._thread.join()
        self.clock.close()
        _running.release()

    def _listen(self) -> None:
        listener = _bound(self._port)
        port = listener.getsockname()[1]
        self.endpoint_url = f"http://{HOST}:{port}"
        try:
            gateway = self._gateway(port)
        except BaseException:
            listener.close()
            raise
        started: Future[Callable[[], object]] = Future()
        self._thread = threading.Thread(
            target=asyncio.run,
            args=(_serve(gateway, listener.detach(), started),),
            name="local-aws",
            daemon=True,
        )
        self._thread.start()
        self._stop = started.result()

    def _gateway(self, port: int) -> Any:
        _settle_environment(port)
        of_logging = list(logging.root.handlers)
        try:
            import hypercorn  # noqa: F401 - if it is missing, fail here and not in the thread

            from aws_setup.local.appsync.authorization.callers import Administrator
            from aws_setup.local.cognito.codes import Codes
            from aws_setup.local.cognito.post_confirmation import PostConfirmation
            from aws_setup.local.cognito.sign_ups import SignUps
            from aws_setup.local.controls.clock import Clock
            from aws_setup.local.gateway import handlers
            from aws_setup.local.gateway.gateway import Gateway
            from aws_setup.local.iam.decisions import Decisions
        except ModuleNotFoundError as error:
            raise PackagesMissing(str(error.name)) from error
        logging.root.handlers = of_logging  # ministack adds one of its own for the whole process
        codes = Codes()
        handlers.register(codes)
        self.clock = Clock()
        self.decisions = Decisions()
        self.decisions.record()
        administrator = Administrator(
            account_id=ACCOUNT_ID,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
        )
        trigger = PostConfirmation(ACCOUNT_ID, self.client)
        sign_ups = SignUps(ACCOUNT_ID, trigger, codes)
        self.messages = codes.messages
        return Gateway(administrator, sign_ups, self.faults, self.endpoint_url)

    def client(self, service: str, region: str, config: Config | None = None) -> Any:
        """Return the administrator's boto3 client for a service, the same one each time."""
        key = (service, region, config)
        with self._clients_lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(  # type: ignore[call-overload]
                    service, region_name=region, endpoint_url=self.endpoint_url, config=config
                )
            return self._clients[key]

    def environment(self, region: str) -> dict[str, str]:
        """Return the environment variables that point any AWS client to this account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    def code_for(self, user_pool_id: str, username: str) -> str:
        """Return the latest code delivered to a user. Raises LookupError when there is none."""
        for message in reversed(self.messages):
            if (message.user_pool_id, message.username) == (user_pool_id, username):
                return message.code
        raise LookupError(f"no code was delivered to {username} of {user_pool_id}")

    def reset(self) -> None:
        """Empty the account."""
        self.faults.clear()
        self.messages.clear()
        from aws_setup.local.gateway.gateway import RESET_HEADER, RESET_PATH

        request = urllib.request.Request(  # noqa: S310
            self.endpoint_url + RESET_PATH,
            method="POST",
            headers={RESET_HEADER: self.secret_access_key},
        )
        with contextlib.closing(urllib.request.urlopen(request)) as response:  # noqa: S310
            response.read()
        self.faults.clear()  # the request above was not a call to AWS
        self.decisions.clear()

    def snapshot(self) -> "Snapshot":
        """Return a copy of the account, which `restore` can bring back.

        Take it while nothing is in progress: after `restore`, a stack that was being created would
        stay in that state forever.
        """
        from aws_setup.local.controls.snapshots import Snapshot

        return Snapshot.take(tuple(self.messages))

    def restore(self, snapshot: "Snapshot") -> None:
        """Bring the account back to the snapshot; whatever came after it is gone, as with `reset`.

        No process of a function survives this, because it would remember things that happened after
        the snapshot.
        """
        self.reset()
        snapshot.put_back()
        self.messages.extend(snapshot.messages)


def _bound(port: int) -> socket.socket:
    """Return a listening socket on loopback. Raises PortTaken or PortRefused."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port) from error
        raise PortRefused(port, error.strerror or str(error)) from error
    listener.listen(128)
    return listener


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


async def _serve(gateway: Any, descriptor: int, started: "Future[Callable[[], object]]") -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config as HypercornConfig

    config = HypercornConfig()
    config.bind = [f"fd://{descriptor}"]
    config.loglevel = "WARNING"
    config.graceful_timeout = 1
    # A client that sends on an idle connection just while it is being closed gets no answer, and
    # AppSync's data sources try only once: the longer, the rarer. But clients that nobody closes
    # use up this process's file descriptors.
    config.keep_alive_timeout = 75
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    started.set_result(partial(loop.call_soon_threadsafe, stop.set))
    await serve(gateway, config, shutdown_trigger=stop.wait)


def _settle_environment(port: int) -> None:
    """Set what ministack reads from the environment, in part already when it is imported."""
    os.environ.update(
        AUTH="true",
        GATEWAY_PORT=str(port),
        MINISTACK_HOST=HOST,
        MINISTACK_ACCOUNT_ID=ACCOUNT_ID,
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
    )
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    not_proxied = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = f"{not_proxied},{HOST}" if not_proxied else HOST
