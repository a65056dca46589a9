"""The checks of a deployed backend. Each result says what to do if something is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.exceptions import UserPoolMissing
from aws_setup.existing.deleted_by_hand import NO_USERS, RECREATE_STACK, is_missing, restore_table
from aws_setup.existing.tables.fitness import (
    BUSINESS_INDEXES,
    is_staying,
    key_arn,
    refused_writes,
    unread_attributes,
)
from aws_setup.existing.tables.states import STATES, USABLE, status_of
from aws_setup.existing.user_pool.updates import describe_pool
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.states import IN_REVIEW, ROLLED_BACK, SUCCEEDED, explain_status
from aws_setup.status.alarms import check_alarms
from aws_setup.status.api import check_allowed_groups, check_resolvers
from aws_setup.status.existing_table import check_existing_table
from aws_setup.status.runner import (
    BY_HAND,
    DEPLOY,
    Backend,
    CheckFunction,
    CheckResult,
    not_checked,
    ok,
    remark,
    wrong,
)
from aws_setup.status.trigger import check_trigger

DRIFT_LIMIT_SECONDS = 300.0
# The template's indexes, by the output that names their table.
INDEXES = {
    "BusinessTableName": BUSINESS_INDEXES,
    "OnboardingTableName": ("byStatus",),
}
BUSINESS_TABLE = "BusinessTable"
UNFIT = (
    "If it is an index, delete it and run `manage.py deploy_backend --add-indexes`. A key of "
    "another type cannot be changed: deploy another stack (BACKEND_STACK_NAME) with another table."
)


def check_stack(backend: Backend) -> Iterator[CheckResult]:
    """Check the status of the stack itself."""
    status = (backend.stack or {}).get("StackStatus", "not there")
    name, so_far = backend.stack_name, f"{backend.stack_name} is {status}"
    if not backend.stack or status == IN_REVIEW:
        deploy = "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`."
        yield wrong("stack", f"{so_far}: it was never created.", deploy)
    elif status in SUCCEEDED and not backend.outputs:
        yield wrong("stack", f"{so_far} and has no outputs.", DEPLOY)
    elif status in SUCCEEDED:
        yield ok("stack", f"{so_far}.")
    elif status == ROLLED_BACK:
        text = f"{so_far}: its last change failed, and it is back in the state before the update."
        yield wrong("stack", text, DEPLOY)
    elif status.endswith("_IN_PROGRESS"):
        text = f"{so_far}: an operation is running on it."
        yield not_checked("stack", text, "Wait until it is over, then check again.")
    else:
        region = backend.client("cloudformation").meta.region_name
        explanation = explain_status(status, stack=name, region=region)
        yield wrong(
            "stack", f"{so_far}: {explanation.text}.", _name_deploy_backend(explanation.hint)
        )


def _name_deploy_backend(hint: str) -> str:
    """Name deploy_backend in a text that says only "run it again"."""
    return re.sub(r"\b([Rr])un it again", r"\1un `manage.py deploy_backend` again", hint)


def check_known_drift(backend: Backend) -> Iterator[CheckResult]:
    """Report the drift that was detected last, since detecting it takes a while."""
    information = (backend.stack or {}).get("DriftInformation", {})
    status, at = information.get("StackDriftStatus"), information.get("LastCheckTimestamp")
    when = f" as of {at:%Y-%m-%d %H:%M} UTC" if at else ""
    again = "Run `manage.py backend_status --drift`."
    if status == "DRIFTED":
        yield wrong("drift", f"Resources differ from the template{when}.", again)
    elif status == "IN_SYNC":
        yield ok("drift", f"No resource differs from the template{when}.")
    else:
        yield not_checked(
            "drift", "Drift was never detected, so changes made by hand are unknown.", again
        )


def check_drift_now(backend: Backend) -> Iterator[CheckResult]:
    """Detect drift now, and report each resource that differs.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    """
    client = backend.client("cloudformation")
    detection = client.detect_stack_drift(StackName=backend.stack_name)["StackDriftDetectionId"]
    for _ in PollInterval(limit_seconds=DRIFT_LIMIT_SECONDS).rounds():
        found = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
    if found["DetectionStatus"] != "DETECTION_COMPLETE":
        reason = found.get("DetectionStatusReason") or "the detection did not end in time"
        yield not_checked("drift", f"Drift was not detected: {reason}.", "Run it again.")
        return
    drifts = _drifts(client, backend.stack_name)
    yield from map(_drifted, drifts)
    if not drifts:
        yield ok("drift", "No resource differs from the template.")


def _drifted(drift: Mapping[str, Any]) -> CheckResult:
    name = f"drift of {drift['LogicalResourceId']}"
    if drift["StackResourceDriftStatus"] == "DELETED":
        found = drift["PhysicalResourceId"]
        by_hand = f"Create it by hand under that name. If that is impossible: {RECREATE_STACK}"
        is_table = drift["ResourceType"] == "AWS::DynamoDB::Table"
        return wrong(name, f"{found} is gone.", restore_table(found) if is_table else by_hand)
    paths = [each["PropertyPath"] for each in drift.get("PropertyDifferences", ())]
    text = f"It differs from the template at {', '.join(paths) or 'some property'}."
    return wrong(name, text, "Undo the change by hand, or put it into the template; then deploy.")


def _drifts(client: Any, stack_name: str) -> list[Mapping[str, Any]]:
    drifts, arguments = [], {"StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
    while True:
        page = client.describe_stack_resource_drifts(StackName=stack_name, **arguments)
        drifts += page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return drifts
        arguments["NextToken"] = page["NextToken"]


def check_group(backend: Backend) -> Iterator[CheckResult]:
    """Check whether the user pool has the group."""
    pool_id, name = backend.output("UserPoolId"), backend.output("GroupName")
    client = backend.client("cognito-idp")
    try:
        client.get_group(UserPoolId=pool_id, GroupName=name)
    except ClientError as error:
        if not is_missing(error):
            raise
        try:
            describe_pool(client, pool_id)
        except UserPoolMissing:
            text = f"The group {name} is gone with user pool {pool_id}."
            yield wrong("group", text, f"{RECREATE_STACK} {NO_USERS}")
            return
        command = f"aws cognito-idp create-group --user-pool-id {pool_id} --group-name {name}"
        text = f"The user pool has no group {name}: every onboarding fails."
        yield wrong("group", text, f"Create it: `{command}`.")
    else:
        yield ok("group", f"The user pool has the group {name}.")


def check_tables(backend: Backend) -> Iterator[CheckResult]:
    """Check whether the tables are active and have the template's indexes."""
    for output, indexes in INDEXES.items():
        name, title = backend.output(output), output.removesuffix("Name")
        # Only the command adds indexes to a table that existed before the stack.
        is_own = not backend.parameter(f"Existing{output}")
        add = BY_HAND if is_own else "Run `manage.py deploy_backend --add-indexes`."
        try:
            table = backend.client("dynamodb").describe_table(TableName=name)["Table"]
        except ClientError as error:
            if not is_missing(error):
                raise
            yield wrong(title, f"{name} is gone.", restore_table(name))
        else:
            yield _table(title, table, indexes, add)
            yield from _key(title, table, backend.parameter("TableKeyArns"), is_own=is_own)


def _table(name: str, table: Mapping[str, Any], wanted: Sequence[str], add: str) -> CheckResult:
    """Check one table. add: what to do about a missing index."""
    status, of = status_of(table), table["TableName"]
    if status not in USABLE:
        return wrong(name, f"{of} is {status}.", STATES.get(status, "Wait, then check again."))
    indexes = [each for each in table.get("GlobalSecondaryIndexes", ()) if is_staying(each)]
    there = {each["IndexName"]: each.get("IndexStatus", "ACTIVE") for each in indexes}
    missing = [index for index in wanted if index not in there]
    if missing:
        what = "index" if len(missing) == 1 else "indexes"
        return wrong(name, f"{of} lacks the {what} {', '.join(missing)}.", add)
    unfit = list(refused_writes(table))
    for index in indexes:
        unfit += unread_attributes(index) if index["IndexName"] in wanted else ()
    if unfit and name == BUSINESS_TABLE:
        return wrong(name, f"{of} cannot be used as it is. {' '.join(unfit)}", UNFIT)
    filling = [index for index in wanted if there[index] not in {"ACTIVE", "UPDATING"}]
    if filling:
        text = f"{of} is still building {', '.join(filling)}."
        return wrong(name, text, "Wait until they are ACTIVE; what needs them works then.")
    return ok(name, f"{of} is {status}, with {', '.join(wanted)}.")


def _key(
    name: str, table: Mapping[str, Any], usable: str, *, is_own: bool
) -> Iterator[CheckResult]:
    """Remark on a key that the stack's roles may not use; AWS's own for DynamoDB needs no right.

    usable: the ARNs of the keys that they may use, with commas between them.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    key = key_arn(table)
    if not key or key in usable.split(","):
        return
    text = (
        f"{table['TableName']} is encrypted with the KMS key {key}, which the stack does not know. "
        "Unless that is AWS's own key for DynamoDB, nobody is onboarded: the stack's roles may not "
        "use it."
    )
    own = "Set KMS_KEY_ARN to that key, then run `manage.py deploy_backend`."
    yield remark(name, text, own if is_own else "Run `manage.py deploy_backend`.")


# The checks that are quick and that the site's own credentials allow.
QUICK_CHECKS: Mapping[str, CheckFunction] = {
    "stack": check_stack,
    "drift": check_known_drift,
    "trigger": check_trigger,
    "group": check_group,
    "tables": check_tables,
}


def all_checks(body: Mapping[str, Any], *, detect_drift: bool) -> Mapping[str, CheckFunction]:
    """Return the checks for an operator. body: the rendered template, parsed."""
    checks: dict[str, CheckFunction] = {**QUICK_CHECKS}
    checks |= {
        "allowed groups": check_allowed_groups,
        "resolvers": partial(check_resolvers, body),
        "alarms": check_alarms,
        "records": check_existing_table,
    }
    if detect_drift:
        checks["drift"] = check_drift_now
    return checks
