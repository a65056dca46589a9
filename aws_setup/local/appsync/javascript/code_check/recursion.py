"""Calls by which a function of a resolver may come back to itself; the runtime has no recursion.

https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
https://github.com/aws/aws-appsync-eslint-plugin, rule no-recursion
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tree_sitter import Node

from aws_setup.local.appsync.javascript.code_check.findings import LINT_ERROR, Finding
from aws_setup.local.appsync.javascript.code_check.names import Names
from aws_setup.local.appsync.javascript.code_check.tree import (
    FUNCTIONS,
    Tree,
    enclosing,
    parts,
    text,
)

Calls = Mapping[Node, Sequence[tuple[Node, Node]]]  # of each function: whom it calls, and where


def findings(tree: Tree, names: Names) -> Iterator[Finding]:
    """Yield the calls that are part of a circle, with the circle as the plugin writes it."""
    calls = _calls(tree, names)
    for caller, made in calls.items():
        for callee, call in made:
            if path := _path(calls, callee, caller):
                cycle = " <-".join(map(_name, (caller, *path)))
                words = f"Recursive function calls not supported. Detected cycle in {cycle}"
                yield tree.finding(call, LINT_ERROR, f"@aws-appsync/no-recursion: {words}")


def _calls(tree: Tree, names: Names) -> Calls:
    calls: dict[Node, list[tuple[Node, Node]]] = defaultdict(list)
    for call in tree.found("(call_expression function: (_)) @found"):
        caller, callee = _named_function(call), names.function(parts(call)[0])
        if caller and callee:
            calls[caller].append((callee, call))
    return calls


def _path(calls: Calls, first: Node, last: Node) -> tuple[Node, ...]:
    """Return the functions by which the first one calls the last one, with both; () if none."""
    paths: list[tuple[Node, ...]] = [(first,)]
    seen = {first}
    for path in paths:
        if path[-1] == last:
            return path
        for callee, _ in calls.get(path[-1], ()):
            if callee not in seen:
                seen.add(callee)
                paths.append((*path, callee))
    return ()


def _named_function(node: Node) -> Node | None:
    """Return the function that a node is part of; one without a name belongs to the next one."""
    function = enclosing(node, FUNCTIONS)
    while function and not _name(function):
        function = enclosing(function, FUNCTIONS)
    return function


def _name(function: Node) -> str:
    name = function.child_by_field_name("name")
    if name is None and function.parent and function.parent.type == "variable_declarator":
        name = function.parent.child_by_field_name("name")
    return text(name) if name else ""
