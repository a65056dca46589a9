"""Slow work with the same result each time is done only once in each process that runs tests.

Most tests start like a fresh process, with AWS clients of their own. A new boto3 session reads its
services' models and its lists of services and Regions from files again, which takes longer than
most tests; here all sessions share one reader of these files, as all clients of one session do.
They also share what botocore finds out about the names and the handlers of its events.
cfn-lint takes a second to lint our template, and its rendering a tenth; few tests change it.
ministack parses an expression again for each item, and the caller's policies for each call.
"""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import botocore.hooks
import botocore.loaders
import botocore.session

from aws_setup.template import lint, packaging

_check = lint.check_template
_findings = functools.cache(_check)
_render = packaging.render_template
_our_body = functools.cache(_render)
_hooks: Any = botocore.hooks
_session: Any = botocore.session
_accepts_kwargs = _hooks.accepts_kwargs
_accepting: dict[CodeType, Any] = {}
_EventAliaser: Any = _hooks.EventAliaser
_alias_names: dict[str, str] = {}


def check_template(body: str, *, region: str = "") -> tuple[lint.Finding, ...]:
    """Lint a body for a Region, unless nothing but warnings was found there before."""
    return _findings(body, region=region)


def render_template(*changed: Path, permissions_boundary: str = "", **root: Any) -> str:
    """Render our template once; one of a test's own is rendered as it is now."""
    if changed or root or permissions_boundary:
        return _render(*changed, permissions_boundary=permissions_boundary, **root)
    return _our_body()


def accepts_kwargs(handler: Any) -> Any:
    """Inspect the code of a handler once, however many sessions and clients register it."""
    code = getattr(getattr(handler, "__func__", handler), "__code__", None)
    if code is None:
        return _accepts_kwargs(handler)
    if code not in _accepting:
        _accepting[code] = _accepts_kwargs(handler)
    return _accepting[code]


class EventAliaser(_EventAliaser):  # type: ignore[misc]
    """Finds the present name of an event once, unless it has aliases of its own."""

    def __init__(self, event_emitter: Any, event_aliases: Any = None) -> None:
        super().__init__(event_emitter, event_aliases)
        if self._event_aliases == _hooks.EVENT_ALIASES:
            self._alias_name_cache = _alias_names


def install() -> None:
    """Make this process share what it has read, rendered and linted.

    Django may have loaded modules already that import one of our functions by its name.
    """
    _session.create_loader = functools.cache(botocore.loaders.create_loader)
    _session.EventAliaser = EventAliaser
    _hooks.accepts_kwargs = accepts_kwargs
    _replace(_render, render_template)
    _replace(_check, check_template)


def _replace(function: Callable[..., Any], by: Callable[..., Any]) -> None:
    """Replace a function in each module that has it by its name."""
    for module in [*sys.modules.values()]:
        if vars(module).get(function.__name__) is function:
            setattr(module, function.__name__, by)


def install_in_ministack() -> None:
    """Make the embedded AWS share what it has parsed; it must be running, as that imports it."""
    from ministack.core import iam_evaluator
    from ministack.services import dynamodb

    parse = iam_evaluator.parse_policy_document
    parsed = _once(parse)
    iam_evaluator.parse_policy_document = lambda document: (
        parsed(document) if isinstance(document, str) else parse(document)
    )
    dynamodb._tokenize = _once(dynamodb._tokenize)
    dynamodb._condition_syntax_error = functools.lru_cache(1000)(dynamodb._condition_syntax_error)


def _once(parse: Callable[[str], list[Any]]) -> Callable[[str], list[Any]]:
    """Parse each text once; return the parts in a list that is the caller's own."""
    parsed = functools.lru_cache(1000)(parse)
    return lambda text: [*parsed(text)]
