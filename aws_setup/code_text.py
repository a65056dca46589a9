"""The text of code files as it is deployed: short, since CloudFormation's limit counts it all.

Comments and indentation go. Every line keeps its number, so that an error in a log points at the
repository's line.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any

from graphql import GraphQLError, Node, Visitor, parse, print_ast, visit

_DEPTHS = {tokenize.INDENT: 1, tokenize.DEDENT: -1}
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
# A comment of JavaScript that has its lines to itself; one behind code stays.
_LINES_OF_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)


def deployed_text(text: str, path: PurePath) -> str:
    """Return a file's text as it is deployed; text of a kind that is not known stays as it is.

    Code that does not parse stays as well: the service that gets it says what is wrong.
    """
    shorten = _KINDS.get(path.suffix)
    if shorten is None:
        return text
    try:
        return shorten(text)
    except (SyntaxError, tokenize.TokenError, GraphQLError):
        return text


def _python(text: str) -> str:
    """Take docstrings and comments out, and indent by one space.

    A docstring that is all there is of a body stays.
    """
    lines = text.splitlines()
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    _indent_by_one(lines, tokens)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node) and len(node.body) > 1:
            docstring = node.body[0]
            assert docstring.end_lineno is not None  # noqa: S101 - ast.parse tells it
            for number in range(docstring.lineno, docstring.end_lineno + 1):
                lines[number - 1] = ""
    return "".join(f"{line}\n" for line in lines)


def _indent_by_one(lines: list[str], tokens: Iterable[tokenize.TokenInfo]) -> None:
    """Indent each line of code; what the further lines of a text begin with belongs to the text."""
    depth, seen = 0, 0
    for token in tokens:
        if token.type in _DEPTHS:
            depth += _DEPTHS[token.type]
            continue
        row = token.start[0]
        if row > seen and token.type != tokenize.COMMENT and token.string.strip():
            lines[row - 1] = " " * depth + lines[row - 1].lstrip()
        seen = max(seen, token.end[0])


def _javascript(text: str) -> str:
    """Take the comments that have lines to themselves out, and the indentation.

    A file in which a text goes over several lines stays as it is.
    """
    if any(line.count("`") % 2 for line in text.splitlines()):
        return text
    without = _LINES_OF_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    return _INDENTATION.sub("", without)


class _WithoutDescription(Visitor):
    """Takes the descriptions out of a schema."""

    def enter(self, node: Node, *_path: Any) -> None:
        """Take one node's out; the tree is ours alone."""
        if getattr(node, "description", None):
            node.description = None


def _graphql(text: str) -> str:
    document = parse(text)
    visit(document, _WithoutDescription())
    return f"{print_ast(document)}\n"


_KINDS: dict[str, Callable[[str], str]] = {
    ".py": _python,
    ".js": _javascript,
    ".graphql": _graphql,
}
