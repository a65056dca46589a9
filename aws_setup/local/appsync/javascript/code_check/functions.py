"""What the APPSYNC_JS runtime does not do with functions: they are called, and nothing else.

https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
https://github.com/aws/aws-appsync-eslint-plugin
"""

from collections.abc import Iterator

from tree_sitter import Node

from aws_setup.local.appsync.javascript.code_check.findings import LINT_ERROR, Finding
from aws_setup.local.appsync.javascript.code_check.names import Names
from aws_setup.local.appsync.javascript.code_check.tree import Tree, parts, text

# Only these take a function. The plugin asks for the type of what has the method; here its name
# decides. `sort` with a function is refused: https://github.com/aws/aws-appsync-community/issues/325
TAKE_FUNCTIONS = {
    "every",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flatMap",
    "forEach",
    "map",
    "reduce",
    "reduceRight",
    "some",
}


def findings(tree: Tree, names: Names) -> Iterator[Finding]:
    """Yield what is wrong, one rule after the other."""
    for call in tree.found("(call_expression arguments: (arguments)) @found"):
        if _passes_function(call, names):
            yield _finding(tree, call, "passing: Functions can not be passed as an argument")
    returned = "(return_statement (_) @found) (arrow_function body: (_) @found)"
    for node in tree.found(returned):
        if names.function(node):
            yield _finding(tree, node, "return: returning a function is not allowed")
    assigned = "(variable_declarator value: (_) @found) (assignment_expression right: (_) @found)"
    for node in tree.found(assigned):
        if node.type == "identifier" and names.function(node):
            yield _finding(tree, node, "reassign: re-assigning function is not allowed")


def _passes_function(call: Node, names: Names) -> bool:
    called, *_, arguments = parts(call)
    if not any(names.function(each) for each in parts(arguments)):
        return False
    method = called.child_by_field_name("property")
    return method is None or text(method) not in TAKE_FUNCTIONS


def _finding(tree: Tree, node: Node, rule: str) -> Finding:
    return tree.finding(node, LINT_ERROR, f"@aws-appsync/no-function-{rule}")
