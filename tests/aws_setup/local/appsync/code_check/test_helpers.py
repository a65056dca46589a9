"""The helpers that the code check knows are those of the type definitions that `make lint` uses."""

import re
from pathlib import Path

import pytest

from aws_setup.local.appsync.javascript.code_check.helpers import MODULES, TYPES

PACKAGE = Path(__file__).parents[5] / "node_modules" / "@aws-appsync" / "utils"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def definitions() -> str:
    assert PACKAGE.is_dir(), "The types are not installed: run the tests with `make test`."
    texts = (path.read_text("utf-8") for path in sorted(PACKAGE.glob("lib/*.d.ts")))
    return COMMENT.sub("", "\n".join(texts))


@pytest.mark.parametrize("path", TYPES)
def test_a_helper_has_the_members_of_its_type(path: str) -> None:
    kind, members = TYPES[path]
    pattern = rf"^(?:export )?type {kind} = \{{\n(.*?)^\}};"
    [body] = re.findall(pattern, definitions(), re.MULTILINE | re.DOTALL)
    assert set(members.split()) == set(re.findall(r"^    (\w+)[<(:]", body, re.MULTILINE))


@pytest.mark.parametrize("module", [name for name in MODULES if name.count("/") == 2])
def test_a_module_has_the_exports_of_its_types(module: str) -> None:
    name = module.rpartition("/")[2]
    [source] = re.findall(r"'\./(lib/.*)'", (PACKAGE / f"{name}.d.ts").read_text("utf-8"))
    text = COMMENT.sub("", (PACKAGE / f"{source}.d.ts").read_text("utf-8"))
    exports = re.findall(r"^export declare (?:function|const) (\w+)", text, re.MULTILINE)
    assert set(MODULES[module].split()) == set(exports)
