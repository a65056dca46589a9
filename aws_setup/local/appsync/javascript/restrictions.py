"""What the APPSYNC_JS runtime does not take, found in the text of the code, without Node.

It looks at words, not at a syntax tree, so it knows less than AWS's own ESLint plugin, whose base
rules it follows: a name counts as declared wherever in the code it is declared.
https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-js-version.html
https://github.com/aws/aws-appsync-eslint-plugin
"""

import re
from collections.abc import Iterator
from functools import lru_cache

# Comments, strings and the text of template literals, of which `${...}` stays.
_TEXT = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)
_EXPRESSION = re.compile(r"\$\{([^}]*)\}")
_WORD = r"(?<![.\w$]){}\b(?!\s*:)"
_RULES = {
    r"(?<![.\w$])for\s+await\b|(?<![.\w$])for\s*\((?![^();]*\b(?:of|in)\b)": (
        "for loops are not supported, except for-of and for-in"
    ),
    _WORD.format("(?:while|do)"): "while loops are not supported",
    _WORD.format("(?:async|await)"): "async functions and promises are not supported",
    _WORD.format("throw"): "throw is not supported; use util.error",
    _WORD.format("(?:try|catch|finally)"): "try and catch are not supported",
    _WORD.format("class"): "classes are not supported",
    _WORD.format("continue"): "continue is not supported",
    _WORD.format("yield") + r"|\bfunction\s*\*": "generators are not supported",
    _WORD.format("this"): "this is not supported",
    _WORD.format("instanceof"): "instanceof is not supported",
    r"\+\+|--|~": "the operators ++, -- and ~ are not supported",
    r"(?:[(=,:\[!&|?;{}]|\breturn)\s*/(?=[^/*\s])": (
        "regular expressions are not supported; use util.matches"
    ),
}
_BINDING = re.compile(
    r"\bimport\b([^;\n]*?)\bfrom\b"
    # A pattern may have defaults, and another one within it.
    r"|\b(?:const|let|var)\s*(\{(?:[^{};]|\{[^{};]*\})*\}|\[[^\];]*\])"
    r"|\bfunction\b\s*([\w$]*\s*\([^)]*\))"
    r"|(\([^()]*\)|[\w$]+)\s*=>"
    r"|\b(?:const|let|var)\s+([\w$]+)"
    r"|([\w$]+)\s*=(?![=>])"
)
_NAME = re.compile(r"(?<![.\w$])[A-Za-z_$][\w$]*+(?!\s*:)")
_IMPORT = re.compile(r"\bimport\s*\{([^}]*)\}\s*from\s*['\"]([^'\"\n]+)['\"]")
# https://docs.aws.amazon.com/appsync/latest/devguide/built-in-modules-js.html
_EXPORTS = {
    "@aws-appsync/utils": "extensions runtime util",
    "@aws-appsync/utils/dynamodb": (
        "batchDelete batchGet batchPut get operations put query remove scan sync toBinarySet "
        "toNumberSet toStringSet transactGet transactWrite update"
    ),
}
_KNOWN = """
    as break case const debugger default delete do else export extends false for from function get
    if import in instanceof let new null of return set static super switch this true typeof var void
    while with async await catch class continue finally throw try yield
    Array Boolean Infinity JSON Math NaN Number Object String console decodeURI decodeURIComponent
    encodeURI encodeURIComponent extensions isFinite isNaN parseFloat parseInt runtime undefined
    util
"""


@lru_cache(maxsize=256)
def violations(code: str) -> tuple[str, ...]:
    """Return what the runtime does not take, each with its line; () if it takes the code."""
    bare = _without_text(code)
    found = [
        (match.start(), words)
        for rule, words in _RULES.items()
        for match in re.finditer(rule, bare)
    ]
    found += [(place, f"{name} is not defined") for place, name in _undeclared(bare)]
    found += _unknown_imports(code, bare)
    return tuple(
        f"code.js:{code.count(chr(10), 0, place) + 1}: {words}" for place, words in sorted(found)
    )


def _without_text(code: str) -> str:
    """Return the code with blanks for comments and strings; every line keeps its place."""

    def blank(match: re.Match[str]) -> str:
        kept = [" " if each != "\n" else each for each in match[0]]
        if match[0].startswith("`"):
            for inner in _EXPRESSION.finditer(match[0]):
                kept[inner.start(1) : inner.end(1)] = _TEXT.sub(blank, inner[1])
                kept[inner.start(1) - 1] = kept[inner.end(1)] = ";"
        return "".join(kept)

    return _TEXT.sub(blank, code)


def _unknown_imports(code: str, bare: str) -> Iterator[tuple[int, str]]:
    for match in _IMPORT.finditer(code):
        if match[2] not in _EXPORTS or bare[match.start()] != "i":  # it is in a comment
            continue
        names = {part.split()[0] for part in match[1].split(",") if part.strip()}
        for name in sorted(names - set(_EXPORTS[match[2]].split())):
            yield match.start(), f"{match[2]} has no export {name}"


def _undeclared(bare: str) -> Iterator[tuple[int, str]]:
    declared = set(_KNOWN.split())
    for match in _BINDING.finditer(bare):
        for group in filter(None, match.groups()):
            declared |= set(re.findall(r"[A-Za-z_$][\w$]*", group))
    for match in _NAME.finditer(bare):
        if match[0] not in declared:
            yield match.start(), match[0]
