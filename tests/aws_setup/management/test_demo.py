import http.cookiejar
import re
import signal
import socket
import urllib.parse
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.processes import manage, managed, read_until


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


class Browser:
    """A session of the admin without a screen."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def get(self, path: str) -> str:
        with self._opener.open(self._site + path) as response:
            return str(response.read().decode())

    def log_in(self, user: str, password: str) -> None:
        page = self.get("/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        form = {"username": user, "password": password, "csrfmiddlewaretoken": token[1]}
        body = urllib.parse.urlencode(form).encode()
        with self._opener.open(f"{self._site}/admin/login/?next=/admin/", body) as response:
            assert response.url.endswith("/admin/")


def test_the_demo_shows_forty_businesses_and_one_more_signed_up_by_hand(tmp_path: Path) -> None:
    variables = demo_variables(tmp_path)
    with managed("demo", "--port", "0", variables=variables, measured=True) as process:
        printed = read_until(process, "Ctrl-C ends the demo")
        login = re.search(r"Ready: (\S+)/admin/\s+user: (\S+) +password: (\S+)", printed)
        assert login, printed
        browser = Browser(login[1])
        browser.log_in(login[2], login[3])
        page = browser.get("/admin/businesses/business/")
        assert page.count("@example.com") == 40
        assert "Ypsilon Robotics" in page

        endpoint = re.search(r"--endpoint-url (\S+)", printed)
        client_id = re.search(r"--client-id (\S+)", printed)
        assert endpoint
        assert client_id
        cognito = boto3.client(
            "cognito-idp",
            endpoint_url=endpoint[1],
            region_name="eu-central-1",
            config=Config(signature_version=UNSIGNED),
        )
        cognito.sign_up(
            ClientId=client_id[1],
            Username="maria@example.com",
            Password="Garage-Band-1979",
            UserAttributes=[
                {"Name": "email", "Value": "maria@example.com"},
                {"Name": "custom:business_name", "Value": "Corner Garage"},
            ],
        )
        code = re.search(r"Code (\d{6})", read_until(process, "Code "))
        assert code
        cognito.confirm_sign_up(
            ClientId=client_id[1], Username="maria@example.com", ConfirmationCode=code[1]
        )
        cognito.close()
        assert "Corner Garage" in browser.get("/admin/businesses/business/")

        process.send_signal(signal.SIGTERM)
        assert "The demo has ended" in read_until(process, "The demo has ended")
        assert process.wait(timeout=30) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        result = manage("demo", "--port", port, variables=demo_variables(tmp_path))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"CommandError: Port {port} on 127.0.0.1 is taken. Nothing was started.",
        f"Stop the program that listens there, or choose another: make demo PORT={int(port) + 1}",
    ]


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
