"""How many examples a generated test tries: in `make test-long` all, and else a quarter of them.

The quarter is the same in every run, and so are all; see the profiles in `conftest.py`.
"""

import os

import pytest

_ALL = os.environ.get("EXAMPLES") == "all"


def examples(number: int) -> int:
    """Return how many of this number to try."""
    return number if _ALL else -(-number // 4)


def mark(items: list[pytest.Item]) -> None:
    """Mark the generated tests, for `make test-long`."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.generated)
