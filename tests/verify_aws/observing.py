"""Makes the observations and saves each answer at once, whether or not the others succeed."""

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
    """Write each observation to a file in the folder; return a line for each one that failed."""
    failed = {}
    for number, (name, make) in enumerate(observations.items(), 1):
        out.write(f"  {number} of {len(observations)}, {name}: ")
        out.flush()
        line = failure(partial(_observe, account, name, make, folder))
        compared = "NOT AS ASSUMED" if name in differing(folder) else "as assumed"
        out.write(f"{line or compared}\n")
        out.flush()
        if line:
            failed[name] = line
    return failed


def _observe(account: Account, name: str, make: Observation, folder: Path) -> None:
    keep(folder, name, masked(make(account)))


def keep(folder: Path, name: str, answer: Any) -> None:
    """Write an answer to a file."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(answer, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def kept(folder: Path, name: str) -> Any:
    """Return an answer from its file."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def differing(folder: Path) -> set[str]:
    """Return the names of the answers in a folder that differ from the assumed ones."""
    names = {path.stem for path in folder.glob("*.json")}
    return {name for name in names if kept(folder, name) != kept(ASSUMED, name)}


def failure(act: Callable[[], object]) -> str:
    """Call `act`; return one line about how that failed, or "" if it did not."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - the rest must still be done
        said = " ".join(str(error).split())
        return said if isinstance(error, CommandError) else f"{type(error).__name__}: {said}"
    return ""
