"""Shortens code files for deployment, because CloudFormation limits the size of a template.

Comments, blank lines, indentation and annotations, but for those of fields, are removed. A
resolver, whose few lines AppSync shows, keeps only line ends that it needs, and a schema becomes
one line.
"""

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import Any

from graphql import (
    GraphQLError,
    StringValueNode,
    Visitor,
    parse,
    strip_ignored_characters,
    visit,
)

_DEPTHS = {tokenize.INDENT: 1, tokenize.DEDENT: -1}
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Python's texts that may stand in the other quotation marks, which JSON does not have to escape.
_DOUBLE_QUOTED = re.compile(r'''[brBR]{0,2}"[^"'\\\n]*"''')
# What must stay as it is in JavaScript: texts and comments. APPSYNC_JS has no regular expressions.
_KEPT = re.compile(
    r"""('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|//[^\n]*\n?|/\*.*?\*/)""",
    re.DOTALL,
)
_NESTED = re.compile(r"\$\{[^}`]*`")
# Not + and -, since "a - -b" is not "a--b".
_SPACED = re.compile(r"[ \t]*([{}()\[\],;:?=<>&|!*%])[ \t]*")
# The brackets of an arrow function around its only argument, where none holds two words apart.
_ONLY_ARGUMENT = re.compile(r"(?<=[(,=:?&|\[])\((\w+)\)(?==>)")
_LINE_END_INSIDE = re.compile(
    r"(?<=[{(\[,;])\n|,?\n(?=[})])|\n(?=\])|(?<=\})\n(?=(?:export )?function\b)"
)
# The last one of a block; after a round bracket, it may be a statement of its own, as in `if (a);`.
_LAST_SEMICOLON = re.compile(r"(?<=[\w'\]}]);(?=\})")
# A JavaScript comment on lines of its own; a comment after code stays.
_LINES_OF_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)


def minify(text: str, path: PurePath) -> str:
    """Return a file's text as it is deployed. A file of an unknown kind stays as it is.

    So does code that does not parse: the service that gets it says what is wrong.
    """
    shorten = _KINDS.get(path.suffix)
    if shorten is None:
        return text
    try:
        return shorten(text)
    except (SyntaxError, tokenize.TokenError, GraphQLError):
        return text


def _python(text: str) -> str:
    """Remove docstrings, comments and the annotations of functions, and indent by one space.

    A docstring that is the whole body of a function or class stays. Texts get single quotation
    marks where that changes nothing else, and spaces around punctuation go.
    """
    text = _without_unused_imports(_without_annotations(text))
    lines = text.splitlines()
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
        if token.type == tokenize.STRING and _DOUBLE_QUOTED.fullmatch(token.string):
            _set_in_single_quotes(lines, token)
    _indent_by_one(lines, tokens)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node) and len(node.body) > 1:
            docstring = node.body[0]
            assert docstring.end_lineno is not None  # noqa: S101 - ast.parse tells it
            for number in range(docstring.lineno, docstring.end_lineno + 1):
                lines[number - 1] = ""
    return _without_blank_lines(_without_spaces("".join(f"{line}\n" for line in lines)))


def _without_blank_lines(text: str) -> str:
    """Remove empty lines, but for those within a text."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    blank = {each.start[0] for each in tokens if each.type == tokenize.NL and not each.line.strip()}
    lines = enumerate(text.splitlines(keepends=True), start=1)
    return "".join(line for number, line in lines if number not in blank)


def _without_spaces(text: str) -> str:
    """Remove the spaces around operators and brackets, but for those inside of f-strings."""
    lines, depth = text.splitlines(), 0
    spans = list[tuple[int, int, int]]()
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for left, right in itertools.pairwise(tokens):
        # Python 3.12 and later see the parts of an f-string; before, it is one token.
        kind = tokenize.tok_name[left.type]
        depth += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        (row, end), (next_row, start) = left.end, right.start
        if tokenize.OP in (left.type, right.type) and row == next_row and end < start and not depth:
            spans.append((row, end, start))
    for row, end, start in reversed(spans):
        lines[row - 1] = lines[row - 1][:end] + lines[row - 1][start:]
    return "".join(f"{line}\n" for line in lines)


def _set_in_single_quotes(lines: list[str], token: tokenize.TokenInfo) -> None:
    (row, start), (_, end) = token.start, token.end
    line = lines[row - 1]
    lines[row - 1] = line[:start] + token.string.replace('"', "'") + line[end:]


def _without_annotations(text: str) -> str:
    """Remove the annotations of functions' arguments and results, and of variables with a value.

    Those that span several lines stay, and so do those in a class, which may define fields.
    """
    lines, tree = text.splitlines(), ast.parse(text)
    fields = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for each in node.body
        if isinstance(each, ast.AnnAssign)
    }
    nodes = (node for node in ast.walk(tree) if id(node) not in fields)
    spans = [span for node in nodes for span in _annotations(node)]
    for row, start, end in sorted(spans, reverse=True):
        line = lines[row - 1].encode()
        lines[row - 1] = (line[:start].rstrip(b" ->:") + line[end:]).decode()
    return "".join(f"{line}\n" for line in lines)


def _without_unused_imports(text: str) -> str:
    """Remove what a line imports if nothing is left that uses it, such as a type."""
    lines, tree = text.splitlines(), ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.lineno == node.end_lineno:
            names = {each.asname or each.name for each in node.names}
            if node.module != "__future__" and not names & used:
                lines[node.lineno - 1] = ""
    return "".join(f"{line}\n" for line in lines)


def _annotations(node: ast.AST) -> Iterator[tuple[int, int, int]]:
    """Yield the line number, and the start and end in bytes, of a node's own annotation."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        found = node.returns
    elif isinstance(node, ast.arg) or (isinstance(node, ast.AnnAssign) and node.value):
        found = node.annotation
    else:
        return
    if found is not None and found.lineno == found.end_lineno:
        assert found.end_col_offset is not None  # noqa: S101 - ast.parse tells it
        yield found.lineno, found.col_offset, found.end_col_offset


def _indent_by_one(lines: list[str], tokens: Iterable[tokenize.TokenInfo]) -> None:
    """Indent the lines of code, but not the later lines of a string, whose spaces belong to it."""
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
    """Remove comments, but for those after code on its line, and needless white space.

    A file with a string that spans several lines, or with one inside another, stays as it is.
    """
    if any(line.count("`") % 2 or _NESTED.search(line) for line in text.splitlines()):
        return text
    lines = _LINES_OF_COMMENT.sub("", text).split("\n")
    code = "\n".join(line.strip() for line in lines if line.strip()) + "\n" * text.endswith("\n")
    code = _KEPT.sub(lambda kept: " " if kept[0].startswith("/*") else kept[0], code)
    parts = _KEPT.split(code)
    # re.split returns what is between the texts and comments at the even positions.
    parts[::2] = [_LINE_END_INSIDE.sub("", _SPACED.sub(r"\1", part)) for part in parts[::2]]
    parts[::2] = [_LAST_SEMICOLON.sub("", part) for part in parts[::2]]
    parts[::2] = [_ONLY_ARGUMENT.sub(r"\1", part) for part in parts[::2]]
    return "".join(parts)


class _Descriptions(Visitor):
    """Finds where the descriptions in a schema stand; nodes themselves cannot be changed."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[tuple[int, int]] = []

    def enter_string_value(self, node: StringValueNode, key: str | int | None, *_: Any) -> None:
        """Note first and last position of a text that describes something."""
        if key == "description" and node.loc:
            self.spans.append((node.loc.start, node.loc.end))


def _graphql(text: str) -> str:
    found = _Descriptions()
    visit(parse(text), found)
    for start, end in reversed(found.spans):
        text = text[:start] + text[end:]
    return strip_ignored_characters(text)


_KINDS: dict[str, Callable[[str], str]] = {
    ".py": _python,
    ".js": _javascript,
    ".graphql": _graphql,
}
