"""What the site writes to its log, as the handler writes it."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from onboarding_site.observation.log_lines import JsonLine, OneLineARequest, TextLine

Lines = list[dict[str, Any]]


@contextmanager
def logged(formatter: logging.Formatter) -> Iterator[io.StringIO]:
    """Yield what is written in the block by a handler like that of the settings."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    handler.addFilter(OneLineARequest())
    logging.getLogger().addHandler(handler)
    try:
        yield written
    finally:
        logging.getLogger().removeHandler(handler)


@contextmanager
def json_lines() -> Iterator[Lines]:
    """Yield a list that has, after the block, what was written in it as JSON."""
    lines: Lines = []
    with logged(JsonLine()) as written:
        yield lines
    lines += [json.loads(line) for line in written.getvalue().splitlines()]


@contextmanager
def text() -> Iterator[io.StringIO]:
    """Yield what is written in the block as text."""
    with logged(TextLine()) as written:
        yield written
