"""Statements, operators and kinds of functions that the APPSYNC_JS runtime does not take."""

from collections.abc import Iterator

from aws_setup.local.appsync.javascript.code_check.findings import LINT_ERROR, Finding
from aws_setup.local.appsync.javascript.code_check.tree import Tree

# AppSync runs its ESLint plugin on the code. These are the plugin's rules and its messages; where
# it looks at one kind of function or class only, the others are refused too.
# https://github.com/aws/aws-appsync-eslint-plugin
PLUGIN = {
    "no-async": {
        "Async functions are not supported.": """
            (function_declaration "async" @found) (function_expression "async" @found)
            (arrow_function "async" @found) (method_definition "async" @found)
            (generator_function "async" @found) (generator_function_declaration "async" @found)
        """
    },
    "no-await": {
        "The `await` keyword is not supported": """
            (await_expression) @found (for_in_statement "await" @found)
        """
    },
    "no-classes": {
        "Class declarations are not supported.": "(class_declaration) @found (class) @found"
    },
    "no-continue": {"Continue statements are not supported": "(continue_statement) @found"},
    "no-disallowed-binary-operators": {
        "The operator instanceof is not supported": (
            '(binary_expression operator: "instanceof") @found'
        )
    },
    "no-disallowed-unary-operators": {
        "The operator ~ is not supported": '(unary_expression operator: "~") @found',
        "The operator ++ is not supported": '(update_expression operator: "++") @found',
        "The operator -- is not supported": '(update_expression operator: "--") @found',
    },
    "no-for": {"For statements are not supported.": "(for_statement) @found"},
    "no-generators": {
        "Generator functions are not supported.": """
            (generator_function_declaration) @found (generator_function) @found
            (method_definition "*" @found)
        """
    },
    "no-in-operator": {
        "in operator is not supported. Use Object.hasOwn().": (
            '(binary_expression operator: "in") @found'
        )
    },
    "no-labels": {"Labeled statements are not supported.": "(labeled_statement) @found"},
    "no-promise": {
        "Promise is not supported": """
            ((new_expression constructor: (identifier) @name) @found (#eq? @name "Promise"))
        """
    },
    "no-regex": {"Regex literals are not supported.": "(regex) @found"},
    "no-this": {"This expressions are not supported.": "(this) @found"},
    "no-try": {"Try statements are not supported.": "(try_statement) @found"},
    "no-while": {
        "While statements are not supported.": "(while_statement) @found",
        "do...while statements are not supported.": "(do_statement) @found",
    },
    "no-yield": {"Yield statements are not supported": "(yield_expression) @found"},
}
# What the page on the supported features excludes or does not name, and the plugin has no rule for.
# The words are ours.
# https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
PAGE = {
    "Throw statements are not supported. Use util.error().": "(throw_statement) @found",
    "The operator new is not supported.": """
        ((new_expression constructor: (_) @name) @found (#not-eq? @name "Promise"))
    """,
    "Debugger statements are not supported.": "(debugger_statement) @found",
    "Import expressions are not supported.": """
        (call_expression function: (import) @found) (meta_property) @found
    """,
    "Super expressions are not supported.": "(super) @found",
    "With statements are not supported.": "(with_statement) @found",
}


# Every message with the pattern of what it is about.
_RULES = [
    (f"@aws-appsync/{rule}: {message}", pattern)
    for rule, messages in PLUGIN.items()
    for message, pattern in messages.items()
] + list(PAGE.items())
# One query finds them all: the name of what it finds is the number of the message.
_QUERY = "".join(
    pattern.replace("@found", f"@{number}") for number, (_, pattern) in enumerate(_RULES)
)


def findings(tree: Tree) -> Iterator[Finding]:
    """Yield what is wrong, one rule after the other."""
    found = tree.captures(_QUERY)
    for number, (message, _) in enumerate(_RULES):
        for node in found.get(str(number), ()):
            yield tree.finding(node, LINT_ERROR, message)
