"""Builds an image of deploy/Dockerfile as a folder, on a machine without Docker.

It reads the Dockerfile itself and refuses every instruction that it does not know, so what it runs
cannot drift from what Docker would run. What differs: Python is this machine's, and a stage is a
folder in place of a file system, so the Dockerfile may name no path outside of its WORKDIR.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import REPOSITORY

DOCKERFILE = REPOSITORY / "deploy" / "Dockerfile"
IGNORED = REPOSITORY / ".dockerignore"
# How pip reaches an index, which a build by Docker has from its own configuration.
NETWORK = re.compile(r"PIP_\w+|(?i:https?_proxy|no_proxy)|SSL_CERT_(FILE|DIR)|HOME|LANG")


# The system's own, as other users may not be able to read one that somebody has installed.
SYSTEM_PYTHON = Path("/usr/bin/python3")
FIT = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"


def _is_fit(python: Path) -> bool:
    return python.exists() and not subprocess.run([python, "-c", FIT], check=False).returncode


HAS_SYSTEM_PYTHON = _is_fit(SYSTEM_PYTHON)
PYTHON = SYSTEM_PYTHON if HAS_SYSTEM_PYTHON else Path(sys.executable).resolve()


@dataclass
class Stage:
    """What the instructions of one stage have made. folder: stands for WORKDIR."""

    folder: Path
    workdir: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def here(self, text: str) -> str:
        """Return what a text of the Dockerfile means in this folder."""
        return text.replace(self.workdir, str(self.folder)) if self.workdir else text


class Build:
    """Builds the stages that one stage needs, each in a folder below this one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stages: dict[str, Stage] = {}
        self._ignored = [_pattern(line) for line in _lines(IGNORED)]
        self._python = folder / "bin"
        self._python.mkdir()
        for name in ("python", "python3"):
            (self._python / name).symlink_to(PYTHON)

    def stage(self, wanted: str) -> Stage:
        """Run the instructions up to the end of a stage, but not of stages it does not build on."""
        sections = _sections()
        base = sections[wanted][0]
        if wanted not in self._stages:
            stage = Stage(self._folder / wanted)
            if base in sections:
                before = self.stage(base)
                shutil.copytree(before.folder, stage.folder, symlinks=True, copy_function=os.link)
                stage.workdir, stage.variables = before.workdir, dict(before.variables)
            else:
                assert re.fullmatch(r"python:3\.\d+-slim", base), base
                stage.folder.mkdir()
            for name, text in sections[wanted][1]:
                self._run(stage, name, text)
            self._stages[wanted] = stage
        return self._stages[wanted]

    def environment(self, stage: Stage) -> dict[str, str]:
        """Return the variables that a command in the stage has, beside those that it is given."""
        path = f"{self._python}:{os.environ['PATH']}"
        given = {name: stage.here(text) for name, text in stage.variables.items()}
        return {**given, "PATH": given.get("PATH", "$PATH").replace("$PATH", path)}

    def _run(self, stage: Stage, name: str, text: str) -> None:
        match name:
            case "WORKDIR":
                stage.workdir = text
            case "COPY":
                self._copy(stage, *text.split())
            case "RUN":
                network = {key: each for key, each in os.environ.items() if NETWORK.fullmatch(key)}
                subprocess.run(
                    ["sh", "-euc", stage.here(text)],
                    cwd=stage.folder,
                    env={**network, **self.environment(stage)},
                    check=True,
                )
            case "USER":
                stage.user = int(text.partition(":")[0])
                assert stage.user > 0
            case "ENV":
                pairs = re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', text)
                stage.variables |= {key: quoted or plain for key, quoted, plain in pairs}
            case "CMD":
                stage.command = json.loads(text)
            case "HEALTHCHECK":
                stage.health = json.loads(text.partition("CMD")[2])
            case "EXPOSE":
                pass
            case _:
                raise AssertionError(f"{name} is not known here")

    def _copy(self, stage: Stage, *words: str) -> None:
        *sources, target = words
        for source in sources:
            origin = REPOSITORY / source
            place = stage.folder / target
            files = [origin] if origin.is_file() else sorted(origin.rglob("*"))
            into = place / origin.name if target.endswith("/") and origin.is_file() else place
            found = [file for file in files if file.is_file() and not self._is_ignored(file)]
            assert found, f"{source} is not sent to Docker"
            for file in found:
                to = into if origin.is_file() else place / file.relative_to(origin)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, to)

    def _is_ignored(self, file: Path) -> bool:
        """Return what the last matching line of .dockerignore says of a file.

        https://docs.docker.com/build/concepts/context/#dockerignore-files
        """
        path = file.relative_to(REPOSITORY).as_posix()
        said = [not kept for kept, pattern in self._ignored if pattern.fullmatch(path)]
        return bool(said) and said[-1]


def _pattern(line: str) -> tuple[bool, re.Pattern[str]]:
    """Return whether a line keeps what it matches, and the pattern, which matches all below too."""
    kept, text = line.startswith("!"), line.removeprefix("!")
    escaped = re.escape(text).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
    return kept, re.compile(rf"{escaped}(/.*)?")


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _sections() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Return each stage's base, and its instructions with their text, by the stage's name."""
    sections: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for line in re.sub(r"\\\n", " ", "\n".join(_lines(DOCKERFILE))).splitlines():
        name, _, text = line.partition(" ")
        if name == "FROM":
            base, _, stage = text.partition(" AS ")
            sections[stage] = (base, [])
        else:
            sections[stage][1].append((name, text.strip()))
    return sections
