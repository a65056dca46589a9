"""What a running demo tells to the commands of other terminals: a file beside its database."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from aws_setup.exceptions import AwsSetupError


class NoDemo(AwsSetupError):
    """No demo is running from this folder."""

    hint = "Start it with `make demo`, and leave it running in its terminal."

    def __init__(self) -> None:
        super().__init__("No demo is running here, so nothing was changed.")


@dataclass(slots=True, kw_only=True)
class RunningDemo:
    """The embedded AWS of a demo.

    environment: the variables that point AWS clients at it. members: the usernames that were in the
    group when it was deleted.
    """

    environment: dict[str, str]
    user_pool_id: str
    group: str
    members: list[str]

    def write(self) -> None:
        """Write the file, which only its owner can read, since the environment holds keys."""
        _file().touch(mode=0o600)
        _file().write_text(json.dumps(asdict(self)), encoding="utf-8")

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have the file there for the length of the block."""
        self.write()
        try:
            yield
        finally:
            _file().unlink(missing_ok=True)

    @classmethod
    def read(cls) -> "RunningDemo":
        """Read the file. Raises NoDemo."""
        try:
            return cls(**json.loads(_file().read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise NoDemo from error


def use_only(environment: dict[str, str]) -> None:
    """Point every AWS client of this process at an account, whatever the environment said."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)


def _file() -> Path:
    return Path(settings.DATABASES["default"]["NAME"]).with_name("demo.json")
