"""The images of deploy/Dockerfile, built in clean folders, serve what compose.yaml asks of them."""

import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from tests.browser.find_chromium import is_root
from tests.server.image import HAS_SYSTEM_PYTHON, Build, Stage

pytestmark = pytest.mark.server

IS_APART = is_root() and HAS_SYSTEM_PYTHON  # whether commands can run as another user
PORT, AWS_PORT = "0.0.0.0:8000", "4566"
SETTINGS = {
    "SECRET_KEY": "hT3-only-for-the-test-of-the-image-aP9sk2LqZx81Vw4RmYb7",
    "ENV_FILE": "/dev/null",
    "STATIC_ROOT": "static",
    "BEHIND_TLS_PROXY": "true",
    "WEB_CONCURRENCY": "1",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "MADEUP",
    "AWS_SECRET_ACCESS_KEY": "madeup",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Container:
    """Commands in a stage, as the stage's user and with nothing of this environment."""

    def __init__(self, build: Build, stage: Stage, settings: Mapping[str, str]) -> None:
        self._stage = stage
        self._variables = {**build.environment(stage), **settings}

    def run(self, *command: str) -> str:
        done = subprocess.run(command, **self._how(), check=True, stdout=subprocess.PIPE, text=True)
        return str(done.stdout)

    @contextmanager
    def running(self, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
        with subprocess.Popen(command, **self._how()) as process:
            try:
                yield process
            finally:
                process.terminate()
            assert process.wait(timeout=60) == 0

    def _how(self) -> dict[str, Any]:
        who = {"user": self._stage.user, "group": self._stage.user} if IS_APART else {}
        return {"cwd": self._stage.folder, "env": self._variables, **who}


@pytest.fixture(scope="module")
def build() -> Iterator[Build]:
    """A folder that every user can read, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield Build(folder)
    shutil.rmtree(folder)


@pytest.fixture
def data() -> Iterator[Path]:
    """What stands for the database's server: a folder that every user can write to."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def wait_for(address: str, headers: Mapping[str, str]) -> Any:
    """Return the first answer of a server that is starting."""
    request = urllib.request.Request(address, headers=dict(headers))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(URLError):
            return urllib.request.urlopen(request)
        time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


def test_the_image_serves_and_is_healthy_as_a_user_who_can_write_nothing(
    build: Build, data: Path
) -> None:
    site = build.stage("site")
    assert site.user
    settings = {**SETTINGS, "DATABASE_URL": f"sqlite:///{data / 'db.sqlite3'}"}
    container = Container(build, site, settings)
    container.run("python", "manage.py", "migrate", "--noinput", "-v0")
    assert "no issues" in container.run("python", "manage.py", "check", "--deploy")
    missing = "from importlib.util import find_spec; print(find_spec('ministack'))"
    assert container.run("python", "-c", missing) == "None\n"
    here = f"127.0.0.1:{free_port()}"
    assert PORT in site.command
    command = [here if word == PORT else word for word in site.command]
    with container.running(*command):
        headers = {"Host": "localhost", "X-Forwarded-Proto": "https", "Accept-Encoding": "br"}
        page = wait_for(f"http://{here}/admin/login/", {**headers, "Accept-Encoding": ""})
        names = re.findall(r"/static/businesses/admin\.[0-9a-f]{12}\.css", page.read().decode())
        with wait_for(f"http://{here}{names[0]}", headers) as answer:
            assert answer.headers["Content-Encoding"] == "br"
            assert "immutable" in answer.headers["Cache-Control"]
        container.run(*(word.replace("127.0.0.1:8000", here) for word in site.health))
    if IS_APART:
        with pytest.raises(subprocess.CalledProcessError):
            container.run("touch", "manage.py")


def test_the_embedded_aws_of_the_profile_can_be_deployed_to_and_is_the_sites(
    build: Build, data: Path
) -> None:
    site, aws = build.stage("site"), build.stage("embedded-aws")
    port = str(free_port())
    settings = {
        **SETTINGS,
        "DATABASE_URL": f"sqlite:///{data / 'db.sqlite3'}",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    container = Container(build, aws, settings)
    assert AWS_PORT in aws.command
    with container.running(*(port if word == AWS_PORT else word for word in aws.command)):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(port))):
                break
            time.sleep(0.1)
        container.run("python", "manage.py", "deploy_backend", "--yes")
        seen = Container(build, site, settings)
        seen.run("python", "manage.py", "migrate", "--noinput", "-v0")
        assert "resolvers" in seen.run("python", "manage.py", "backend_status")
