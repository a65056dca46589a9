"""Which Chromium the tests use, and how one is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.find_chromium import (
    NAMES,
    SHELL,
    ChromiumMissing,
    faster,
    find,
    install,
    installations,
)
from tests.processes import REPOSITORY, environment


def program(path: Path, does: str = "") -> Path:
    """Write a program that does this, in Python."""
    path.write_text(f"#!{sys.executable}\n{does}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_one_that_is_named_is_used(tmp_path: Path) -> None:
    mine = program(tmp_path / "mine")
    program(tmp_path / "chromium")
    assert find({"CHROMIUM": str(mine), "PATH": str(tmp_path)}) == mine


def test_a_name_that_leads_nowhere_is_not_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "chromium")
    with pytest.raises(ChromiumMissing, match="CHROMIUM names /nowhere") as caught:
        find({"CHROMIUM": "/nowhere", "PATH": str(tmp_path)})
    assert "CHROMIUM=/path/to/chromium" in caught.value.hint


@pytest.mark.parametrize("name", NAMES)
def test_one_on_the_path_is_used(tmp_path: Path, name: str) -> None:
    path = program(tmp_path / name)
    assert find({"PATH": str(tmp_path)}) == path


def test_one_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "chromium", "raise SystemExit(1)")
    program(tmp_path / "google-chrome")
    assert find({"PATH": str(tmp_path)}) == tmp_path / "google-chrome"


def test_root_on_debian_installs_debians_package_and_else_playwrights() -> None:
    *packages, last = installations(root=True, debian=True)
    assert all(each[-1][:2] == ("apt-get", "install") for each in packages)
    assert [each[-1][-1] for each in packages] == ["chromium-headless-shell", "chromium"]
    assert last[0][1:] == ("-m", "playwright", "install", "--with-deps", "chromium")


@pytest.mark.parametrize(("root", "debian"), [(False, True), (False, False), (True, False)])
def test_everybody_else_downloads_playwrights_own(root: bool, debian: bool) -> None:
    [[command]] = installations(root=root, debian=debian)
    assert command[1:] == ("-m", "playwright", "install", "chromium")


def test_the_shell_comes_before_the_browser(tmp_path: Path) -> None:
    program(tmp_path / "chromium")
    shell = program(tmp_path / "chromium-headless-shell")
    assert find({"PATH": str(tmp_path)}) == shell


def test_what_was_installed_is_used(tmp_path: Path) -> None:
    ready = program(tmp_path / "ready")
    program(
        tmp_path / "apt-get",
        "import os, sys\n"
        f"if 'chromium' in sys.argv: os.rename({str(ready)!r}, {str(tmp_path / 'chromium')!r})",
    )
    assert install({"PATH": str(tmp_path)}, root=True) == tmp_path / "chromium"


@pytest.mark.parametrize("status", [0, 100])
@pytest.mark.parametrize("root", [True, False])
def test_root_on_debian_gets_the_shell_beside_a_browser_or_goes_on_without(
    tmp_path: Path, root: bool, status: int
) -> None:
    ready, browser = program(tmp_path / "ready"), program(tmp_path / "chromium")
    shell = tmp_path / SHELL
    installing = f"import os\nos.rename({str(ready)!r}, {str(shell)!r})"
    program(tmp_path / "apt-get", f"raise SystemExit({status})" if status else installing)
    given = {"PATH": str(tmp_path)}
    assert faster(browser, given, root=root) == (shell if root and not status else browser)
    assert ready.exists() == (status > 0 or not root)


def test_nothing_is_installed_beside_one_that_is_named(tmp_path: Path) -> None:
    ready, mine = program(tmp_path / "ready"), program(tmp_path / "mine")
    program(tmp_path / "apt-get", f"import os\nos.remove({str(ready)!r})")
    assert faster(mine, {"CHROMIUM": str(mine), "PATH": str(tmp_path)}, root=True) == mine
    assert ready.exists()


@pytest.mark.parametrize(("named", "status"), [("{program}", 0), ("/nowhere", 1)])
def test_the_command_says_which_one_or_how_to_mend(tmp_path: Path, named: str, status: int) -> None:
    named = named.format(program=program(tmp_path / "mine"))
    ended = subprocess.run(
        [sys.executable, "-m", "tests.browser.find_chromium"],
        cwd=REPOSITORY,
        env=environment({"CHROMIUM": named}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == status
    assert named in ended.stdout
    assert ("CHROMIUM=/path/to/chromium make test" in ended.stdout) == bool(status)
