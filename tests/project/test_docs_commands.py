"""Keeps what the README and docs/ tell to type: the commands exist, with the options named."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.project.test_docs import PAGES, ROOT
from tests.settings import SETTINGS

# A command runs to the end of its line, or of the code that it stands in.
COMMAND = re.compile(r"manage\.py ([a-z_]+)([^\n`]*)")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+)")
TARGET = re.compile(r"`make ([a-z-]+)|^make ([a-z-]+)", re.MULTILINE)
# The settings of a name in capitals that are documented to be Django's, AWS's or another's.
SETTING = re.compile(r"`([A-Z]+(?:_[A-Z]+)+)=[^`]*`")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def options_of(name: str) -> set[str]:
    """Return the options of a command of `manage.py`."""
    command = load_command_class(get_commands()[name], name)
    parser = command.create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_told_exists_with_its_options(page: Path) -> None:
    unknown = []
    for name, rest in COMMAND.findall(page.read_text(encoding="utf-8")):
        if name not in get_commands():
            unknown.append(name)
            continue
        known = options_of(name)
        unknown += [f"{name} {each}" for each in OPTION.findall(rest) if each not in known]
    assert not unknown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_target_of_make_that_is_told_exists(page: Path) -> None:
    told = {name for found in TARGET.findall(page.read_text(encoding="utf-8")) for name in found}
    targets = set(re.findall(r"^([a-z][a-z -]*):", MAKEFILE, re.MULTILINE))
    there = {name for target in targets for name in target.split()}
    assert told - {""} <= there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_is_told_to_set_exists(page: Path) -> None:
    told = set(SETTING.findall(page.read_text(encoding="utf-8")))
    ours = {
        name
        for name in told
        if not name.startswith(("AWS_", "HYPOTHESIS_", "PROMETHEUS_", "VERIFY_"))
    }
    assert ours - {"ENV_FILE", "TESTS", "PORT"} <= set(SETTINGS)
