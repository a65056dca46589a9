"""Writes a template in the fewest bytes: YAML with one line for each resource.

It has the short forms of functions, and quotes only where a reader might take a text for something
else. That is 6 % less than JSON without white space. The sections stay lines of their own, since a
body that begins with a bracket is JSON to CloudFormation.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

# A colon inside a plain text is legal in flow style, but not to every reader of YAML 1.1. To
# CloudFormation it is: AWS's own templates have `!If [IsProduction, !Ref AWS::NoValue]`.
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*|AWS(?:::\w+)+", re.ASCII)
_FUNCTION = re.compile(r"Fn::(?!GetAtt$)\w+", re.ASCII)
_MEANS_SOMETHING = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
# What JSON may leave as it is, and YAML takes for a line end, or for no character at all.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def dump_shortly(template: Mapping[str, Any]) -> str:
    """Return a loaded template, whose functions are in their long forms, as short YAML."""
    return "".join(f"{_text(name)}:{_section(part)}\n" for name, part in template.items()) or "{}"


def _section(part: Any) -> str:
    if not isinstance(part, dict) or not part:
        return f" {_flow(part)}"
    return "".join(f"\n {_text(name)}: {_flow(member)}" for name, member in part.items())


def _flow(node: Any) -> str:
    if isinstance(node, dict):
        members = (f"{_text(str(name))}: {_flow(value)}" for name, value in node.items())
        return _function(node) or f"{{{','.join(members)}}}"
    if isinstance(node, list):
        return f"[{','.join(map(_flow, node))}]"
    return _text(node) if isinstance(node, str) else json.dumps(node)


def _function(node: Mapping[str, Any]) -> str:
    """Return the short form of a function, or "" for what is none."""
    match list(node.items()):
        case [("Ref", str() as name)]:
            return f"!Ref {_text(name)}"
        case [("Fn::GetAtt", [str() as name, str() as attribute])] if "." not in name:
            return f"!GetAtt {_text(f'{name}.{attribute}')}"
        case [(str() as name, str() | list() | dict() as argument)] if _FUNCTION.fullmatch(name):
            # Two tags cannot follow each other.
            if not isinstance(argument, dict) or not _function(argument):
                return f"!{name.removeprefix('Fn::')} {_flow(argument)}"
    return ""


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _MEANS_SOMETHING:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
