"""How `make serve` refuses to begin; tests/server has the rest."""

import socket
from pathlib import Path

from tests.processes import manage


def variables(folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "STATIC_ROOT": str(folder / "static"),
        "AWS_REGION": "eu-central-1",
    }


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        result = manage("demo_server", "--port", port, variables=variables(tmp_path))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"CommandError: Port {port} on 127.0.0.1 is taken. Nothing was started.",
        f"Stop the program that listens there, or choose another: make serve PORT={int(port) + 1}",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_bytes(b"somebody's")
    result = manage("demo_server", "--port", "0", variables=variables(tmp_path))
    assert result.returncode == 1
    assert "Nothing was changed" in result.stderr
    assert (tmp_path / "db.sqlite3").read_bytes() == b"somebody's"
