"""The page about the settings: `make settings-page` writes docs/settings.md anew.

Names, defaults and what each may be come from the code that validates the settings: what it would
refuse is tried, and it says what to set instead. The words come from `.env.example`, where each
setting has a comment of its own, and headings begin with two number signs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.settings import env

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE, PAGE = ROOT / ".env.example", ROOT / "docs" / "settings.md"
NOT_LISTED = {"AWS_DEFAULT_REGION"}  # which AWS_REGION's words name, as it is boto3's own
HEAD = """# Settings

This page is for whoever looks up a setting. `make settings-page` writes it from the code that reads
the settings, and from the words of [`.env.example`](../.env.example), which is the file to fill in.

Settings come from the environment, or else from `.env` or the file that `ENV_FILE` names. A setting
that is misspelt in the file, or that cannot be used, ends every command with one line that names it
and says what to set. `manage.py check` names all of them at once. A setting whose default is "none"
may be empty; any other may be left out, but not be empty.
"""
TABLE = "\n## {}\n\n| Name | Default | What it may be | What it does |\n|---|---|---|---|\n"
# Where what the code would refuse does not tell what it takes.
OTHERWISE = {
    "SECRET_KEY": "50 characters or more, 5 different ones or more, not beginning with"
    " `django-insecure-`; any text if `DEBUG` is on",
    "SECRET_KEY_FALLBACKS": "such keys, with commas between them",
    "EMAIL_FROM": "an e-mail address, or a name with one: Example &lt;name@example.com&gt;",
    "OIDC_CLIENT_ID": "any text",
    "OIDC_CLIENT_SECRET": "any text",
    "OIDC_SUPPORT_GROUPS": "names with commas between them",
    "OIDC_VIEWER_GROUPS": "names with commas between them",
    "STATIC_ROOT": "the path of a folder of its own",
    "LOG_FORMAT": "json or text",
    "SENTRY_DSN": "a URL, as Sentry shows it",
}
REFUSED = ("?!", "")


@dataclass(frozen=True, slots=True)
class Line:
    """A setting in the example. value: None if the line is commented out."""

    heading: str
    name: str
    words: str
    value: str | None


def lines() -> Iterator[Line]:
    """Yield the settings of the example in their order."""
    heading, words = "", list[str]()
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif found := re.fullmatch(r"(# )?([A-Z][A-Z_]+)=(.*)", line):
            value = None if found[1] else found[3]
            yield Line(heading, found[2], " ".join(words), value)
        if line.startswith("# ") and not re.match(r"# [A-Z][A-Z_]+=", line):
            is_command = line.startswith("#   ")
            text = line.removeprefix("# ").strip()
            words.append(f"`{text}`." if is_command else text.replace("<", "&lt;"))
        else:
            words = []


def default(line: Line) -> str:
    """Return a setting's default as it would be written; "none" if there is none."""
    value: Any = env.forms[line.name].default
    if value is None and line.value == "":
        return "required" if line.name == "SECRET_KEY" else "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if line.value or isinstance(value, dict):  # a database or a path, which is no text any more
        return f"`{line.value}`" if line.value else "none"
    if isinstance(value, list):
        value = ",".join(value)
    return f"`{value}`" if value != "" else "none"


def form(name: str) -> str:
    """Return what a setting may be, in the words in which anything else is refused."""
    if name in OTHERWISE:
        return OTHERWISE[name]
    said = _refusal(name)
    if found := re.search(r"is not (.+?): set one, such as (.+)", said):
        return f"{found[1]}, such as {found[2]}"
    if found := re.search(r"is not (.+?): set (?:such an|that) ", said):
        return found[1]
    return re.sub(r"^one, such as", "such as", said.partition(": set ")[2])


def _refusal(name: str) -> str:
    for text in REFUSED:
        try:
            env.forms[name].parse(text)
        except ValueError as error:
            return str(error)
    raise LookupError(f"{name} takes {REFUSED}: say in OTHERWISE what it may be")


def page() -> str:
    """Return the text of the page."""
    parts, heading = [HEAD], ""
    for line in lines():
        if line.heading != heading:
            heading = line.heading
            parts.append(TABLE.format(heading))
        cells = (f"`{line.name}`", default(line), form(line.name), line.words)
        parts.append(f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
