"""`make licences`: writes docs/licences.md from what the installed packages declare."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "licences.md"
SERVER, MORE = "requirements.txt", "deploy/requirements.txt"
# What is installed only on Python before 3.11.3 or on Windows, in the words of its metadata.
ELSEWHERE = {"async-timeout": "Apache Software License", "tzdata": "Apache-2.0"}
_LOCKED = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)")

HEAD = """\
# Licences of what is shipped

The site itself is under the [MIT licence](../LICENSE). It is installed with the packages below,
none of which is copied into it or changed. `make licences` writes this page from what the packages
declare, and a test fails if it is not current.

- **psycopg** (LGPL-3.0) talks to PostgreSQL. The LGPL lets any program use it, under whatever
  licence. Whoever gets the program from you must get the text of the LGPL with it, and be able to
  put another version of psycopg in its place. pip installs it as a folder of its own, which anybody
  can exchange, so nothing follows for the site's own code. A container image that you give to
  others contains psycopg: leave its licence in the image, and do not forbid exchanging it. If the
  site runs on your own servers alone, you give psycopg to nobody, and have nothing to do.
- **certifi** and **mozilla-django-oidc** (MPL-2.0) ask whoever changes their files, and gives them
  to others, to publish these changes. Nothing here changes them.
- All others ask that their notices stay with them. They are in the folders that pip installs.

"""


def locked(name: str) -> dict[str, str]:
    """Return the versions of the packages that a list names."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = (_LOCKED.match(line) for line in text.splitlines())
    return {match[1].lower(): match[2] for match in found if match}


def licence(package: str) -> str:
    """Return the licence that a package declares."""
    try:
        declared = metadata(package)
    except PackageNotFoundError:
        return ELSEWHERE[package]
    classifiers = (each for each in declared.get_all("Classifier", []) if "License ::" in each)
    names = ", ".join(each.rpartition(" :: ")[2] for each in classifiers)
    [expression, *_], [text, *_] = (
        declared.get_all(name, [""]) for name in ("License-Expression", "License")
    )
    return expression or names or next(iter(text.splitlines()), "")


def page() -> str:
    """Return the text of the page."""
    return HEAD + "\n".join(rows()) + "\n"


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    server = locked(SERVER)
    yield "| Package | Version | Licence | For |"
    yield "|---|---|---|---|"
    for package, version in sorted((server | locked(MORE)).items()):
        purpose = "every server" if package in server else "what settings switch on"
        yield f"| {package} | {version} | {licence(package)} | {purpose} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
