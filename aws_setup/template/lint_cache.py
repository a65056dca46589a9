"""What cfn-lint said about a body, kept in the user's cache folder, so that it is said once.

The key holds the body's SHA-256, the Region and cfn-lint's version: another version is asked anew.
Only bodies without errors are kept. What can't be read or written is as good as not there, because
the check itself can always be made.
https://specifications.freedesktop.org/basedir-spec/latest/
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aws_setup.exceptions import LinterMissing
from aws_setup.template.lint import Finding, check_template

FOLDER = "business-onboarding"


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return this project's folder among the user's caches; it may not exist yet."""
    named = environ.get("XDG_CACHE_HOME") or environ.get("LOCALAPPDATA")  # the latter on Windows
    try:
        return (Path(named) if named else Path.home() / ".cache") / FOLDER
    except RuntimeError:  # a user without a home keeps nothing
        return Path(os.devnull) / FOLDER


def check_once(body: str, *, region: str, folder: Path) -> Sequence[Finding]:
    """Return the warnings about a body, from the folder if it was checked before.

    Raises TemplateRefused and LinterMissing, as `check_template` does.
    """
    try:
        linter = version("cfn-lint")
    except PackageNotFoundError as error:
        raise LinterMissing(
            f"cfn-lint, which checks the template, is not installed: {error}. Nothing was changed."
        ) from error
    key = hashlib.sha256(f"{linter}\n{region}\n{body}".encode()).hexdigest()
    kept = folder / f"lint-{key}.json"
    findings = _read(kept)
    if findings is None:
        findings = check_template(body, region=region)
        _write(kept, findings)
    return findings


def _read(kept: Path) -> Sequence[Finding] | None:
    try:
        return [Finding(**each) for each in json.loads(kept.read_bytes())]
    except (OSError, ValueError, TypeError):
        return None


def _write(kept: Path, findings: Sequence[Finding]) -> None:
    """Write the findings in one step, so that nobody reads half of them."""
    unfinished = kept.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_text(json.dumps([asdict(each) for each in findings]), encoding="utf-8")
        unfinished.replace(kept)
