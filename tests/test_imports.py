"""Keeps the import directions: entry points point at services, services at clients, never back."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
OURS = ("aws_setup", "businesses", "onboarding_site", "tests")


def modules(package: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the dotted name and the syntax tree of every module of a package."""
    for path in sorted((REPOSITORY / package).rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        yield ".".join(parts), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> set[str]:
    """Return the dotted names of our modules that this one imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.partition(".")[0] in OURS}


def offences(package: str, *, but: tuple[str, ...] = (), allowed: tuple[str, ...]) -> list[str]:
    """Return the imports of a package, without some of its modules, that are not allowed."""
    return [
        f"{module} imports {name}"
        for module, tree in modules(package)
        if module not in but
        for name in imports(tree)
        if not name.startswith(allowed)
    ]


def test_aws_setup_knows_nothing_of_businesses() -> None:
    assert offences("aws_setup", allowed=("aws_setup.",)) == []


def test_the_embedded_aws_imports_nothing_else_of_ours() -> None:
    assert offences("aws_setup/local", allowed=("aws_setup.local.",)) == []


def test_the_trigger_imports_nothing_of_ours() -> None:
    assert offences("aws_setup/triggers", allowed=()) == []


def test_only_two_commands_and_the_tests_import_the_embedded_aws() -> None:
    commands = "aws_setup.management.commands"
    users = {
        module
        for package in ("aws_setup", "businesses", "onboarding_site")
        for module, tree in modules(package)
        if any(name.startswith("aws_setup.local") for name in imports(tree))
    }
    outside = {module for module in users if not module.startswith("aws_setup.local")}
    assert outside == {f"{commands}.demo", f"{commands}.local_aws"}


def test_only_the_stack_of_businesses_knows_aws_setup() -> None:
    bridge = "businesses.aws.stack"
    assert offences("businesses", but=(bridge,), allowed=("businesses.",)) == []
    assert {
        line.partition(" ")[0] for line in offences("businesses", allowed=("businesses.",))
    } == {bridge}
