"""Checks of the API: its allowed groups and the code of its resolvers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.existing.deleted_by_hand import RECREATE_STACK, is_missing
from aws_setup.status.runner import BY_HAND, Backend, CheckResult, ok, wrong
from aws_setup.template.packaging import code_of

FUNCTION_TYPE = "AWS::AppSync::FunctionConfiguration"
RESOLVER_TYPE = "AWS::AppSync::Resolver"


def check_allowed_groups(backend: Backend) -> Iterator[CheckResult]:
    """Check whether the API lets people join the group."""
    name, client = "allowed groups", backend.client("appsync")
    try:
        environment = client.get_graphql_api_environment_variables(apiId=backend.api_id)
    except ClientError as error:
        if not is_missing(error):
            raise
        yield _gone(name, backend)
        return
    group = backend.output("GroupName")
    allowed = environment["environmentVariables"].get("ALLOWED_GROUPS", "")
    if group in [each.strip() for each in allowed.split(",")]:
        yield ok(name, f"The API lets people join {group}.")
    else:
        yield wrong(name, f"The API does not let anybody join {group}.", BY_HAND)


def check_resolvers(body: Mapping[str, Any], backend: Backend) -> Iterator[CheckResult]:
    """Compare the deployed code of every step and resolver with the files in the repository.

    body: the rendered template, parsed.
    """
    try:
        found = list(_compared(body, backend))
    except ClientError as error:
        if not is_missing(error):
            raise
        yield _gone("resolvers", backend)
        return
    if differing := [each for each in found if each]:
        yield wrong("resolvers", f"Different from the files here: {'; '.join(differing)}.", BY_HAND)
    else:
        yield ok("resolvers", f"All {len(found)} have the code of the files here.")


def _compared(body: Mapping[str, Any], backend: Backend) -> Iterator[str]:
    """Yield for each step and resolver how it differs; "" if it does not."""
    client, api_id = backend.client("appsync"), backend.api_id
    functions = {
        each["name"]: each.get("code", "")
        for page in client.get_paginator("list_functions").paginate(apiId=api_id)
        for each in page["functions"]
    }
    for logical_id, resource in body["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == FUNCTION_TYPE:
            found = functions.get(properties["Name"])
        elif resource["Type"] == RESOLVER_TYPE:
            found = _resolver_code(client, api_id, properties)
        else:
            continue
        if found is None:
            yield f"{logical_id} is missing"
        else:
            is_same = found.strip() == code_of(body, resource).strip()
            yield "" if is_same else f"{logical_id} has other code"


def _resolver_code(client: Any, api_id: str, properties: Mapping[str, Any]) -> str | None:
    names = {"typeName": properties["TypeName"], "fieldName": properties["FieldName"]}
    try:
        code: str = client.get_resolver(apiId=api_id, **names)["resolver"].get("code", "")
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return code


def _gone(name: str, backend: Backend) -> CheckResult:
    return wrong(
        name, f"The API {backend.api_id} is gone: no confirmation is onboarded.", RECREATE_STACK
    )
