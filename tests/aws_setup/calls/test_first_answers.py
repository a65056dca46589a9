"""How long a client waits for a service that has not answered yet, and for one that has."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.calls.first_answers import (
    LAST_TRY_SECONDS,
    SAY_AFTER_SECONDS,
    FirstAnswers,
    waiting_for,
)
from tests.harness.counts import count

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"TableNames":[]}'
MOST_TRIES = 4


class Service:
    """A service that answers so many requests, and none after those."""

    def __init__(self, url: str, answers: int) -> None:
        self.url, self.answers = url, answers
        self.asked = 0


@contextmanager
def service(answers: int) -> Iterator[Service]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        serving = Service(f"http://127.0.0.1:{listener.getsockname()[1]}", answers)
        opened: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    one, _ = listener.accept()
                except OSError:
                    return
                opened.append(one)
                if not one.recv(65536):
                    return
                serving.asked += 1
                if serving.asked <= serving.answers:
                    one.sendall(ANSWER.replace(b"Content", b"Connection: close\r\nContent"))
                    one.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield serving
        finally:
            socket.create_connection(listener.getsockname()).close()
            thread.join()
            for one in opened:
                one.close()


class Clock:
    """A clock that goes on by so many seconds each time that it is read."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@contextmanager
def client(url: str, said: list[str], step: float) -> Iterator[Any]:
    core = botocore.session.get_session()
    FirstAnswers(said.append, clock=Clock(step)).watch(core)
    config = Config(
        read_timeout=0.05, retries={"mode": "standard", "total_max_attempts": MOST_TRIES}
    )
    with closing(
        core.create_client(
            "dynamodb",
            "eu-central-1",
            endpoint_url=url,
            aws_access_key_id="AKIA",
            aws_secret_access_key="secret",
            config=config,
        )
    ) as dynamodb:
        yield dynamodb


@given(step=st.sampled_from([2.6, 3.4, 5.1, 11.0, 60.0]))
@settings(max_examples=5, deadline=None)
def test_a_service_that_never_answered_is_not_tried_after_ten_seconds(step: float) -> None:
    with service(0) as silent, client(silent.url, [], step) as dynamodb:
        with pytest.raises(ReadTimeoutError):
            dynamodb.list_tables()
        # The clock is read once at the start, and once after each try.
        within = sum(number * step <= LAST_TRY_SECONDS for number in range(1, MOST_TRIES))
        assert silent.asked == min(within + 1, MOST_TRIES)
    count("waits for a first answer")


def test_a_service_that_answered_before_is_waited_for_as_the_client_says() -> None:
    said: list[str] = []
    with service(1) as silent, client(silent.url, said, 60) as dynamodb:
        dynamodb.list_tables()
        with pytest.raises(ReadTimeoutError):
            dynamodb.list_tables()
        assert silent.asked == 1 + MOST_TRIES
    where = silent.url.removeprefix("http://")
    assert said == [f"No answer from DynamoDB ({where}); the call may be made again."] * MOST_TRIES


def test_what_is_waited_for_is_said_after_some_seconds_and_not_before() -> None:
    told = threading.Event()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        told.set()

    with waiting_for("the moon", say):
        assert told.wait(10 * SAY_AFTER_SECONDS)
    assert said == ["Waiting for the moon ..."]
    with waiting_for("nothing", say):
        pass
    with waiting_for("the moon", None):
        pass
    assert said == ["Waiting for the moon ..."]
