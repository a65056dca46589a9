"""Types of command-line arguments: what is refused in one line, before AWS is asked."""

from argparse import ArgumentTypeError


def given(text: str) -> str:
    """Return a text of which something can be seen. Raises ArgumentTypeError.

    An empty one would stand for nobody, or for no restriction, so that more is done than was meant.
    """
    if not text.strip():
        raise ArgumentTypeError("is empty: the shell variable that it comes from is not set")
    return text
