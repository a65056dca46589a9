"""The site as production serves it: gunicorn behind nginx, over TLS."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.gunicorn_process import GunicornProcess, gunicorn
from tests.processes import manage
from tests.servers.nginx import nginx


@contextmanager
def production(folder: Path, variables: Mapping[str, str]) -> Iterator[tuple[str, GunicornProcess]]:
    """Serve it; yield its address and gunicorn. folder: of its style sheets and nginx's files."""
    given = {
        "BACKEND_STACK_NAME": "onboarding-test",
        "BEHIND_TLS_PROXY": "true",
        "STATIC_ROOT": str(folder / "static"),
        "AWS_DEADLINE_SECONDS": "30",
        "no_proxy": "127.0.0.1",
        **variables,
    }
    done = manage("collectstatic", "--noinput", "--verbosity=0", variables=given)
    assert done.returncode == 0, done.stderr
    with (
        gunicorn(given) as server,
        nginx(folder, f"127.0.0.1:{server.port}") as (address, _),
    ):
        yield address, server
