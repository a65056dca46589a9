"""The text of code files as it is deployed: without comments, which CloudFormation's limit counts.

Every line keeps its number, so that an error in a log points at the repository's line.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from graphql import GraphQLError, Node, Visitor, parse, print_ast, visit

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
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
    """Take docstrings and comments out, but for a docstring that is all there is of a body."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node) and len(node.body) > 1:
            docstring = node.body[0]
            assert docstring.end_lineno is not None  # noqa: S101 - ast.parse tells it
            for number in range(docstring.lineno, docstring.end_lineno + 1):
                lines[number - 1] = ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _javascript(text: str) -> str:
    return _LINES_OF_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)


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
