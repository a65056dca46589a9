"""Keeps modules short and folders small enough to be taken in at a glance."""

from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CODE = ("aws_setup", "bench", "businesses", "onboarding_site")
MOST_LINES, MOST_ENTRIES = 250, 16
WHOLE = "aws_setup/triggers/post_confirmation.py"  # the template contains its text
# What Django names and finds by itself.
DJANGO = {"admin", "apps", "models", "migrations", "templatetags"}


def modules() -> dict[str, int]:
    """Return the number of lines of every module of ours, by its path."""
    found = (path for folder in CODE for path in (REPOSITORY / folder).rglob("*.py"))
    # In bench/.cache is what the bench has installed to compare with.
    paths = [path for path in found if ".cache" not in path.relative_to(REPOSITORY).parts]
    return {
        path.relative_to(REPOSITORY).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in paths
    }


def too_full(paths: list[str]) -> dict[str, int]:
    """Return the folders that have more than MOST_ENTRIES, with their number of entries."""
    entries = {
        (str(entry.parent), entry.stem)
        for path in map(Path, paths)
        for entry in (path, *path.parents)
    }
    counts = Counter(
        folder for folder, name in entries if name not in DJANGO and name != "__init__"
    )
    return {folder: number for folder, number in counts.items() if number > MOST_ENTRIES}


def test_no_module_is_long() -> None:
    long = {path: lines for path, lines in modules().items() if lines > MOST_LINES}
    assert list(long) == [WHOLE]


def test_no_folder_has_many_entries() -> None:
    assert too_full(list(modules())) == {}
    assert too_full([f"crowded/{number}.py" for number in range(MOST_ENTRIES + 1)]) == {
        "crowded": MOST_ENTRIES + 1
    }
