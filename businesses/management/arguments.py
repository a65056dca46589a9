"""Types of command-line arguments: what is refused in one line, before AWS is asked."""

from argparse import ArgumentTypeError


def given(text: str) -> str:
    """Return a text of which something can be seen. Raises ArgumentTypeError.

    An empty one would stand for nobody, or for no restriction, so that more is done than was meant.
    Python makes halves of surrogate pairs of what is no UTF-8, which no service and no database
    takes.
    """
    if not text.strip():
        raise ArgumentTypeError("is empty: the shell variable that it comes from is not set")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ArgumentTypeError(
            "is no text in UTF-8: type it in a terminal that uses it"
        ) from error
    return text
