"""Types of command-line arguments that several commands share."""

from argparse import ArgumentTypeError


def port(text: str) -> int:
    """Parse a TCP port; 0 stands for any free port. Raises ArgumentTypeError."""
    if text.isascii() and text.isdigit() and int(text) <= 65535:  # noqa: PLR2004
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535.")
