"""What the site imports is among the packages that a server installs."""

import ast
import sys
from importlib.metadata import packages_distributions

from tests.project.licences import locked
from tests.project.test_imports import OURS, trees

# What a server does not load, or only where a setting asks for it.
ELSEWHERE = (
    "aws_setup.local.",
    "aws_setup.demo.",
    "businesses.retry.rate.in_redis.",
    "onboarding_site.signing_in.single_sign_on.",
    "onboarding_site.storage.redis_cache.",
)


def imported(tree: ast.Module) -> set[str]:
    """Return the packages that a module imports as soon as it is loaded."""
    names = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return {name.partition(".")[0] for name in names} - {*OURS, *sys.stdlib_module_names}


def test_what_the_site_imports_is_locked_for_a_server() -> None:
    distributions, server = packages_distributions(), locked("requirements.txt")
    missing = {
        f"{module} imports {package}"
        for module, tree in trees()
        if not f"{module}.".startswith(ELSEWHERE)
        for package in imported(tree)
        if not {name.lower().replace("_", "-") for name in distributions[package]} & {*server}
    }
    assert missing == set()
