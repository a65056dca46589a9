"""The page about the settings says what the code that reads them says."""

import pytest

from tests.project.settings_page import NOT_LISTED, PAGE, Line, default, form, lines, page
from tests.settings import env

LINES = list(lines())


def test_the_page_about_settings_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make settings-page"


def test_every_setting_that_is_read_is_in_the_example_and_no_other() -> None:
    assert {line.name for line in LINES} == env.forms.keys() - NOT_LISTED
    assert len(LINES) == len({line.name for line in LINES})


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_every_setting_is_described_in_sentences(line: Line) -> None:
    assert line.heading
    assert line.words.endswith((".", "/requirements.txt"))
    assert form(line.name)
    assert default(line)


@pytest.mark.parametrize("line", [each for each in LINES if each.value], ids=lambda line: line.name)
def test_the_value_in_the_example_is_the_default(line: Line) -> None:
    assert line.value is not None
    assert env.forms[line.name].parse(line.value) == env.forms[line.name].default
