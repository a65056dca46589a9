"""The template as it is deployed around a given user pool. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_setup.template.cfn_yaml import dump_template, parse_template


def adapted(body: str, *, written: Sequence[str], has_group: bool) -> str:
    """Return the rendered template as it is deployed around an existing pool.

    written: the attributes that have to be given when somebody signs up; the app client may write
    them. has_group: whether the pool has the group already; the stack then does not make it.
    """
    template = parse_template(body, "the template")
    if has_group:
        del template["Resources"]["Group"]
        template["Outputs"]["GroupName"]["Value"] = {"Ref": "GroupName"}
    _write_also(template["Resources"], written)
    return dump_template(template)


def _write_also(resources: dict[str, Any], written: Sequence[str]) -> None:
    """Let the app client write these: Cognito refuses one that can't write a required attribute.

    The properties of the stack's own pool, which it does not make then, give way to them, since a
    call takes only so many bytes.
    """
    writable = resources["UserPoolClient"]["Properties"]["WriteAttributes"]
    if further := [name for name in written if name not in writable]:
        writable += further
        properties = resources["UserPool"]["Properties"]
        resources["UserPool"]["Properties"] = {"UserPoolName": properties["UserPoolName"]}


def without_trigger(body: str) -> str:
    """Return the rendered template with a pool that does not call the function yet."""
    template = parse_template(body, "the template")
    if pool := template.get("Resources", {}).get("UserPool"):
        pool["Properties"].pop("LambdaConfig", None)
    return dump_template(template)
