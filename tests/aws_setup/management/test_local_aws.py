import re
import signal
import socket
from pathlib import Path

import boto3

from tests.processes import manage, managed, read_until


def test_local_aws_serves_any_client_until_interrupted() -> None:
    with managed("local_aws", variables={"AWS_REGION": "eu-west-3"}, measured=True) as process:
        printed = read_until(process, "Ctrl-C")
        exported = dict(re.findall(r"^export (\w+)=(\S+)$", printed, flags=re.MULTILINE))
        client = boto3.client(
            "sts",
            endpoint_url=exported["AWS_ENDPOINT_URL"],
            region_name=exported["AWS_REGION"],
            aws_access_key_id=exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=exported["AWS_SECRET_ACCESS_KEY"],
        )
        assert client.get_caller_identity()["Account"] == "123456789012"
        client.close()
        process.send_signal(signal.SIGINT)
        assert "has ended" in read_until(process, "has ended")
        assert process.wait(timeout=30) == 0


def test_keys_that_others_know_already_are_taken_from_the_environment() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "MADEUP", "AWS_SECRET_ACCESS_KEY": "madeup"}
    with managed("local_aws", "--keys-of-environment", variables=keys) as process:
        printed = read_until(process, "Ctrl-C")
        assert "export AWS_ACCESS_KEY_ID=MADEUP\nexport AWS_SECRET_ACCESS_KEY=madeup\n" in printed
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    del keys["AWS_SECRET_ACCESS_KEY"]
    refused = manage("local_aws", "--keys-of-environment", variables=keys)
    assert refused.returncode == 1
    assert "Nothing was started." in refused.stderr


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        result = manage("local_aws", "--port", port)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"CommandError: Port {port} on 127.0.0.1 is taken. Nothing was started.",
        f"Stop the program that listens on {port}, or choose another port with --port.",
    ]


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    absent = "raise ModuleNotFoundError('No module named ministack', name='ministack')"
    (tmp_path / "ministack.py").write_text(absent)
    result = manage("local_aws", variables={"PYTHONPATH": str(tmp_path)})
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "CommandError: The embedded AWS needs the package ministack. Nothing was started.",
        "Install what it needs: pip install --no-deps -r aws_setup/local/requirements.txt",
    ]
