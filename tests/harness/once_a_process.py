"""Slow work with the same result each time is done only once in each process that runs tests.

Most tests start like a fresh process, with AWS clients of their own. A new boto3 session reads its
services' models and its lists of services and Regions from files again, which takes longer than
most tests; here all sessions share one reader of these files, as all clients of one session do.
They also share what botocore finds out about the names and the handlers of its events, the classes
of its clients, their rules for addresses, and the list of CA certificates, which takes 25 ms to
read. To copy the handlers of a session took half of the time to make a client, and to parse the
times of a stack's events two thirds of the time to parse the events, which come again each time.
Our template is encoded in each request that creates a change set, and decoded more than once there.
cfn-lint takes a second to lint our template, and its rendering a tenth; few tests change it. To
parse it, or to write it without its trigger, takes a tenth of a deployment, and so does writing
what is made of it around existing resources or for a first stage.
"""

import functools
import pickle
import ssl
import sys
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

import botocore.client
import botocore.hooks
import botocore.loaders
import botocore.regions
import botocore.session
import botocore.utils

from aws_setup.existing.user_pool import adapted_template
from aws_setup.template import cfn_yaml, lint, packaging

LONG = 10_000  # characters: about a template, as little else is
_check = lint.check_template
_findings = functools.cache(_check)
_render = packaging.render_template
_our_body = functools.cache(_render)
_parse = cfn_yaml.parse_template
_parsed = functools.lru_cache(100)(lambda text, name: pickle.dumps(_parse(text, name)))
_dump = cfn_yaml.dump_template
_dumped = functools.lru_cache(100)(lambda pickled: _dump(pickle.loads(pickled)))
_without_trigger = adapted_template.without_trigger
_hooks: Any = botocore.hooks
_session: Any = botocore.session
_accepts_kwargs = _hooks.accepts_kwargs
_accepting: dict[CodeType, Any] = {}
_EventAliaser: Any = _hooks.EventAliaser
_PrefixTrie: Any = _hooks._PrefixTrie
_alias_names: dict[str, str] = {}
_client: Any = botocore.client
_ClientCreator: Any = _client.ClientCreator
_regions: Any = botocore.regions
_EndpointProvider: Any = _regions.EndpointProvider
_parsing: Any = urllib.parse
_utils: Any = botocore.utils
_timestamp = _utils._parse_timestamp_with_tzinfo
_timestamp_of_text = functools.lru_cache(10_000)(_timestamp)
_trusting = ssl.create_default_context
_trusting_file = functools.cache(lambda cafile: _trusting(cafile=cafile))


def check_template(body: str, *, region: str = "") -> tuple[lint.Finding, ...]:
    """Lint a body for a Region, unless nothing but warnings was found there before."""
    return _findings(body, region=region)


def render_template(*changed: Path, permissions_boundary: str = "", **root: Any) -> str:
    """Render our template once; one of a test's own is rendered as it is now."""
    if changed or root or permissions_boundary:
        return _render(*changed, permissions_boundary=permissions_boundary, **root)
    return _our_body()


def parse_template(text: str, name: str) -> dict[str, Any]:
    """Parse a text once; return a template that is the caller's own."""
    template: dict[str, Any] = pickle.loads(_parsed(text, name))
    return template


def dump_template(template: Mapping[str, Any]) -> str:
    """Write the same template once."""
    return str(_dumped(pickle.dumps(template)))


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


class ClientCreator(_ClientCreator):  # type: ignore[misc]
    """Reads the model of a service once, and makes the class of its clients once."""

    def _load_service_model(self, service_name: str, api_version: str | None = None) -> Any:
        return _service_model(self._loader, service_name, api_version)

    def _create_client_class(self, service_name: str, service_model: Any) -> Any:
        if service_model not in _client_classes:
            made = super()._create_client_class(service_name, service_model)
            _client_classes[service_model] = made
        return _client_classes[service_model]


_client_classes: dict[Any, Any] = {}


@functools.cache
def _service_model(loader: Any, service_name: str, api_version: str | None) -> Any:
    model = loader.load_service_model(service_name, "service-2", api_version=api_version)
    return _client.ServiceModel(model, service_name=service_name)


class PrefixTrie(_PrefixTrie):  # type: ignore[misc]
    """Handlers of events, of which a copy shares each node until one of the two changes it."""

    def __init__(self) -> None:
        super().__init__()
        self._root: dict[str, Any]
        self._own = set[int]()  # the ids of the nodes that no other trie has

    def __copy__(self) -> "PrefixTrie":
        copied = PrefixTrie()
        copied._root, self._own = self._root, set()
        return copied

    def append_item(self, key: str, value: Any, section: int = _hooks._MIDDLE) -> None:
        self._own_path(key)
        super().append_item(key, value, section)

    def remove_item(self, key: str, value: Any) -> None:
        self._own_path(key)
        super().remove_item(key, value)

    def _own_path(self, key: str) -> None:
        """Copy the nodes that lead to a key, unless they are this trie's alone."""
        node = self._root = self._owned(self._root)
        for part in key.split("."):
            children = node["children"]
            if part not in children:
                return
            node = children[part] = self._owned(children[part])

    def _owned(self, node: dict[str, Any]) -> dict[str, Any]:
        if id(node) in self._own:
            return node
        values = node["values"] and _hooks.NodeList(*(each.copy() for each in node["values"]))
        copied = {**node, "children": {**node["children"]}, "values": values}
        self._own.add(id(copied))
        return copied


def endpoint_provider(ruleset_data: Any, partition_data: Any, **named: Any) -> Any:
    """Read a service's rules for its addresses once; loaders keep what they have read."""
    key = (id(ruleset_data), id(partition_data))
    if key not in _endpoint_providers:
        made = _EndpointProvider(ruleset_data, partition_data, **named)
        _endpoint_providers[key] = (made, ruleset_data, partition_data)
    return _endpoint_providers[key][0]


# By the identities of the data, which are kept so that no others get these.
_endpoint_providers: dict[tuple[int, int], tuple[Any, Any, Any]] = {}


def timestamp(value: Any, tzinfo: Any) -> Any:
    """Parse a text once. A number is parsed quickly, and 1 and 1.0 would be one key."""
    return (_timestamp_of_text if isinstance(value, str) else _timestamp)(value, tzinfo)


def create_default_context(*given: Any, **named: Any) -> ssl.SSLContext:
    """Read a file of CA certificates once, for whoever wants a context for nothing but these."""
    if given or named.keys() != {"cafile"}:
        return _trusting(*given, **named)
    return _trusting_file(named["cafile"])


def _once_if_long(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Encode or decode a long text once."""
    converted = functools.lru_cache(100)(convert)
    return lambda text, *given, **named: (converted if len(text) > LONG else convert)(
        text, *given, **named
    )


def install() -> None:
    """Make this process share what it has read, rendered and linted.

    Django may have loaded modules already that import one of our functions by its name.
    """
    _session.create_loader = functools.cache(botocore.loaders.create_loader)
    _session.EventAliaser = EventAliaser
    _hooks.accepts_kwargs = accepts_kwargs
    _hooks._PrefixTrie = PrefixTrie
    _client.ClientCreator = ClientCreator
    _regions.EndpointProvider = endpoint_provider
    _utils._parse_timestamp_with_tzinfo = timestamp
    ssl.create_default_context = create_default_context
    _parsing.quote_from_bytes = _once_if_long(_parsing.quote_from_bytes)
    _parsing.unquote = _once_if_long(_parsing.unquote)
    replace(_render, render_template)
    replace(_check, check_template)
    replace(_parse, parse_template)
    replace(_dump, dump_template)
    replace(_without_trigger, functools.lru_cache(100)(_without_trigger))


def replace(function: Callable[..., Any], by: Callable[..., Any]) -> None:
    """Replace a function in each module that has it by its name."""
    for module in [*sys.modules.values()]:
        if vars(module).get(function.__name__) is function:
            setattr(module, function.__name__, by)
