"""Slow work with the same result each time is done only once in each process that runs tests.

Most tests start like a fresh process, with AWS clients of their own. A new boto3 session reads its
services' models and its lists of services and Regions from files again, which takes longer than
most tests; here all sessions share one reader of these files, as all clients of one session do.
cfn-lint takes a second to lint our template, and its rendering a tenth; few tests change it.
"""

import functools
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
from cfnlint import api
from cfnlint.config import ManualArgs
from cfnlint.match import Match

from aws_setup.template import packaging

_lint = api.lint
_findings: dict[tuple[str, str], list[Match]] = {}
_render = packaging.render_template
_our_body = functools.cache(_render)


def lint(body: str, *, config: ManualArgs) -> list[Match]:
    """Lint a body, unless it was linted with these settings before."""
    key = body, repr(config)
    if key not in _findings:
        _findings[key] = _lint(body, config=config)
    return list(_findings[key])


def render_template(*changed: Path, **root: Path) -> str:
    """Render our template once; one of a test's own is rendered as it is now."""
    return _render(*changed, **root) if changed or root else _our_body()


def install() -> None:
    """Make this process share what it has read, rendered and linted.

    To be called before modules that import `render_template` by its name.
    """
    read: Any = functools.cache(botocore.loaders.create_loader)
    botocore.session.create_loader = read
    api.lint = lint
    packaging.render_template = render_template
