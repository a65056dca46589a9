"""The template as it is deployed around a given user pool. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aws_setup.template.cfn_yaml import dump_template, parse_template


def adapted(body: str, *, written: Sequence[str]) -> str:
    """Return the rendered template with an app client that may write what an existing pool takes.

    written: the attributes that have to be given when somebody signs up. Cognito refuses a client
    that cannot write a required one. The properties of the stack's own pool, which it does not
    make then, give way to them, since a call takes only so many bytes.
    """
    template = parse_template(body, "the template")
    writable = template["Resources"]["UserPoolClient"]["Properties"]["WriteAttributes"]
    further = [name for name in written if name not in writable]
    if not further:
        return body
    writable += further
    pool = template["Resources"]["UserPool"]["Properties"]
    template["Resources"]["UserPool"]["Properties"] = {"UserPoolName": pool["UserPoolName"]}
    return dump_template(template)


def without_trigger(body: str) -> str:
    """Return the rendered template with a pool that does not call the function yet."""
    template = parse_template(body, "the template")
    if pool := template.get("Resources", {}).get("UserPool"):
        del pool["Properties"]["LambdaConfig"]
    return dump_template(template)
