"""What ministack's CloudFormation lacks for a stack's AppSync resources.

Its AWS::AppSync::FunctionConfiguration is a stub, and it accepts any code, any schema and any
reference inside the API. AppSync does not: a resolver's field, data source and functions must
exist, and its code must compile. A stack fails here where it would fail on AWS.

AWS::AppSync::DataSource and AWS::AppSync::GraphQLSchema have no update handlers: ministack creates
them again in place, which amounts to an update.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLObjectType
from ministack.core.responses import get_account_id, get_region
from ministack.services import appsync
from ministack.services.cloudformation import changesets, engine, provisioners

from aws_setup.local.appsync import deployed
from aws_setup.local.appsync.deployed import Api
from aws_setup.local.appsync.javascript import engine as javascript
from aws_setup.local.appsync.javascript.code_check.check import findings_in
from aws_setup.local.appsync.schema import executable as schema
from aws_setup.local.cloudformation import at_once, physical_names
from aws_setup.local.cloudformation.change_sets import property_values, replacements, service_roles
from aws_setup.local.cloudformation.failures import ResourceFailed
from aws_setup.local.cloudformation.resource_types import (
    apis,
    imported,
    query_alarms,
    roles_and_policies,
    tables,
    tags,
    user_pools,
    web_acls,
)
from aws_setup.local.cloudformation.rights import checks
from aws_setup.local.cloudformation.template import conditions, references

FUNCTION = "AWS::AppSync::FunctionConfiguration"
RESOLVER = "AWS::AppSync::Resolver"
SCHEMA = "AWS::AppSync::GraphQLSchema"

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]  # physical id, attributes
Create = Callable[[str, Properties, str], Provisioned]

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
_create_stock_resolver: Create = _handlers[RESOLVER]["create"]
_create_stock_schema: Create = _handlers[SCHEMA]["create"]
_resolve_stock_properties = changesets._resolve_props_for_diff  # noqa: SLF001


def register() -> None:
    """Put our handlers in place of ministack's; a second call changes nothing."""
    _handlers[FUNCTION] = {
        "create": _create_function,
        "update": _update_function,
        "delete": _delete_function,
    }
    _handlers[RESOLVER] |= {"create": _create_resolver, "update": _update_resolver}
    for kind in (FUNCTION, RESOLVER):
        _handlers[kind] |= {"update_with_logical_id": True}
    _handlers[SCHEMA] |= {"create": _create_schema}
    roles_and_policies.register()
    apis.register()
    at_once.register()
    conditions.register()
    imported.register()
    tables.register()
    references.register()
    replacements.register()
    checks.register()
    service_roles.register()
    user_pools.register()
    web_acls.register()
    property_values.register()
    query_alarms.register()
    physical_names.register()
    tags.register()
    changesets._resolve_props_for_diff = _resolve_properties  # noqa: SLF001


def _resolve_properties(template: Any, parameters: Any, *stack: str) -> dict[str, Any]:
    """Leave a resource whose condition is false out of the change set, as out of the stack."""
    resolved: dict[str, Any] = _resolve_stock_properties(template, parameters, *stack)
    if not resolved:
        return resolved
    holds = engine._evaluate_conditions(template, parameters)  # noqa: SLF001
    resources = resolved["Resources"].items()
    there = {name: each for name, each in resources if holds.get(each.get("Condition"), True)}
    return {**resolved, "Resources": there}


def _create_function(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    at_once.check(stack, logical_id)
    body = _function_body(properties)
    return _function(appsync._create_function(properties["ApiId"], body))  # noqa: SLF001


def _update_function(
    physical_id: str, _old: Properties, properties: Properties, stack: str, logical_id: str
) -> Provisioned:
    at_once.check(stack, logical_id)
    function_id = physical_id.rpartition("/")[2]
    body = _function_body(properties)
    return _function(
        appsync._update_function(properties["ApiId"], function_id, body)  # noqa: SLF001
    )


def _delete_function(physical_id: str, properties: Properties) -> None:
    # If the API was deleted first, the function is gone already, which is fine.
    appsync._delete_function(properties["ApiId"], physical_id.rpartition("/")[2])  # noqa: SLF001


def _function_body(properties: Properties) -> dict[str, Any]:
    _check_code(properties)
    api = _api(properties)
    _check_data_source(api, properties["DataSourceName"])
    members = ("Name", "DataSourceName", "Description", "Code", "MaxBatchSize")
    body = {name[0].lower() + name[1:]: properties[name] for name in members if name in properties}
    return body | {"runtime": _runtime(properties)}


def _function(answer: tuple[int, Mapping[str, str], bytes]) -> Provisioned:
    status, _headers, body = answer
    parsed = json.loads(body)
    if status != 200:  # noqa: PLR2004
        raise ResourceFailed(status, parsed["message"])
    function = parsed["functionConfiguration"]
    attributes = {
        "FunctionId": function["functionId"],
        "FunctionArn": function["functionArn"],
        "Name": function["name"],
        "DataSourceName": function["dataSourceName"],
    }
    return function["functionArn"], attributes


def _create_resolver(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    at_once.check(stack, logical_id)
    api = _api(properties)
    if (properties["TypeName"], properties["FieldName"]) in api.resolvers:
        raise ResourceFailed(400, "Only one resolver is allowed per field.")
    return _put_resolver(api, logical_id, properties, stack)


def _update_resolver(
    physical_id: str, _old: Properties, properties: Properties, stack: str, logical_id: str
) -> Provisioned:
    at_once.check(stack, logical_id)
    return _put_resolver(_api(properties), physical_id, properties, stack)


def _put_resolver(api: Api, resource: str, properties: Properties, stack: str) -> Provisioned:
    _check_code(properties)
    _check_field(api, properties["TypeName"], properties["FieldName"])
    if properties.get("Kind") == "PIPELINE":
        for function_id in (properties.get("PipelineConfig") or {}).get("Functions") or []:
            if function_id not in api.functions:
                raise ResourceFailed(404, f"No function found with id {function_id}")
    else:
        _check_data_source(api, properties.get("DataSourceName", ""))
    return _create_stock_resolver(resource, properties, stack)


def _create_schema(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    _api(properties)
    try:
        schema.build(properties.get("Definition", ""))
    except schema.SchemaInvalid as error:
        message = f"Schema Creation Status is FAILED with details: {error}"
        raise ResourceFailed(400, message) from error
    return _create_stock_schema(logical_id, properties, stack)


def _api(properties: Properties) -> Api:
    api = deployed.load(properties["ApiId"], get_account_id(), get_region())
    if api is None:
        raise ResourceFailed(404, f"GraphQL API {properties['ApiId']} not found.")
    return api


def _check_code(properties: Properties) -> None:
    """Refuse code that AppSync would not accept or that the embedded AWS cannot run."""
    if _runtime(properties)["name"] != deployed.APPSYNC_JS or "Code" not in properties:
        raise ResourceFailed(
            400,
            "The embedded AWS supports only APPSYNC_JS functions and resolvers with inline Code.",
        )
    try:
        found = findings_in(properties["Code"])
    except javascript.NotSupported as error:
        raise ResourceFailed(400, str(error)) from error
    if found:
        # AppSync reports no more than the first sentence; what follows it helps developers.
        words = "; ".join(each.words for each in found[:3])
        raise ResourceFailed(400, f"The code contains one or more errors. {words}")


def _runtime(properties: Properties) -> dict[str, str]:
    runtime = properties.get("Runtime") or {}
    return {"name": runtime.get("Name", ""), "runtimeVersion": runtime.get("RuntimeVersion", "")}


def _check_data_source(api: Api, name: str) -> None:
    if name not in api.data_sources:
        raise ResourceFailed(404, f"No data source found named {name}")


def _check_field(api: Api, type_name: str, field_name: str) -> None:
    if not api.schema:
        raise ResourceFailed(404, "No schema definition exists.")
    parent = schema.build(api.schema).type_map.get(type_name)
    if not isinstance(parent, GraphQLObjectType) or field_name not in parent.fields:
        raise ResourceFailed(404, f"No field named {field_name} found on type {type_name}")
