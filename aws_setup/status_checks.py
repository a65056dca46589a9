"""What is looked at in a deployed backend, each with its mend."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.pace import Pace
from aws_setup.stack_states import SUCCEEDED, meaning_of
from aws_setup.status import Backend, Check, Look, not_checked, ok, wrong

DEPLOY = "Run `manage.py deploy_backend`."
BY_HAND = (
    f"{DEPLOY} Where that finds no changes, somebody changed it by hand: put it back in the AWS "
    "console."
)
DRIFT_LIMIT_SECONDS = 300.0
# Of each table, by the output that names it; as the template has them.
INDEXES = {
    "BusinessTableName": ("byCreatedAt", "byEmail", "byName", "byOwner"),
    "OnboardingTableName": ("byStatus",),
}
FUNCTION_TYPE = "AWS::AppSync::FunctionConfiguration"
RESOLVER_TYPE = "AWS::AppSync::Resolver"


def stack_state(backend: Backend) -> Iterator[Check]:
    """Look at the stack's own state."""
    stack = backend.stack or {}
    name, status = backend.stack_name, stack.get("StackStatus", "")
    if status in SUCCEEDED:
        yield ok("stack", f"{name} is {status}.")
        return
    meaning = meaning_of(
        status, stack=name, region=backend.client("cloudformation").meta.region_name
    )
    yield wrong("stack", f"{name} is {status}: {meaning.text}.", meaning.mend)


def known_drift(backend: Backend) -> Iterator[Check]:
    """Tell of the drift that was detected last; detecting it takes its time."""
    information = (backend.stack or {}).get("DriftInformation", {})
    status, at = information.get("StackDriftStatus"), information.get("LastCheckTimestamp")
    when = f" as of {at:%Y-%m-%d %H:%M} UTC" if at else ""
    again = "Run `manage.py backend_status --drift`."
    if status == "DRIFTED":
        yield wrong("drift", f"Resources differ from the template{when}.", again)
    elif status == "IN_SYNC":
        yield ok("drift", f"No resource differs from the template{when}.")
    else:
        yield not_checked("drift", "Nobody has looked for changes made by hand.", again)


def detected_drift(backend: Backend) -> Iterator[Check]:
    """Detect drift now, and tell of each resource that differs.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    """
    client = backend.client("cloudformation")
    detection = client.detect_stack_drift(StackName=backend.stack_name)["StackDriftDetectionId"]
    for _ in Pace(limit_seconds=DRIFT_LIMIT_SECONDS).rounds():
        found = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
    if found["DetectionStatus"] != "DETECTION_COMPLETE":
        reason = found.get("DetectionStatusReason") or "it did not end in time"
        yield not_checked("drift", f"Drift was not detected: {reason}.", "Run it again.")
        return
    drifts = _drifts(client, backend.stack_name)
    for drift in drifts:
        name = f"drift of {drift['LogicalResourceId']}"
        if drift["StackResourceDriftStatus"] == "DELETED":
            text = f"{drift['PhysicalResourceId']} is gone."
        else:
            paths = [each["PropertyPath"] for each in drift.get("PropertyDifferences", ())]
            text = f"It differs from the template at {', '.join(paths) or 'some property'}."
        yield wrong(name, text, "Put it back by hand, or change the template; then deploy.")
    if not drifts:
        yield ok("drift", "No resource differs from the template.")


def _drifts(client: Any, stack_name: str) -> list[Mapping[str, Any]]:
    drifts, arguments = [], {"StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
    while True:
        page = client.describe_stack_resource_drifts(StackName=stack_name, **arguments)
        drifts += page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return drifts
        arguments["NextToken"] = page["NextToken"]


def trigger(backend: Backend) -> Iterator[Check]:
    """Look whether the pool calls our function, and whether it may."""
    pool_id, function = backend.output("UserPoolId"), backend.output("TriggerFunctionName")
    pool = backend.client("cognito-idp").describe_user_pool(UserPoolId=pool_id)["UserPool"]
    called = pool.get("LambdaConfig", {}).get("PostConfirmation", "")
    if not called:
        mend = f"Every confirmation is lost to the sweep until then. {DEPLOY}"
        yield wrong("trigger", "The user pool calls no function after a confirmation.", mend)
    elif called.rpartition(":")[2] != function:
        text = f"The user pool calls another function after a confirmation: {called}."
        mend = "Find out who set it; `manage.py deploy_backend --replace-trigger` puts ours back."
        yield wrong("trigger", text, mend)
    else:
        yield ok("trigger", f"The user pool calls {function} after a confirmation.")
    if _may_invoke(backend, function, pool["Arn"]):
        yield ok("trigger's permission", "Cognito may invoke the function for this pool.")
    else:
        text = "Cognito may not invoke the function for this pool: no confirmation is onboarded."
        yield wrong("trigger's permission", text, BY_HAND)


def _may_invoke(backend: Backend, function: str, pool_arn: str) -> bool:
    """Read the function's own policy.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    try:
        policy = backend.client("lambda").get_policy(FunctionName=function)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return any(_lets_cognito_in(each, pool_arn) for each in json.loads(policy)["Statement"])


def _lets_cognito_in(statement: Mapping[str, Any], pool_arn: str) -> bool:
    conditions = statement.get("Condition", {})
    source = conditions.get("ArnLike", conditions.get("ArnEquals", {}))
    arns = {name.lower(): value for name, value in source.items()}
    return (
        statement["Effect"] == "Allow"
        and str(statement["Principal"].get("Service", "")).startswith("cognito-idp.")
        and statement["Action"] in {"lambda:InvokeFunction", "lambda:*"}
        and arns.get("aws:sourcearn", pool_arn) == pool_arn
    )


def group(backend: Backend) -> Iterator[Check]:
    """Look whether the group is there, and whether the API lets people join it."""
    pool_id, name = backend.output("UserPoolId"), backend.output("GroupName")
    try:
        backend.client("cognito-idp").get_group(UserPoolId=pool_id, GroupName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        command = f"aws cognito-idp create-group --user-pool-id {pool_id} --group-name {name}"
        mend = f"Create it: `{command}`."
        yield wrong("group", f"The user pool has no group {name}: every onboarding fails.", mend)
    else:
        yield ok("group", f"The user pool has the group {name}.")
    api_id = backend.api_id
    environment = backend.client("appsync").get_graphql_api_environment_variables(apiId=api_id)
    allowed = environment["environmentVariables"].get("ALLOWED_GROUPS", "")
    if name in [each.strip() for each in allowed.split(",")]:
        yield ok("allowed groups", f"The API lets people join {name}.")
    else:
        yield wrong("allowed groups", f"The API does not let anybody join {name}.", BY_HAND)


def tables(backend: Backend) -> Iterator[Check]:
    """Look whether the tables are active, with the indexes that the template gives them."""
    for output, indexes in INDEXES.items():
        name = backend.output(output)
        try:
            table = backend.client("dynamodb").describe_table(TableName=name)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            mend = "Restore it from its point-in-time recovery, or deploy anew."
            yield wrong(output.removesuffix("Name"), f"{name} is gone.", mend)
            continue
        yield _table(output.removesuffix("Name"), table, indexes)


def _table(name: str, table: Mapping[str, Any], wanted: Sequence[str]) -> Check:
    status, of = table["TableStatus"], table["TableName"]
    if status not in {"ACTIVE", "UPDATING"}:
        return wrong(name, f"{of} is {status}.", "Wait, then look again.")
    indexes = table.get("GlobalSecondaryIndexes", ())
    there = {each["IndexName"]: each.get("IndexStatus", "ACTIVE") for each in indexes}
    missing = [index for index in wanted if index not in there]
    if missing:
        what = "index" if len(missing) == 1 else "indexes"
        return wrong(name, f"{of} lacks the {what} {', '.join(missing)}.", BY_HAND)
    filling = [index for index in wanted if there[index] not in {"ACTIVE", "UPDATING"}]
    if filling:
        text = f"{of} is still making {', '.join(filling)}."
        return wrong(name, text, "What needs them works once they are ACTIVE: wait.")
    return ok(name, f"{of} is {status}, with {', '.join(wanted)}.")


def resolvers(body: Mapping[str, Any], backend: Backend) -> Iterator[Check]:
    """Compare the code of every step and resolver in the cloud with the files here.

    body: the template as it is rendered here, parsed.
    """
    client, api_id = backend.client("appsync"), backend.api_id
    functions = {
        each["name"]: each.get("code", "")
        for page in client.get_paginator("list_functions").paginate(apiId=api_id)
        for each in page["functions"]
    }
    differing, count = [], 0
    for logical_id, resource in body["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == FUNCTION_TYPE:
            found = functions.get(properties["Name"])
        elif resource["Type"] == RESOLVER_TYPE:
            found = _resolver_code(client, api_id, properties)
        else:
            continue
        count += 1
        if found is None or found.strip() != properties["Code"].strip():
            differing.append(f"{logical_id} is {'missing' if found is None else 'other code'}")
    if differing:
        yield wrong("resolvers", f"Not as in the files here: {'; '.join(differing)}.", BY_HAND)
    else:
        yield ok("resolvers", f"All {count} are the code of the files here.")


def _resolver_code(client: Any, api_id: str, properties: Mapping[str, Any]) -> str | None:
    names = {"typeName": properties["TypeName"], "fieldName": properties["FieldName"]}
    try:
        code: str = client.get_resolver(apiId=api_id, **names)["resolver"].get("code", "")
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    return code


LOOKS: Mapping[str, Look] = {
    "stack": stack_state,
    "drift": known_drift,
    "trigger": trigger,
    "group": group,
    "tables": tables,
}
