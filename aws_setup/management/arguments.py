"""Types of command-line arguments that more than one command takes."""

from argparse import ArgumentTypeError


def port(text: str) -> int:
    """Read a TCP port; 0 stands for a free one. Raises ArgumentTypeError."""
    if text.isascii() and text.isdigit() and int(text) <= 65535:  # noqa: PLR2004
        return int(text)
    raise ArgumentTypeError(f"{text!r} is no port: give a number from 0 to 65535.")
