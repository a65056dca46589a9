"""Servers whose threads are greenlets are refused; event loops of the caller do not matter."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from django.apps import apps

from businesses.concurrency.native_threads import require_native_threads
from businesses.concurrency.worker_pool import WorkerPool
from businesses.exceptions import GreenThreads

GEVENT = SimpleNamespace(is_module_patched=lambda name: name == "threading")
EVENTLET = SimpleNamespace(is_monkey_patched=lambda name: name == "thread")
HALF = SimpleNamespace(is_module_patched=lambda name: name == "socket")


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    yield


async def twice(_connection: None, item: int) -> int:
    await asyncio.sleep(0)
    return 2 * item


def doubled(count: int) -> list[int]:
    return sorted(WorkerPool(nothing, twice, stop=threading.Event(), at_once=2).run(range(count)))


@pytest.fixture(
    params=[("gevent", "gevent.monkey", GEVENT), ("eventlet", "eventlet.patcher", EVENTLET)]
)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library that has replaced the threads of this process, as far as it says itself."""
    name, module, says = request.param
    monkeypatch.setitem(sys.modules, module, says)
    return str(name)


def test_a_server_with_green_threads_ends_at_start_with_one_line(
    library: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        apps.get_app_config("businesses").ready()
    assert ended.value.code == 3
    [line] = capsys.readouterr().err.splitlines()
    assert line == (
        f"This site cannot work in the green threads of {library}. Have the server started with "
        "another worker class: for gunicorn, sync or gthread."
    )


def test_threads_that_were_replaced_after_the_start_are_no_place_for_a_loop(library: str) -> None:
    with pytest.raises(GreenThreads, match=library):
        doubled(3)


def test_a_library_that_leaves_threads_alone_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gevent.monkey", HALF)
    require_native_threads()
    assert doubled(3) == [0, 2, 4]


def test_a_caller_inside_a_running_event_loop_gets_its_results() -> None:
    async def caller() -> list[int]:
        return doubled(3)

    async def at_once() -> list[list[int]]:
        return await asyncio.gather(caller(), *(asyncio.to_thread(doubled, 3) for _ in range(3)))

    assert asyncio.run(at_once()) == [[0, 2, 4]] * 4
