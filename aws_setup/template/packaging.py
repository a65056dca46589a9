"""Renders the template: puts the files that it names into the one body that CloudFormation gets.

The template names files with the properties that `aws cloudformation package` knows. That command
uploads them to a bucket; this module puts their text into the body.
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from aws_setup.exceptions import TemplateUnusable
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.minify import minify

REPOSITORY = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).resolve().with_name("template.yaml")

ROLE = "AWS::IAM::Role"
# `code` of CreateFunction and CreateResolver:
# https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateFunction.html
APPSYNC_CODE_LIMIT_CHARACTERS = 32_768


def render_template(
    template_path: Path = TEMPLATE, *, root: Path = REPOSITORY, permissions_boundary: str = ""
) -> str:
    """Return the template as YAML, with the text of each file in place of the file's name.

    root: the folder that the named files must be in.
    permissions_boundary: the ARN of the managed policy that bounds every role; "" for none.
    Keys keep their order, and lines always end with LF. The template's comments are lost; what is
    lost of the files, `minify` says.
    Raises TemplateUnusable for a template or file that is missing, unreadable, outside root, or
    larger than its service accepts.
    """
    template = parse_template(_read(template_path, "deploy_backend"), template_path.name)

    def read(named: str, resource_id: str) -> str:
        path = _locate(named, resource_id, template_path, root)
        text = minify(_read(path, f"{resource_id} in {template_path.name}"), path)
        return text.removesuffix("\n")

    for resource_id, resource in (template.get("Resources") or {}).items():
        if permissions_boundary and resource.get("Type") == ROLE:
            resource["Properties"]["PermissionsBoundary"] = permissions_boundary
        for file_property in FILE_PROPERTIES:
            file_property.fill(resource_id, resource, read)
    _share_repeated_code(template)
    return dump_template(template)


def code_of(template: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """Return the code of a function or resolver of AppSync in a rendered template."""
    code: str | dict[str, list[str]] = resource["Properties"]["Code"]
    if isinstance(code, str):
        return code
    text: Any = template["Mappings"]
    for key in code["Fn::FindInMap"]:
        text = text[key]
    return str(text)


def _share_repeated_code(template: dict[str, Any]) -> None:
    """Put code that several resources have into a mapping, so that the body holds it once."""
    having: dict[str, list[dict[str, Any]]] = {}
    for resource in (template.get("Resources") or {}).values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if isinstance(properties, dict) and isinstance(properties.get("Code"), str):
            having.setdefault(properties["Code"], []).append(properties)
    repeated = [code for code, users in having.items() if len(users) > 1]
    for number, code in enumerate(repeated):
        for properties in having[code]:
            properties["Code"] = {"Fn::FindInMap": ["Code", "Shared", f"Code{number}"]}
    if repeated:
        shared = {f"Code{number}": code for number, code in enumerate(repeated)}
        # At the end of a text in YAML, code could lose its last line end.
        resources = template.pop("Resources")
        template |= {"Mappings": {"Code": {"Shared": shared}}, "Resources": resources}


@dataclass(frozen=True, slots=True)
class FileProperty:
    """A property that names a file, and the property that holds the file's text instead."""

    resource_type: str
    named_by: str
    inlined_as: str
    limit_characters: float = math.inf

    def fill(self, resource_id: str, resource: Any, read: Callable[[str, str], str]) -> None:
        """Put the file's text into the resource, if the resource names a file."""
        if not isinstance(resource, dict) or resource.get("Type") != self.resource_type:
            return
        properties: dict[str, Any] = resource.get("Properties") or {}
        named = properties.get(self.named_by)
        if not _is_local_path(named):
            return
        text = read(named, resource_id)
        if len(text) > self.limit_characters:
            raise TemplateUnusable(
                f"{named} has {len(text):,} characters; {self.resource_type} takes "
                f"{self.limit_characters:,}. Nothing was deployed.",
                hint=f"Shorten {named}, or move part of it into another step.",
            )
        if self.resource_type == "AWS::Lambda::Function":
            properties["Handler"] = _inline_handler(named, resource_id, properties)
            _replace_key(properties, self.named_by, self.inlined_as, {"ZipFile": text})
        else:
            _replace_key(properties, self.named_by, self.inlined_as, text)


FILE_PROPERTIES = (
    FileProperty("AWS::Lambda::Function", "Code", "Code"),
    FileProperty("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", "Definition"),
    FileProperty("AWS::AppSync::Resolver", "CodeS3Location", "Code", APPSYNC_CODE_LIMIT_CHARACTERS),
    FileProperty(
        "AWS::AppSync::FunctionConfiguration",
        "CodeS3Location",
        "Code",
        APPSYNC_CODE_LIMIT_CHARACTERS,
    ),
)


def _is_local_path(named: object) -> TypeGuard[str]:
    return isinstance(named, str) and not re.match(r"(s3|https?)://", named)


def _locate(named: str, resource_id: str, template_path: Path, root: Path) -> Path:
    path = (template_path.parent / named).resolve()
    if not path.is_relative_to(root.resolve()):
        raise TemplateUnusable(
            f"{resource_id} in {template_path.name} names {named}, which is outside the "
            "repository. Nothing was deployed.",
            hint="Name a file in the repository, relative to the template's folder.",
        )
    return path


def _read(path: Path, wanted_by: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise TemplateUnusable(
            f"{path}, named by {wanted_by}, can't be read: {why}. Nothing was deployed."
        ) from error


def _inline_handler(named: str, resource_id: str, properties: Mapping[str, Any]) -> str:
    """Return the handler with the module name `index`, which Lambda gives to a ZipFile."""
    module, _, function = str(properties.get("Handler", "")).rpartition(".")
    if module != Path(named).stem:
        raise TemplateUnusable(
            f"{resource_id} has the handler {properties.get('Handler')!r}, which is not in its "
            f"code, {named}. Nothing was deployed.",
            hint=f"Set Handler to {Path(named).stem}.<function>.",
        )
    return f"index.{function}"


def _replace_key(mapping: dict[str, Any], old: str, new: str, value: object) -> None:
    """Put `new: value` where `old` was, so that the body keeps the template's order."""
    items = [(new, value) if key == old else (key, kept) for key, kept in mapping.items()]
    mapping.clear()
    mapping.update(items)
