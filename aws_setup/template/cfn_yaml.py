"""CloudFormation's YAML: read with its tags, and written in the form that it takes inline."""

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # a PyYAML that was built without libyaml; it is slower
    from yaml import SafeLoader  # type: ignore[assignment]

from aws_setup.exceptions import TemplateUnusable


def parse_template(text: str, name: str) -> dict[str, Any]:
    """Return the template in `text`, every intrinsic function in its long form.

    name: how an error calls the template.
    Raises TemplateUnusable, with line and column, for anything but a YAML mapping (which JSON is
    too, unless tabs indent it) and for a key that stands twice in one mapping.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
    """
    try:
        template = yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - it is a SafeLoader
    except (yaml.YAMLError, ValueError) as error:
        raise TemplateUnusable(
            f"{name} is not a template: {_in_one_line(error)}. Nothing was deployed."
        ) from error
    if not isinstance(template, dict):
        raise TemplateUnusable(f"{name} holds no mapping. Nothing was deployed.")
    return template


def _in_one_line(error: yaml.YAMLError | ValueError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())


class _TemplateLoader(SafeLoader):
    """Reads the short forms of CloudFormation's functions, and no key twice."""

    def construct_once(self, node: yaml.MappingNode) -> dict[Hashable, Any]:
        """Return a mapping. Raises ConstructorError for a key that is null or stands twice."""
        # What a merge (`<<`) brings may be overwritten.
        may_repeat = any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value)
        self.flatten_mapping(node)
        mapping: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if key is None or not isinstance(key, Hashable):
                raise _misused(key_node, f"{key!r} is no key")
            if key in mapping and not may_repeat:
                raise _misused(key_node, f"the key {key!r} stands twice in one mapping")
            mapping[key] = self.construct_object(value_node, deep=True)
        return mapping

    def construct_list(self, node: yaml.SequenceNode) -> list[Any]:
        """Return a list with all that it holds, so that one that holds itself is refused."""
        return [self.construct_object(each, deep=True) for each in node.value]

    def construct_text(self, node: yaml.ScalarNode) -> str:
        """Return what is written, without a guess at its type."""
        return str(node.value)

    def construct_function(self, name: str, node: yaml.Node) -> dict[str, Any]:
        """Return the long form of a function that is written as a tag, such as `!Sub`."""
        argument: Any
        if isinstance(node, yaml.MappingNode):
            argument = self.construct_once(node)
        elif isinstance(node, yaml.SequenceNode):
            argument = self.construct_list(node)
        else:
            argument = node.value.split(".", 1) if name == "GetAtt" else node.value
        return {name if name in _WITHOUT_PREFIX else f"Fn::{name}": argument}


_WITHOUT_PREFIX = {"Ref", "Condition"}
_TemplateLoader.add_constructor("tag:yaml.org,2002:map", _TemplateLoader.construct_once)
_TemplateLoader.add_constructor("tag:yaml.org,2002:seq", _TemplateLoader.construct_list)
# CloudFormation knows no dates: the version of a policy, for example, is text.
_TemplateLoader.add_constructor("tag:yaml.org,2002:timestamp", _TemplateLoader.construct_text)
_TemplateLoader.add_multi_constructor("!", _TemplateLoader.construct_function)


def _misused(node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def dump_template(template: Mapping[str, Any]) -> str:
    """Return a loaded template as YAML without aliases, which CloudFormation doesn't read."""
    return yaml.dump(
        _plain(template),
        Dumper=_BodyDumper,
        sort_keys=False,
        allow_unicode=True,
        width=math.inf,
        default_flow_style=None,
    )


@dataclass(frozen=True, slots=True)
class _Intrinsic:
    """An intrinsic function of a plain string, which has a short form: `!Ref UserPool`."""

    tag: str
    argument: str


def _plain(node: Any) -> Any:
    """Turn a template's nodes into what the dumper writes."""
    if isinstance(node, Mapping):
        return _short_form(node) or {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node


def _short_form(node: Mapping[str, Any]) -> _Intrinsic | None:
    match dict(node):
        case {"Ref": str() as name, **rest} if not rest:
            return _Intrinsic("!Ref", name)
        case {"Fn::Sub": str() as text, **rest} if not rest and "\n" not in text:
            return _Intrinsic("!Sub", text)
        case {"Fn::GetAtt": [str() as name, str() as attribute], **rest} if not rest:
            return _Intrinsic("!GetAtt", f"{name}.{attribute}")
    return None


class _BodyDumper(yaml.SafeDumper):
    """Writes the lines of code as lines, a short leaf on one line, and never an alias."""

    LEAF_KEYS = 3

    def ignore_aliases(self, _data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        # YAML readers take these for line ends too, so they are written as escapes.
        if re.search("[\r\x85\u2028\u2029]", text):
            return self.represent_scalar("tag:yaml.org,2002:str", text, style='"')
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def represent_intrinsic(self, intrinsic: _Intrinsic) -> yaml.ScalarNode:
        return self.represent_scalar(intrinsic.tag, intrinsic.argument)

    def represent_mapping(
        self, tag: str, mapping: Any, flow_style: bool | None = None
    ) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        if len(mapping) > self.LEAF_KEYS:
            node.flow_style = False
        return node


_BodyDumper.add_representer(str, _BodyDumper.represent_text)
_BodyDumper.add_representer(_Intrinsic, _BodyDumper.represent_intrinsic)
