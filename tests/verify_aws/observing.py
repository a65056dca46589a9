"""Makes the observations and keeps each answer at once, whatever becomes of the others."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from django.core.management import CommandError

from tests.verify_aws.account import Account
from tests.verify_aws.observations.registry import Observation, masked

HERE = Path(__file__).parent
ASSUMED, RECORDED = HERE / "assumed", HERE / "recorded"


def observe(
    account: Account, observations: Mapping[str, Observation], folder: Path, out: TextIO
) -> dict[str, str]:
    """Write one file for each observation into the folder; return what failed, a line each."""
    failed = {}
    for name, make in observations.items():
        line = failure(partial(_observe, account, name, make, folder))
        compared = "NOT AS ASSUMED" if name in differing(folder) else "as assumed"
        out.write(f"  {name}: {line or compared}\n")
        out.flush()
        if line:
            failed[name] = line
    return failed


def _observe(account: Account, name: str, make: Observation, folder: Path) -> None:
    keep(folder, name, masked(make(account)))


def keep(folder: Path, name: str, answer: Any) -> None:
    """Write an answer as a file."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(answer, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def kept(folder: Path, name: str) -> Any:
    """Return an answer that was written."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def differing(folder: Path) -> set[str]:
    """Return the names of the answers in a folder that are not as assumed."""
    names = {path.stem for path in folder.glob("*.json")}
    return {name for name in names if kept(folder, name) != kept(ASSUMED, name)}


def failure(act: Callable[[], object]) -> str:
    """Act; return in one line how that failed, "" where it did not."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - what else there is to do has to be done all the same
        said = " ".join(str(error).split())
        return said if isinstance(error, CommandError) else f"{type(error).__name__}: {said}"
    return ""
