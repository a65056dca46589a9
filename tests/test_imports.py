"""Keeps the import directions: entry points point at services, services at clients, never back."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
OURS = ("aws_setup", "businesses", "onboarding_site", "tests")

# Of businesses, from the bottom up: a module imports from its own row or from one below.
ROWS = (
    {"ask_each", "at_once", "batch_reads", "consoles", "display", "even_rate", "exceptions"}
    | {"onboarding_choice"}
    | {"onboarding_records", "pace", "paging", "periods", "pool_users", "records", "search"}
    | {"outcomes", "sub_set"},
    {"appsync", "cognito", "dynamodb", "mutation", "onboarding_reads", "onboarding_table"}
    | {"presence", "user_pool"},
    {"backend", "backend_commands", "changelist", "columns", "detail", "export", "filters"}
    | {
        "history",
        "listing",
        "live_filter",
        "models",
        "onboarding",
        "onboarding_columns",
        "onboarding_filters",
    }
    | {"onboarding_listing", "retry_report", "stack", "staff_retry", "standing", "status", "stuck"}
    | {"backend_retry", "progress_line", "retry_batches", "staff_settling", "sweep", "sweep_note"}
    | {"sweep_report", "verdicts"},
    {"admin", "apps", "live_admin", "management", "onboarding_admin", "retry_views"}
    | {"settling_views", "templatetags"},
)


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


def row_of(module: str) -> int | None:
    """Return the row of a module of businesses; None for what stands outside the rows."""
    name = module.split(".")[1]
    return next((index for index, row in enumerate(ROWS) if name in row), None)


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
    bridge = "businesses.stack"
    assert offences("businesses", but=(bridge,), allowed=("businesses.",)) == []
    assert {
        line.partition(" ")[0] for line in offences("businesses", allowed=("businesses.",))
    } == {bridge}


def test_imports_inside_businesses_point_downwards() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules("businesses")
        if (row := row_of(module)) is not None
        for name in imports(tree)
        if name.startswith("businesses.")
        if (other := row_of(name)) is not None
        if other > row
    ]
    assert wrong == []


def test_every_module_of_businesses_has_its_row() -> None:
    outside = {
        module
        for module, _ in modules("businesses")
        if row_of(module) is None and not module.startswith("businesses.migrations")
    }
    assert outside == {"businesses.__init__"}
