"""The attributes of DynamoDB items, as the low-level client returns them. Nothing here can fail.

Other programs write to the tables too, so every attribute may be absent or of any type. A record
reads the few attributes that it needs, each by itself, and names those that it cannot understand.
Numbers stay the text that DynamoDB sends, because neither float nor boto3's Decimal context holds
all of them.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Item = Mapping[str, Any]  # AttributeValues by name: {"id": {"S": "..."}, ...}

KINDS = {
    "S": "text",
    "N": "a number",
    "B": "binary",
    "BOOL": "true or false",
    "NULL": "null",
    "L": "a list",
    "M": "a map",
    "SS": "a set of texts",
    "NS": "a set of numbers",
    "BS": "a set of binary values",
}
DEEPEST = 100  # levels that are shown; DynamoDB stores at most 32

_HELD: dict[str, type] = {"S": str, "N": str, "B": bytes, "BOOL": bool, "NULL": bool, "M": dict}
_SETS = {"SS": "S", "NS": "N", "BS": "B"}
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def text(item: Item, name: str) -> str:
    """Return a text; "" when the attribute is absent or of another type."""
    kind, held = _parts(item.get(name))
    return str(held) if kind == "S" else ""


def digits(item: Item, name: str) -> str:
    """Return a number as stored; "" when the attribute is absent or of another type."""
    kind, held = _parts(item.get(name))
    return str(held) if kind == "N" else ""


def entries(item: Item, name: str) -> list[Any]:
    """Return the AttributeValues of a list; [] when the attribute is absent or of another type."""
    kind, held = _parts(item.get(name))
    return list(held) if kind == "L" else []


def members(value: object) -> Item:
    """Return what an AttributeValue holds if it is a map; {} if it is anything else."""
    kind, held = _parts(value)
    inner: Item = held if kind == "M" else {}
    return inner


def is_absent(item: Item, name: str) -> bool:
    """Return whether there is no such attribute, or it is null."""
    return name not in item or _parts(item[name])[0] == "NULL"


def is_of(item: Item, name: str, kind: str) -> bool:
    """Return whether an attribute has this type. kind: for example "S"."""
    return _parts(item.get(name))[0] == kind


def mistyped(item: Item, names: Iterable[str], kind: str = "S") -> Iterator[str]:
    """Yield a sentence about each attribute that is there but has another type."""
    for name in names:
        if not is_absent(item, name) and not is_of(item, name, kind):
            what = KINDS.get(_parts(item[name])[0], "no value of DynamoDB")
            yield f"{name} is {what} instead of {KINDS[kind]}."


def shown(value: object) -> str:
    """Format one AttributeValue for people to read: a text as it is, anything else as JSON."""
    kind, held = _parts(value)
    if kind in {"S", "N"}:
        return str(held)
    return _base64(held) if kind == "B" else _json(value, "")


def to_json(item: Item) -> str:
    """Format an item for people to read: every attribute, indented and sorted by name.

    Numbers have all their digits. What JSON lacks is text: binary values in Base64, with their
    sizes. Sets are lists, sorted as text.
    """
    return _json({"M": dict(item)}, "")


def _parts(value: object) -> tuple[str, Any]:
    """Return an AttributeValue's type and what it holds; "" if it is no AttributeValue."""
    if isinstance(value, dict) and len(value) == 1:
        [(kind, held)] = value.items()
        if isinstance(kind, str) and isinstance(held, _HELD.get(kind, list)) and kind in KINDS:
            return kind, held
    return "", value


def _json(value: object, margin: str) -> str:
    kind, held = _parts(value)
    if len(margin) > 2 * DEEPEST:
        return '"nested too deeply to be shown"'
    if kind == "M":
        pairs = sorted(held.items(), key=lambda pair: str(pair[0]))
        inner = [f"{_quoted(str(name))}: {_json(each, margin + '  ')}" for name, each in pairs]
        return _block("{", inner, "}", margin)
    if kind == "L":
        return _block("[", [_json(each, margin + "  ") for each in held], "]", margin)
    if kind in _SETS:
        inner = [_json({_SETS[kind]: each}, margin + "  ") for each in sorted(held, key=repr)]
        return _block("[", inner, "]", margin)
    return _scalar(kind, held)


def _scalar(kind: str, held: Any) -> str:
    if kind == "N" and _JSON_NUMBER.fullmatch(held):
        return str(held)
    if kind == "B":
        return _quoted(_base64(held))
    if kind == "BOOL":
        return "true" if held else "false"
    if kind == "NULL":
        return "null"
    return _quoted(held if isinstance(held, str) else repr(held))


def _block(begin: str, inner: list[str], end: str, margin: str) -> str:
    if not inner:
        return begin + end
    lines = f",\n{margin}  ".join(inner)
    return f"{begin}\n{margin}  {lines}\n{margin}{end}"


def _base64(held: bytes) -> str:
    size = f"{len(held):,} byte{'' if len(held) == 1 else 's'}"
    return f"{base64.b64encode(held).decode()} ({size} in Base64)"


def _quoted(held: str) -> str:
    return json.dumps(held, ensure_ascii=False)
