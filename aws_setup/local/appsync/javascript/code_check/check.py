"""Finds in a resolver's code what AppSync refuses, without Node."""

from functools import lru_cache

from aws_setup.local.appsync.javascript import engine
from aws_setup.local.appsync.javascript.code_check import (
    context,
    functions,
    modules,
    recursion,
    syntax,
)
from aws_setup.local.appsync.javascript.code_check.findings import (
    PARSE_ERROR,
    Finding,
    at,
    missing_export,
)
from aws_setup.local.appsync.javascript.code_check.names import Names
from aws_setup.local.appsync.javascript.code_check.tree import Tree, parse

HANDLERS = ("request", "response")


@lru_cache(maxsize=256)
def findings_in(code: str, handlers: tuple[str, ...] = HANDLERS) -> tuple[Finding, ...]:
    """Return what AppSync would refuse, in the order of the code; () if it would take the code.

    handlers: what the code has to export. Raises engine.NotSupported if the code needs a part of
    AppSync that the embedded AWS lacks.
    """
    tree = parse(code)
    # The tree of code with a mistake in it is a guess; QuickJS then says what is wrong.
    if tree.root.has_error and (found := _loading(code)):
        return found
    return _findings(tree, handlers) or _loading(code)


def _findings(tree: Tree, handlers: tuple[str, ...]) -> tuple[Finding, ...]:
    names = Names(tree)
    found = {
        *syntax.findings(tree),
        *names.undeclared(),
        *functions.findings(tree, names),
        *recursion.findings(tree, names),
        *context.findings(tree, names),
        *modules.import_findings(tree),
        *modules.helper_findings(tree, names),
    }
    missing = [name for name in handlers if name not in modules.exported(tree)]
    return (*sorted(found), *map(missing_export, missing))


def _loading(code: str) -> tuple[Finding, ...]:
    """Return why the code cannot be loaded, in QuickJS's words; () if it can."""
    try:
        engine.check(code)
    except engine.CodeInvalid as error:
        if error.position is None:
            return (Finding(0, 0, 0, PARSE_ERROR, error.message),)
        lines = code.rstrip().split("\n")
        line, column = error.position
        if line > len(lines):  # in what the engine adds
            line, column = len(lines), len(lines[-1]) + 1
            return (at(line, column, 1, PARSE_ERROR, "SyntaxError: the code ends too early"),)
        return (at(line, column, 1, PARSE_ERROR, error.message),)
    return ()
