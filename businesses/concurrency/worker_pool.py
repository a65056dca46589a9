"""Many calls at once for callers that do not use asyncio, with results as they arrive."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from itertools import islice
from queue import SimpleQueue
from typing import Generic, TypeVar

from businesses.concurrency.native_threads import require_native_threads

Connection = TypeVar("Connection")
Item = TypeVar("Item")
Result = TypeVar("Result")

_END = object()


class Cancelled(Exception):
    """The work on an item was not started because of the stop, so there is no result."""


class WorkerPool(Generic[Connection, Item, Result]):
    """Workers that share a connection, on an event loop in its own thread.

    connect: opens the connection on that loop. work: processes one item; blocking calls belong in
    threads (asyncio.to_thread). stop: once set, no further item is started, and those under way are
    finished. at_once: how many items are under way at a time. threads: how many calls may block at
    a time; each takes time from the loop, so a larger number is slower.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[Connection]],
        work: Callable[[Connection, Item], Awaitable[Result]],
        *,
        stop: threading.Event,
        at_once: int,
        threads: int = 8,
    ) -> None:
        self._connect, self._work = connect, work
        self._stop, self._at_once, self._threads = stop, at_once, threads
        self._results: SimpleQueue[object] = SimpleQueue()
        self._errors: list[BaseException] = []

    def run(self, items: Iterable[Item]) -> Generator[Result, None, None]:
        """Yield the results as they arrive; can be called only once.

        items: read by one thread at a time while the work goes on. An error in the work or in
        `items` stops the workers, and is raised when the items under way are finished. Closing the
        generator stops the workers too. The caller's thread may have an event loop of its own.
        Raises GreenThreads if this process has no threads.
        """
        require_native_threads()
        thread = threading.Thread(
            target=copy_context().run, args=(self._loop, iter(items)), name="workers"
        )
        thread.start()
        try:
            while (result := self._results.get()) is not _END:
                yield result  # type: ignore[misc]
        except BaseException:
            self._stop.set()
            raise
        finally:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _loop(self, items: Iterator[Item]) -> None:
        try:
            asyncio.run(self._main(items))
        except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
            self._errors.append(error)
        finally:
            self._results.put(_END)

    async def _main(self, items: Iterator[Item]) -> None:
        threads = ThreadPoolExecutor(self._threads, "workers")
        asyncio.get_running_loop().set_default_executor(threads)
        feed = _Feed(items, self._at_once)
        async with self._connect() as connection:
            await asyncio.gather(*(self._worker(connection, feed) for _ in range(self._at_once)))

    async def _worker(self, connection: Connection, feed: "_Feed[Item]") -> None:
        try:
            while not self._stop.is_set() and (found := await feed.next()):
                self._results.put(await self._work(connection, *found))
        except Cancelled:
            return
        except BaseException as error:  # noqa: BLE001 - the other workers finish first
            self._errors.append(error)
            self._stop.set()


class BatchedReads(Generic[Result]):
    """Combines reads: callers that ask while a read is under way share the next one.

    So no answer is older than its question. read: returns the values that exist, by key; it may
    block, because it runs in a thread.
    """

    def __init__(self, read: Callable[[list[str]], Mapping[str, Result]]) -> None:
        self._read = read
        self._keys: list[str] = []
        self._next: asyncio.Task[Mapping[str, Result]] | None = None
        self._turn = asyncio.Lock()

    async def get(self, key: str) -> Result | None:
        """Return a key's current value, or None if there is none. Raises the read's errors."""
        self._keys.append(key)
        if self._next is None:
            self._next = asyncio.create_task(self._read_all())
        return (await self._next).get(key)

    async def _read_all(self) -> Mapping[str, Result]:
        async with self._turn:
            keys, self._keys, self._next = self._keys, [], None
            return await asyncio.to_thread(self._read, keys)


class _Feed(Generic[Item]):
    """Hands out items while it reads the next batch of them."""

    def __init__(self, items: Iterator[Item], ahead: int) -> None:
        self._items, self._ahead = items, ahead
        self._read: deque[Item] = deque()
        self._next: asyncio.Task[list[Item]] | None = None
        self._turn = asyncio.Lock()

    async def next(self) -> tuple[Item] | tuple[()]:
        """Return the next item; () at the end."""
        async with self._turn:
            if not self._read:
                self._read.extend(await (self._next or self._take()))
                self._next = asyncio.create_task(self._take())
            return (self._read.popleft(),) if self._read else ()

    async def _take(self) -> list[Item]:
        # Several at a time, because switching threads costs more than reading an item.
        return await asyncio.to_thread(lambda: list(islice(self._items, self._ahead)))
