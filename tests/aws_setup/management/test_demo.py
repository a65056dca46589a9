import http.cookiejar
import re
import signal
import socket
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from aws_setup.demo.database import MADE_BY_A_RUN
from tests.processes import manage, managed, read_until

BUSINESSES = "/admin/businesses/business/"
STUCK = "/admin/businesses/onboarding/"


def demo_variables(folder: Path) -> dict[str, str]:
    return {
        "DEBUG": "true",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "AWS_REGION": "eu-central-1",
        "BACKEND_STACK_NAME": "onboarding-demo",
        # What a developer may have set, and what must not lead the demo astray.
        "AWS_PROFILE": "somebody-elses",
        "AWS_SESSION_TOKEN": "stale",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield str(other.getsockname()[1])


class Browser:
    """A session of the demo without a screen."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def get(self, path: str) -> str:
        with self._opener.open(self._site + path) as response:
            return str(response.read().decode())

    def post(self, path: str, page: str, **typed: str) -> str:
        """Fill in the form of a page and send it."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page))
        body = urllib.parse.urlencode({**hidden, **typed}).encode()
        with self._opener.open(self._site + path, body) as response:
            return str(response.read().decode())

    def log_in(self, user: str, password: str) -> None:
        address = "/admin/login/?next=/admin/"
        assert user in self.post(address, self.get(address), username=user, password=password)

    def sign_up(self, name: str, email: str) -> str:
        """Sign somebody up and confirm with the code that is shown. Return their `sub`."""
        form = self.get("/demo/")
        asked = self.post("/demo/", form, business_name=name, email=email)
        code = re.search(r"<strong>(\d{6})</strong>", asked)
        assert code, asked
        confirmed = self.post("/demo/", asked, code=code[1])
        sub = re.search(r"/([0-9a-f-]{36})/", confirmed)
        assert sub, confirmed
        return sub[1]


def test_the_demo_shows_a_month_and_lets_one_break_mend_and_sign_up(tmp_path: Path) -> None:
    variables = demo_variables(tmp_path)
    with managed("demo", "--port", "0", variables=variables, measured=True) as process:
        printed = read_until(process, "Ctrl-C ends the demo")
        login = re.search(r"Ready: (\S+)/admin/\s+user: (\S+) +password: (\S+)", printed)
        assert login, printed
        browser = Browser(login[1])
        browser.log_in(login[2], login[3])
        assert "Underhill Plumbing" in browser.get(BUSINESSES)
        stuck = browser.get(STUCK)
        for name in ("Zodiac Pest Control", "Foxglove Apothecary", "Driftwood Gallery"):
            assert name in stuck
        assert "Wren Street Toys" not in stuck  # who was stuck at the beginning of the month

        browser.sign_up("Corner Garage", "maria@example.com")
        assert "Code " in read_until(process, "Code ")
        assert "Corner Garage" in browser.get(BUSINESSES)

        second = manage("demo", "--port", "0", variables=variables)
        assert second.returncode == 1
        assert "Another run uses the database" in second.stderr
        assert "Corner Garage" in browser.get(BUSINESSES)

        group = partial(manage, "demo_group", variables=variables)
        assert "is deleted" in group("break").stdout
        sub = browser.sign_up("Bolt Hardware", "bolt@example.com")
        assert sub in browser.get(STUCK)
        assert "is back, with its" in group("mend").stdout
        assert "Nothing was changed" in group("mend").stdout

        process.send_signal(signal.SIGTERM)
        assert "The demo has ended" in read_until(process, "The demo has ended")
        assert process.wait(timeout=30) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_group_cannot_be_broken_without_a_demo(tmp_path: Path) -> None:
    result = manage("demo_group", "break", variables=demo_variables(tmp_path))
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "CommandError: No demo is running here, so nothing was changed.",
        "Start it with `make demo`, and leave it running in its terminal.",
    ]


def test_a_taken_port_is_one_clear_line(tmp_path: Path, taken_port: str) -> None:
    result = manage("demo", "--port", taken_port, variables=demo_variables(tmp_path))
    another = int(taken_port) + 1
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"CommandError: Port {taken_port} on 127.0.0.1 is taken. Nothing was started.",
        f"Stop the program that listens there, or choose another: make demo PORT={another}",
    ]


def test_what_a_killed_run_has_left_makes_way(tmp_path: Path, taken_port: str) -> None:
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        database.execute(f"PRAGMA application_id = {MADE_BY_A_RUN}")
        database.execute("CREATE TABLE left_behind (id)")
    for left in ("db.sqlite3-wal", "db.sqlite3.lock"):
        (tmp_path / left).write_bytes(b"of a run that was killed")
    result = manage("demo", "--port", taken_port, variables=demo_variables(tmp_path))
    assert f"Port {taken_port} on 127.0.0.1 is taken" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "somebody_elses",
    [
        pytest.param(b"no database", id="another file"),
        pytest.param(b"SQLite format 3\0" + bytes(84), id="a database"),
    ],
)
def test_a_database_of_somebody_stays_beside_what_a_killed_run_has_left(
    tmp_path: Path, taken_port: str, somebody_elses: bytes
) -> None:
    (tmp_path / "db.sqlite3").write_bytes(somebody_elses)
    (tmp_path / "db.sqlite3.lock").touch()
    result = manage("demo", "--port", taken_port, variables=demo_variables(tmp_path))
    assert result.returncode == 1
    assert "Nothing was changed" in result.stderr
    assert (tmp_path / "db.sqlite3").read_bytes() == somebody_elses


def test_the_demo_refuses_a_site_that_is_not_for_debugging(tmp_path: Path) -> None:
    result = manage("demo", variables={**demo_variables(tmp_path), "DEBUG": "false"})
    assert result.returncode == 1
    assert "Nothing was changed" in result.stderr
    assert "make demo" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AWS_REGION", "eu-middle-1", "not a Region that boto3 knows"),
        ("AWS_REGION", "", "No Region is set"),
        ("BACKEND_STACK_NAME", "a b", "not a valid stack name"),
        ("BUSINESS_GROUP_NAME", "a,b", "1 to 128 letters"),
    ],
)
def test_an_unusable_setting_is_one_clear_error(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    result = manage("demo", "--port", "0", variables={**demo_variables(tmp_path), name: value})
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["demo", "local_aws"])
def test_a_port_that_cannot_be_is_refused(tmp_path: Path, command: str) -> None:
    result = manage(command, "--port", "70000", variables=demo_variables(tmp_path))
    assert result.returncode == 2
    assert "'70000' is not a port: give a number from 0 to 65535." in result.stderr
    assert "Traceback" not in result.stderr


def test_the_demo_does_not_touch_a_database_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_bytes(b"somebody's")
    result = manage("demo", "--port", "0", variables=demo_variables(tmp_path))
    assert result.returncode == 1
    assert "Nothing was changed" in result.stderr
    assert (tmp_path / "db.sqlite3").read_bytes() == b"somebody's"
