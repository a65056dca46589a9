import http.cookiejar
import re
import signal
import socket
import urllib.parse
import urllib.request
from pathlib import Path

import boto3
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
    with managed("demo", "--port", "0", variables=demo_variables(tmp_path)) as process:
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

        process.send_signal(signal.SIGINT)
        assert "The demo has ended" in read_until(process, "The demo has ended")
        assert process.wait(timeout=30) == 0


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
