"""The context of a handler is there to be read: its stash and what it holds may change, not itself.

https://github.com/aws/aws-appsync-eslint-plugin, rule no-disallowed-re-assignment
"""

from collections.abc import Iterator

from tree_sitter import Node

from aws_setup.local.appsync.javascript.code_check.findings import LINT_ERROR, Finding
from aws_setup.local.appsync.javascript.code_check.names import Names, bindings
from aws_setup.local.appsync.javascript.code_check.tree import Tree, parts, text, unwrapped

_HANDLERS = """
    (function_declaration name: (identifier) @name
      parameters: (formal_parameters . (identifier) @context)
      (#any-of? @name "request" "response"))
"""
_CHANGED = """
    (assignment_expression left: (_) @found) (augmented_assignment_expression left: (_) @found)
    (update_expression argument: (_) @found) (for_in_statement !kind left: (_) @found)
    (unary_expression operator: "delete" argument: (_) @found)
"""


def findings(tree: Tree, names: Names) -> Iterator[Finding]:
    """Yield the changes to the context itself, and to its own members."""
    contexts = {named["context"][0].start_byte for named in tree.matches(_HANDLERS)}
    for changed in tree.found(_CHANGED):
        for target in (unwrapped(changed), *bindings(changed)):
            owner = target
            is_member = target.type in ("member_expression", "subscript_expression")
            if is_member:
                owner = unwrapped(parts(target)[0])
            declared = names.declaration(owner) if owner.type in _NAMES else None
            if declared and declared.name.start_byte in contexts:
                words = _words(text(owner), target if is_member else None)
                rule = "@aws-appsync/no-disallowed-re-assignment"
                yield tree.finding(target, LINT_ERROR, f"{rule}: {words}")


_NAMES = ("identifier", "shorthand_property_identifier_pattern")


def _words(context: str, member: Node | None) -> str:
    if member is None:
        return f"{context} is readonly and re-assignment is not supported."
    name = text(parts(member)[-1]).strip("'\"")
    return f"{context} is readonly. Adding/Updating {name} is not supported."
