"""CloudFormation's YAML: read with its tags, and written in the form that it takes inline."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from cfnlint.decode import decode_str

from aws_setup.exceptions import TemplateUnusable


def parse_template(text: str, name: str) -> dict[str, Any]:
    """Return the template in `text`, every intrinsic function in its long form.

    name: how an error calls the template.
    Raises TemplateUnusable, with line and column, for anything but a YAML or JSON mapping.
    """
    template, problems = decode_str(text)
    if problems:
        first = problems[0]
        raise TemplateUnusable(
            f"{name} is not a template: line {first.linenumber}, column {first.columnnumber}: "
            f"{first.message}. Nothing was deployed."
        )
    if not isinstance(template, dict):
        raise TemplateUnusable(f"{name} holds no mapping. Nothing was deployed.")
    return template


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
    """Turn cfn-lint's nodes, which remember where they stood, into what the dumper writes."""
    if isinstance(node, Mapping):
        return _short_form(node) or {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


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
