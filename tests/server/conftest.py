"""`make serve` behind nginx, with the block that deploy/nginx/ has for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import managed, read_until
from tests.servers.nginx import nginx


@dataclass(frozen=True)
class Served:
    """What runs. address: over TLS. plain: over HTTP. folder: of nginx's logs."""

    address: str
    plain: str
    user: str
    password: str
    folder: Path


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo's month as `make serve` serves it, behind nginx."""
    folder = tmp_path_factory.mktemp("served")
    variables = {
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": "vN8-only-for-the-test-behind-nginx-2LqZx81Vw4RmYb7aP9sk",
        "CACHE_URL": "database",
        "AWS_REGION": "eu-central-1",
        "BACKEND_STACK_NAME": "onboarding-demo",
        "BEHIND_TLS_PROXY": "true",
    }
    with managed("demo_server", "--port", "0", "--behind-proxy", variables=variables) as process:
        printed = read_until(process, "Ctrl-C ends it")
        said = re.search(r"Ready: http://(\S+)/admin/\s+user: (\S+) +password: (\S+)", printed)
        assert said, printed
        site, user, password = said.groups()
        try:
            with nginx(folder, site) as (address, plain):
                yield Served(address, plain, user, password, folder)
        finally:
            process.send_signal(15)
            assert process.wait(timeout=60) == 0
