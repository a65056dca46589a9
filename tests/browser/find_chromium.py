"""Finds Chromium for the browser tests, or installs it: `python -m tests.browser.find_chromium`.

`make test` runs it. It looks in this order at the variable CHROMIUM; chromium-headless-shell,
chromium, chromium-browser and google-chrome on PATH; Playwright's own download. The shell is the
same engine without the windows of a browser, which a page in a headless Chromium has too: it opens
a page in half the time.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome")

DEBIAN_PACKAGES = tuple(
    (("apt-get", "update", "-q"), ("apt-get", "install", "-q", "-y", package))
    for package in (SHELL, "chromium")  # earlier releases have only the latter
)
PLAYWRIGHTS_OWN = (sys.executable, "-m", "playwright", "install")

MEND = (
    f"Install Chromium with the system's package manager (Debian: `apt-get install {SHELL}`), "
    "or name one: `CHROMIUM=/path/to/chromium make test`."
)


class ChromiumMissing(Exception):
    """There is no working Chromium, so no browser test can run."""

    hint = MEND


def find(environment: Mapping[str, str]) -> Path:
    """Return the executable that the tests use. Raises ChromiumMissing."""
    named = environment.get("CHROMIUM")
    if named:
        path = shutil.which(named)
        if path is None:
            raise ChromiumMissing(f"CHROMIUM names {named}, which is no program.")
        return Path(path)
    for name in NAMES:
        path = shutil.which(name, path=environment.get("PATH"))
        # Some systems have a program of that name that only explains how to install it.
        if path and _runs(path):
            return Path(path)
    with ThreadPoolExecutor(1) as apart:  # this thread may run Playwright's event loop already
        own = apart.submit(_playwrights_own).result()
    if not own.exists():
        raise ChromiumMissing("There is no Chromium on PATH, and Playwright has downloaded none.")
    if not _runs(str(own)):
        raise ChromiumMissing(
            f"Playwright's {own} does not run; the system may lack its libraries."
        )
    return own


def installations(*, root: bool, debian: bool) -> list[tuple[tuple[str, ...], ...]]:
    """Return the ways to install Chromium, best first, each as a sequence of commands."""
    if not root:
        return [((*PLAYWRIGHTS_OWN, "chromium"),)]
    with_libraries = ((*PLAYWRIGHTS_OWN, "--with-deps", "chromium"),)
    return [*DEBIAN_PACKAGES, with_libraries] if debian else [((*PLAYWRIGHTS_OWN, "chromium"),)]


def install(environment: Mapping[str, str], *, root: bool) -> Path:
    """Install Chromium and return its executable. Raises ChromiumMissing."""
    debian = shutil.which("apt-get", path=environment.get("PATH")) is not None
    for commands in installations(root=root, debian=debian):
        if all(_succeeds(command, environment) for command in commands):
            try:
                return find(environment)
            except ChromiumMissing as error:
                _say(f"It was installed, yet: {error}")
    raise ChromiumMissing("Chromium could not be installed; the lines above say why.")


def faster(path: Path, environment: Mapping[str, str], *, root: bool) -> Path:
    """Install Debian's shell beside a browser that nobody has named; without it, keep that one."""
    is_best = path.name == SHELL or environment.get("CHROMIUM")
    if is_best or not root or not shutil.which("apt-get", path=environment.get("PATH")):
        return path
    _say(f"The tests can use {path}, and take half the time with {SHELL}. Installing it (once).")
    *_, installation = DEBIAN_PACKAGES[0]
    return find(environment) if _succeeds(installation, environment) else path


def main() -> int:
    """Print which Chromium the tests use; return 1 if there is none and none can be installed."""
    try:
        try:
            path = find(os.environ)
        except ChromiumMissing as error:
            if os.environ.get("CHROMIUM"):
                raise
            _say(f"{error} Installing one (once).")
            path = install(os.environ, root=is_root())
        path = faster(path, os.environ, root=is_root())
    except ChromiumMissing as error:
        _say(f"{error}\n{error.hint}")
        return 1
    _say(f"The browser tests use {path}")
    return 0


def is_root() -> bool:
    """Return whether this is root, who may install packages, but without Chromium's sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _playwrights_own() -> Path:
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def _runs(path: str) -> bool:
    quiet = subprocess.DEVNULL
    try:
        ended = subprocess.run((path, "--version"), stdout=quiet, stderr=quiet, check=False)
    except OSError:
        return False
    return ended.returncode == 0


def _succeeds(command: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    _say(f"$ {' '.join(command)}")
    variables = {**environment, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        ended = subprocess.run(command, env=variables, check=False)
    except OSError as error:
        _say(str(error))
        return False
    return ended.returncode == 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
