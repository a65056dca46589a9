"""What DynamoDB refuses in an update expression and ministack does not.

Each section can be used once, and no two of its actions may touch the same path.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from ministack.services import dynamodb

SECTIONS = {"SET", "REMOVE", "ADD", "DELETE"}

Path = tuple[str | int, ...]
Token = tuple[str, str]

_apply_stock = dynamodb._apply_update_expression  # noqa: SLF001


def register() -> None:
    """Check each expression before ministack applies it; a second call changes nothing."""
    dynamodb._apply_update_expression = _apply  # noqa: SLF001


def _apply(item: Any, expression: str, values: Any, names: Any, *more: Any) -> Any:
    if refused := _refusal(expression, names or {}):
        raise ValueError(f"Invalid UpdateExpression: {refused}")
    return _apply_stock(item, expression, values, names, *more)


def _refusal(expression: str, names: Mapping[str, str]) -> str:
    sections = list(_sections(dynamodb._tokenize(expression)))  # noqa: SLF001
    used = [name for name, _ in sections]
    for name in used:
        if used.count(name) > 1:
            return f'The "{name}" section can only be used once in an update expression;'
    paths = [_path(action, names) for _, tokens in sections for action in _actions(tokens)]
    for one, other in combinations(paths, 2):
        shorter = min(len(one), len(other))
        if one[:shorter] == other[:shorter]:
            return (
                "Two document paths overlap with each other; must remove or rewrite one of these "
                f"paths; path one: {_shown(one)}, path two: {_shown(other)}"
            )
    return ""


def _sections(tokens: list[Token]) -> Iterator[tuple[str, list[Token]]]:
    """Yield each section's name and tokens."""
    starts = [
        place for place, (kind, text) in enumerate(tokens) if kind == "IDENT" and _opens(text)
    ]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        yield tokens[start][1].upper(), tokens[start + 1 : end]


def _opens(text: str) -> bool:
    return text.upper() in SECTIONS


def _actions(tokens: list[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each action of a section."""
    actions: Iterator[list[Token]] = dynamodb._split_by_comma(tokens)  # noqa: SLF001
    yield from actions


def _path(action: list[Token], names: Mapping[str, str]) -> Path:
    """Return the path that an action begins with."""
    return tuple(dynamodb._parse_path_from_tokens(action, names))  # noqa: SLF001


def _shown(path: Path) -> str:
    return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else part for part in path) + "]"
