"""Packages that a setting asks for, and that only some sites need."""

from importlib.util import find_spec


def require_package(name: str) -> None:
    """Raise ValueError, which says how to install it, unless there is such a package."""
    if find_spec(name) is None:
        raise ValueError(
            f"needs the package {name}, which is not installed: run"
            " pip install -r deploy/requirements.txt"
        )
