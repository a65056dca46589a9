"""The syntax tree of a resolver's code, from tree-sitter, which reads JavaScript without Node.

https://tree-sitter.github.io/py-tree-sitter/
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from aws_setup.local.appsync.javascript.code_check.findings import Finding, at

FUNCTIONS = (
    "arrow_function",
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
)


class Tree(NamedTuple):
    """A resolver's code with its syntax tree."""

    code: str
    root: Node  # its `has_error` tells whether some of the code was not understood

    def matches(self, pattern: str) -> Iterator[Mapping[str, list[Node]]]:
        """Yield, for each place that fits, the nodes that the pattern names.

        https://tree-sitter.github.io/tree-sitter/using-parsers/queries/1-syntax.html
        """
        for _, named in QueryCursor(_query(pattern)).matches(self.root):
            yield named

    def captures(self, patterns: str) -> Mapping[str, list[Node]]:
        """Return all nodes that the patterns name, by their names."""
        return QueryCursor(_query(patterns)).captures(self.root)

    def found(self, patterns: str) -> list[Node]:
        """Return the nodes that the patterns name "found"."""
        return list(self.captures(patterns).get("found", ()))

    def finding(self, node: Node, error_type: str, words: str) -> Finding:
        """Return what was found at a node."""
        row, byte_column = node.start_point
        line = self.code.split("\n")[row]
        column = len(_decoded(_encoded(line)[:byte_column]))
        return at(row + 1, column + 1, len(text(node)), error_type, words)


def parse(code: str) -> Tree:
    """Read a resolver's code."""
    # To tree-sitter a NUL is the end of the code; where one is allowed, it is like a space.
    encoded = _encoded(code.replace("\0", " "))
    return Tree(code, Parser(_language()).parse(encoded).root_node)


def text(node: Node) -> str:
    """Return the code of a node."""
    return _decoded(node.text or b"")


def unwrapped(node: Node) -> Node:
    """Return what stands within the brackets, if the node is in some."""
    while node.type == "parenthesized_expression" and (inner := parts(node)):
        node = inner[0]
    return node


def parts(node: Node) -> list[Node]:
    """Return what a node is made of, without the comments in it, which may stand anywhere."""
    return [each for each in node.named_children if each.type != "comment"]


def enclosing(node: Node, types: tuple[str, ...]) -> Node | None:
    """Return the nearest node of one of the types that the node lies in, None if there is none."""
    above = node.parent
    while above is not None and above.type not in types:
        above = above.parent
    return above


# Half of a surrogate pair is not UTF-8, but JSON brings it.
def _encoded(code: str) -> bytes:
    return code.encode("utf-8", "surrogatepass")


def _decoded(code: bytes) -> str:
    return code.decode("utf-8", "surrogatepass")


@cache
def _language() -> Language:
    return Language(tree_sitter_javascript.language())


@cache
def _query(patterns: str) -> Query:
    return Query(_language(), patterns)
