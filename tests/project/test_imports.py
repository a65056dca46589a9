"""Keeps the import directions: a folder imports from itself and from what stands below it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
OURS = ("aws_setup", "businesses", "onboarding_site", "tests")

# What stands at the top of each package, folders and modules alike, from the top down. Entries of
# one line do not import from each other.
ORDER = {
    "aws_setup": """
        apps management
        demo deployment destruction status
        existing terminal
        stack
        calls template triggers
        exceptions local
    """,
    "aws_setup.calls": """
        clients
        beside cut_short first_answers local_errors
    """,
    "aws_setup.local": """
        server samples
        gateway
        cloudformation controls
        cloudwatch cognito dynamodb
        http
        appsync
        iam
        exceptions
    """,
    "aws_setup.local.appsync": """
        realtime
        endpoint
        execution
        data_sources schema
        authorization
        deployed errors
        addresses javascript
    """,
    "businesses": """
        admin apps management migrations templatetags
        pages
        maintenance retry sweep
        figures
        audit backend
        aws
        models queries
        records
        concurrency typed_cache
        exceptions signals
    """,
    "businesses.aws": """
        deadline status sweep_metric
        stack
        api cognito tables
        call_errors console_links outputs
        shared_outputs
    """,
    "businesses.pages": """
        site
        search
        person
        business front_page onboarding
        live
        runs staff
        errors
        addresses display frame
    """,
    "onboarding_site": """
        command_line gunicorn settings urls wsgi
        signing_in
        database_outage debug_page observation request_encoding serving storage
        configuration
    """,
    "onboarding_site.observation": """
        apps
        access aws_calls error_reports exposition health
        log_lines metrics
        current logs processes readiness scrubbing
    """,
    "onboarding_site.storage": """
        apps
        checks
        cache_url redis_cache
    """,
    "onboarding_site.signing_in": """
        apps migrations single_sign_on
        log sessions
        lock_out
        client_address configuration models
        keys
    """,
    "onboarding_site.configuration": """
        environment
        client_variables database deployment env_file
        packages values
    """,
}


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield the dotted name and the syntax tree of every module of ours but the tests."""
    for package in OURS[:-1]:
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


@cache
def all_imports() -> dict[str, set[str]]:
    """Return what each of our modules imports of ours."""
    return {module: imports(tree) for module, tree in trees()}


def floors(order: str) -> dict[str, int]:
    """Return the floor of every entry; the ground floor, which imports nothing else, is 0."""
    lines = order.strip().splitlines()
    return {entry: floor for floor, line in enumerate(reversed(lines)) for entry in line.split()}


def entry_of(name: str, package: str) -> str:
    """Return which entry of a package a dotted name is in; "" when it is outside of the package."""
    if not name.startswith(f"{package}."):
        return ""
    return name.removeprefix(f"{package}.").partition(".")[0]


def upward(package: str, order: str, used: dict[str, set[str]]) -> list[str]:
    """Return the imports inside a package that do not point downwards."""
    floor = floors(order)
    return [
        f"{module} imports {name}"
        for module, names in used.items()
        for name in names
        if (importer := entry_of(module, package)) and (imported := entry_of(name, package))
        if importer != imported and floor[importer] <= floor[imported]
    ]


def outside(package: str, allowed: tuple[str, ...]) -> set[str]:
    """Return the imports of a package, a dotted name, that none of the prefixes allows."""
    return {
        f"{module} imports {name}"
        for module, names in all_imports().items()
        for name in names
        if module == package or module.startswith(f"{package}.")
        if not name.startswith(allowed)
    }


@pytest.mark.parametrize("package", ORDER)
def test_every_entry_of_a_package_has_its_floor(package: str) -> None:
    found = {entry_of(module, package) for module in all_imports()} - {"", "__init__"}
    assert found == set(floors(ORDER[package]))


@pytest.mark.parametrize("package", ORDER)
def test_imports_point_downwards(package: str) -> None:
    assert upward(package, ORDER[package], all_imports()) == []


@pytest.mark.parametrize("package", ORDER)
def test_an_import_that_points_upwards_or_aside_is_an_offence(package: str) -> None:
    floor = floors(ORDER[package])
    lowest, top = min(floor, key=floor.__getitem__), max(floor, key=floor.__getitem__)
    used = {f"{package}.{lowest}": {f"{package}.{top}.something"}}
    assert upward(package, ORDER[package], used) == [
        f"{package}.{lowest} imports {package}.{top}.something"
    ]
    assert upward(package, ORDER[package], {f"{package}.{top}": {f"{package}.{lowest}.a"}}) == []


def test_aws_setup_knows_nothing_of_businesses() -> None:
    assert outside("aws_setup", ("aws_setup.",)) == set()


def test_the_embedded_aws_imports_nothing_else_of_ours() -> None:
    assert outside("aws_setup.local", ("aws_setup.local.",)) == set()


def test_the_site_around_them_imports_nothing_else_of_ours() -> None:
    assert outside("onboarding_site", ("onboarding_site.",)) == set()


def test_the_trigger_imports_nothing_of_ours() -> None:
    assert outside("aws_setup.triggers", ("nothing",)) == set()


def test_only_the_demos_and_local_aws_import_the_embedded_aws() -> None:
    users = {
        module
        for module, names in all_imports().items()
        if not module.startswith("aws_setup.local.")
        and any(name.startswith("aws_setup.local.") for name in names)
    }
    commands = "aws_setup.management.commands"
    shared = {"aws_setup.demo.opening", "aws_setup.demo.stage", "aws_setup.management.serving"}
    assert users == shared | {f"{commands}.{name}" for name in ("demo", "demo_server", "local_aws")}


def test_only_the_stack_of_businesses_knows_aws_setup() -> None:
    offences = outside("businesses", ("businesses.",))
    assert {line.partition(" ")[0] for line in offences} == {"businesses.aws.stack"}
