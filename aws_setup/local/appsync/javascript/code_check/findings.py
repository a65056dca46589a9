"""What is wrong with a resolver's code, with its place, in the words in which AppSync says it."""

from typing import Any, NamedTuple

LINT_ERROR, PARSE_ERROR = "LINT_ERROR", "PARSE_ERROR"


class Finding(NamedTuple):
    """One member of `codeErrors`; line and column count from 1, span counts characters.

    https://docs.aws.amazon.com/appsync/latest/APIReference/API_CodeError.html
    """

    line: int
    column: int
    span: int
    error_type: str
    words: str  # "code.js(2,5): error ...", or a sentence where no place is known

    def to_api(self) -> dict[str, Any]:
        """Return this as CreateFunction was seen to answer it.

        https://github.com/hashicorp/terraform-provider-aws/issues/30760
        """
        location = {"line": self.line, "column": self.column, "span": self.span}
        return {"errorType": self.error_type, "value": f"{self.words}\n", "location": location}


def at(line: int, column: int, span: int, error_type: str, words: str) -> Finding:
    """Return what was found at a place, which the words then begin with."""
    return Finding(line, column, span, error_type, f"code.js({line},{column}): error {words}")


def missing_export(name: str) -> Finding:
    """Return the error for code that does not export a handler; it has no place."""
    words = f"Unable to find valid export for {name}"
    return Finding(0, 0, 0, "MISSING_MAPPING_EXPORT", words)
