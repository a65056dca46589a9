"""Which declaration a name in a resolver's code means, and the names that nothing declares."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from aws_setup.local.appsync.javascript.code_check.findings import PARSE_ERROR, Finding
from aws_setup.local.appsync.javascript.code_check.tree import (
    FUNCTIONS,
    Tree,
    enclosing,
    parts,
    text,
    unwrapped,
)

# What the page names, with functions of JavaScript that it does not mention but that are known to
# work. Whether AppSync has others is unknown; here they are refused.
# https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
GLOBALS = {
    "Array",
    "Boolean",
    "Infinity",
    "JSON",
    "Math",
    "NaN",
    "Number",
    "Object",
    "String",
    "console",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "extensions",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "runtime",
    "undefined",
    "util",
}
_BLOCKS = ("program", "statement_block", "for_in_statement", "switch_body", "catch_clause")
_DECLARATIONS = """
    (import_clause (identifier) @imported) (namespace_import (identifier) @imported)
    (import_specifier !alias name: (identifier) @imported)
    (import_specifier alias: (identifier) @imported)
    (variable_declaration (variable_declarator name: (_) @var value: (_)? @value))
    (lexical_declaration (variable_declarator name: (_) @lexical value: (_)? @value))
    (for_in_statement kind: "var" left: (_) @var)
    (for_in_statement kind: ["let" "const"] left: (_) @loop)
    (for_statement initializer: (_) @loop)
    (formal_parameters (_) @parameter) (arrow_function parameter: (_) @parameter)
    (catch_clause parameter: (_) @loop)
    (function_declaration name: (_) @lexical) @value
    (generator_function_declaration name: (_) @lexical) @value
    (function_expression name: (_) @parameter) @value
    (class_declaration name: (_) @lexical)
"""
_REFERENCES = "(identifier) @found (shorthand_property_identifier) @found"
# These words name something outside of the code, or for others.
_FOREIGN = """
    (import_specifier name: (_) @found alias: (_)) (export_specifier alias: (_) @found)
    (export_statement (export_clause (export_specifier name: (_) @found)) source: (_))
"""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A name and where it can be used."""

    name: Node
    scope: Node
    value: Node | None  # the function, or what a variable is at first; None if it has none

    def reaches(self, node: Node) -> bool:
        """Tell whether the name means this, where the node is."""
        return self.scope.start_byte <= node.start_byte < self.scope.end_byte


class Names:
    """The declarations of one piece of code."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._declarations: dict[str, list[Declaration]] = defaultdict(list)
        for named in tree.matches(_DECLARATIONS):
            for kind in named.keys() - {"value"}:
                self._declare(kind, named[kind][0], named)

    def _declare(self, kind: str, pattern: Node, named: Mapping[str, Sequence[Node]]) -> None:
        value = unwrapped(named["value"][0]) if "value" in named else None
        for name in bindings(pattern):
            whole = value if name == pattern else None
            scope = _scope(kind, pattern) or self._tree.root
            insort(self._declarations[text(name)], Declaration(name, scope, whole), key=_start)

    def declaration(self, name: Node) -> Declaration | None:
        """Return what a name means where it stands; None if nothing in the code declares it."""
        declared = self._declarations.get(text(name), [])
        begun = bisect_right(declared, name.start_byte, key=_start)
        # Scopes lie in each other or apart, so the last one to begin is the innermost.
        return next((each for each in reversed(declared[:begun]) if each.reaches(name)), None)

    def function(self, node: Node) -> Node | None:
        """Return the function that an expression is or names, None if it is no function."""
        node = unwrapped(node)
        if node.type == "identifier" and (declared := self.declaration(node)) and declared.value:
            node = declared.value
        return node if node.type in FUNCTIONS else None

    def undeclared(self) -> Iterator[Finding]:
        """Yield the names that neither the code nor the runtime declares."""
        foreign = {node.start_byte for node in self._tree.found(_FOREIGN)}
        for node in self._tree.found(_REFERENCES):
            name = text(node)
            if name in GLOBALS or node.start_byte in foreign or self.declaration(node):
                continue
            words = f"TS2304: Cannot find name '{name}'."
            if node.type == "shorthand_property_identifier":
                words = (
                    f"TS18004: No value exists in scope for the shorthand property '{name}'. "
                    "Either declare one or provide an initializer."
                )
            yield self._tree.finding(node, PARSE_ERROR, words)


def _start(declaration: Declaration) -> int:
    return declaration.scope.start_byte


def bindings(pattern: Node) -> Iterator[Node]:
    """Yield the names that a pattern binds, without its defaults."""
    match pattern.type:
        case "identifier" | "shorthand_property_identifier_pattern":
            yield pattern
        case "pair_pattern":
            yield from bindings(parts(pattern)[-1])
        case "assignment_pattern" | "object_assignment_pattern":
            yield from bindings(parts(pattern)[0])
        case "array_pattern" | "object_pattern" | "rest_pattern":
            for member in parts(pattern):
                yield from bindings(member)


def _scope(kind: str, pattern: Node) -> Node | None:
    match kind:
        case "imported":
            return enclosing(pattern, ("program",))
        case "var":
            return enclosing(pattern, ("program", *FUNCTIONS))
        case "parameter":
            return enclosing(pattern, FUNCTIONS)
        case "loop":
            return enclosing(pattern, ("for_in_statement", "for_statement", "catch_clause"))
    declaration = pattern.parent or pattern
    return enclosing(declaration, (*_BLOCKS, *FUNCTIONS))
