"""Takes out of a log line what must not be in it: addresses of people, and what they looked for."""

import re
from typing import Any

# Rather more than an address than less: its first part may have nearly any character.
_EMAIL = re.compile(
    r"""(?:"[^"\r\n]*"|[^\s@"<>()\[\],;:\\]+)(?:@|%(?:25)*40)"""
    r"""(?:\[[^\]\s]*\]|[^\s@"'<>()\[\]{},;:=?&/\\]+)""",
    re.IGNORECASE,
)
# To the end of the line or of the quotes, as a line that is no HTTP may have spaces in its query.
_QUERY = re.compile(r"""\?(?=[^\s"'<>)])[^"'<>\r\n]*""")
# What begins a new line to some reader of a log, and what a terminal obeys.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def scrubbed(text: str) -> str:
    """Return a text without e-mail addresses and without the queries of addresses."""
    return _EMAIL.sub("[e-mail]", _QUERY.sub("?[query]", text))


def scrubbed_values(value: Any) -> Any:
    """Return what JSON is made of, with every text in it scrubbed."""
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {scrubbed(str(key)): scrubbed_values(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrubbed_values(each) for each in value]
    return value


def in_one_entry(text: str) -> str:
    """Return a text of which no line but the first looks like the beginning of an entry."""
    visible = _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)
    return visible.replace("\n", "\n    ")
