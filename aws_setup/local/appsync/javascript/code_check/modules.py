"""What a resolver's code may import, whether its helpers exist, and what it has to export.

AppSync checks the types of the code with TypeScript, whose errors these are. It checks more types
than this: https://github.com/aws/aws-appsync-community/issues/334
"""

from collections.abc import Iterator

from tree_sitter import Node

from aws_setup.local.appsync.javascript.code_check.findings import (
    LINT_ERROR,
    PARSE_ERROR,
    Finding,
)
from aws_setup.local.appsync.javascript.code_check.helpers import MODULES, TYPES
from aws_setup.local.appsync.javascript.code_check.names import Names, bindings
from aws_setup.local.appsync.javascript.code_check.tree import Tree, parts, text, unwrapped

# The plugin's rule no-disallowed-methods, as far as a name alone shows it.
_OBJECT_METHODS = {
    "create",
    "defineProperties",
    "defineProperty",
    "freeze",
    "getOwnPropertyDescriptor",
    "getOwnPropertyDescriptors",
    "getOwnPropertyNames",
    "getOwnPropertySymbols",
    "getPrototypeOf",
    "is",
    "isExtensible",
    "isFrozen",
    "isSealed",
    "preventExtensions",
    "seal",
    "setPrototypeOf",
}


def import_findings(tree: Tree) -> Iterator[Finding]:
    """Yield what the code imports in vain."""
    for statement in tree.found("(import_statement) @found (export_statement source: (_)) @found"):
        source = statement.child_by_field_name("source") or statement
        module = _module(source)
        if module not in MODULES:
            words = f"TS2307: Cannot find module '{module}' or its corresponding type declarations."
            yield tree.finding(source, PARSE_ERROR, words)
            continue
        for imported in parts(parts(statement)[0]):
            if imported.type == "identifier":
                words = f"""TS1192: Module '"{module}"' has no default export."""
                yield tree.finding(imported, PARSE_ERROR, words)
            elif imported.type == "named_imports":
                yield from _missing(tree, module, parts(imported))


def _missing(tree: Tree, module: str, specifiers: list[Node]) -> Iterator[Finding]:
    for specifier in specifiers:
        name = parts(specifier)[0]
        if text(name) not in MODULES[module].split():
            words = f"""TS2305: Module '"{module}"' has no exported member '{text(name)}'."""
            yield tree.finding(name, PARSE_ERROR, words)


def _module(source: Node) -> str:
    return text(source)[1:-1]


def helper_findings(tree: Tree, names: Names) -> Iterator[Finding]:
    """Yield the members of AppSync's helpers, and of Object, that there are not."""
    imports = _imports(tree)
    for node in tree.found("(member_expression property: (property_identifier)) @found"):
        owner, member = parts(node)[0], node.child_by_field_name("property")
        assert member is not None  # noqa: S101 - the pattern asks for it
        path = _path(owner, imports, names)
        if path == "Object" and text(member) in _OBJECT_METHODS:
            words = f"Method ObjectConstructor.{text(member)} is not implemented"
            rule = "@aws-appsync/no-disallowed-methods"
            yield tree.finding(node, LINT_ERROR, f"{rule}: {words}")
            continue
        kind, members = TYPES.get(path, ("", ""))
        if path in MODULES:
            kind, members = f'typeof import("{path}")', MODULES[path]
        if kind and text(member) not in members.split():
            words = f"TS2339: Property '{text(member)}' does not exist on type '{kind}'."
            yield tree.finding(member, PARSE_ERROR, words)


def exported(tree: Tree) -> set[str]:
    """Return the names that the code exports."""
    names = {
        text(name)
        for declared in tree.found(
            "(export_statement declaration: (function_declaration name: (_) @found))"
            "(export_statement declaration: (_ (variable_declarator name: (_) @found)))"
        )
        for name in bindings(declared)
    }
    return names | {
        text(parts(specifier)[-1]) for specifier in tree.found("(export_specifier) @found")
    }


def _imports(tree: Tree) -> dict[str, str]:
    """Return what each imported name is: a module, or the name of its export."""
    imports = {}
    for named in tree.matches(
        "(import_statement (import_clause [(named_imports (import_specifier) @name)"
        " (namespace_import) @name]) source: (_) @source)"
    ):
        [name], [source] = named["name"], named["source"]
        local = parts(name)[-1]
        is_module = name.type == "namespace_import"
        imports[text(local)] = _module(source) if is_module else text(parts(name)[0])
    return imports


def _path(node: Node, imports: dict[str, str], names: Names) -> str:
    """Return the name in `helpers` of what an expression is, "" if it is something else."""
    node = unwrapped(node)
    if node.type == "member_expression":
        owner = _path(parts(node)[0], imports, names)
        member = node.child_by_field_name("property")
        if not owner or member is None:
            return ""
        return text(member) if owner in MODULES else f"{owner}.{text(member)}"
    if node.type != "identifier":
        return ""
    declared = names.declaration(node)
    if declared is None:
        return text(node)
    return imports.get(text(node), "") if declared.scope.type == "program" else ""
