"""The runs that are swept: a creation, a dry run, an update and so on, and what each brings."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_setup.existing.kept_resources import find_kept
from aws_setup.existing.parameters import ExistingParameters
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.user_pool.updates import describe_pool, put_trigger, trigger_of
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.delivery import InlineTemplate, TemplateBucket
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION, STACK
from tests.aws_setup.existing.user_pool.full_pool import EVERYTHING, FACTORS
from tests.aws_setup.fault_sweep.sweeps import LAMBDA, S3, Sweep, client_of
from tests.aws_setup.fault_sweep.swept_process import Client
from tests.aws_setup.operator import Operator

BODY = render_template()
OLD_BODY = BODY.replace("MemorySize: 512", "MemorySize: 256")
BUCKET, TABLE = "templates", "Business-abc123-main"
LOOK = ["DescribeStacks", "GetCallerIdentity", "GetResources"]
PLAN = ["CreateChangeSet", "DescribeChangeSet"]
EXECUTE = ["DescribeStackEvents", "ExecuteChangeSet", "DescribeStackEvents"]
DISCARD = ["DeleteChangeSet", "DescribeStacks", "ListChangeSets", "DeleteStack", "DescribeStacks"]
TRIGGER = ["DescribeUserPool", "GetUserPoolMfaConfig", "UpdateUserPool", "GetUserPoolMfaConfig"]


class RememberedInline:
    """In the call; to make the body takes half of a run's time."""

    def deliver(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        return _delivered(template, tuple(parameters.items()))


@cache
def _delivered(template: str, parameters: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return InlineTemplate().deliver(template, dict(parameters))


INLINE_TEMPLATE = RememberedInline()
_of_a_new_stack = {"GroupName": "businesses", **ExistingParameters().parameters()}
for _body in (BODY, OLD_BODY):  # before a process is forked
    INLINE_TEMPLATE.deliver(_body, {**_of_a_new_stack, "TableKeyArns": ""})


# -- What there is ------------------------------------------------------------------------------


def stack_of(aws: LocalAws, options: ExistingOptions) -> dict[str, Any]:
    """Return what there is of the stack, without what differs from creation to creation."""
    client = aws.client("cloudformation", REGION)
    [stack] = client.describe_stacks(StackName=STACK)["Stacks"]
    resources = client.describe_stack_resources(StackName=STACK)["StackResources"]
    return {
        "status": stack["StackStatus"],
        "outputs": sorted(output["OutputKey"] for output in stack["Outputs"]),
        "parameters": {
            each["ParameterKey"]: each["ParameterValue"].replace(options.user_pool_id or "?", "id")
            for each in stack["Parameters"]
        },
        "tags": stack["Tags"],
        "body": client.get_template(StackName=STACK)["TemplateBody"],
        "resources": {each["LogicalResourceId"]: each["ResourceType"] for each in resources},
    }


def output_of(aws: LocalAws, key: str) -> str:
    stack: Any = describe_stack(aws.client("cloudformation", REGION), STACK)
    return str({each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}[key])


def pool_of(aws: LocalAws, pool_id: str) -> dict[str, Any]:
    """Return the pool with its second factors, and whether it calls the stack's function."""
    cognito = aws.client("cognito-idp", REGION)
    pool: Any = describe_pool(cognito, pool_id)
    calls = trigger_of(pool).endswith(output_of(aws, "TriggerFunctionName"))
    pool["LambdaConfig"].pop("PostConfirmation", None)
    for differing in ("Id", "Arn", "CreationDate", "LastModifiedDate"):
        del pool[differing]
    factors = cognito.get_user_pool_mfa_config(UserPoolId=pool_id)
    del factors["ResponseMetadata"]
    return {"pool": pool, "factors": factors, "calls": calls}


def kept_of(aws: LocalAws) -> dict[str, str]:
    found = find_kept(aws.client("resourcegroupstaggingapi", REGION), STACK)
    return {each.logical_id: each.physical_id for each in found.free}


# -- A creation, and a dry run ------------------------------------------------------------------


def empty(_aws: LocalAws) -> ExistingOptions:
    return ExistingOptions()


def deploy(client: Client, options: ExistingOptions) -> None:
    Operator(client, BODY, options=options, delivery=INLINE_TEMPLATE).deploy()


def dry_run(client: Client, options: ExistingOptions) -> None:
    Operator(client, BODY, options=options, delivery=INLINE_TEMPLATE).deploy(dry_run=True)


def look_after_deploying(aws: LocalAws, options: ExistingOptions) -> dict[str, Any]:
    deploy(client_of(aws), options)
    return stack_of(aws, options)


CREATION = Sweep(empty, deploy, stack_of, [*LOOK, *PLAN, *EXECUTE, "DescribeStacks"])
DRY_RUN = Sweep(empty, dry_run, look_after_deploying, [*LOOK, *PLAN, *DISCARD])


# -- An update of a stack whose trigger came off by hand -------------------------------------------


def old_stack(aws: LocalAws) -> ExistingOptions:
    Operator(client_of(aws), OLD_BODY, delivery=INLINE_TEMPLATE).deploy()
    cognito = aws.client("cognito-idp", REGION)
    pool_id = output_of(aws, "UserPoolId")
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **FACTORS)
    put_trigger(cognito, describe_pool(cognito, pool_id), "")
    return ExistingOptions()


def look_at_own(aws: LocalAws, options: ExistingOptions) -> dict[str, Any]:
    return {**stack_of(aws, options), **pool_of(aws, output_of(aws, "UserPoolId"))}


UPDATE = Sweep(
    old_stack,
    deploy,
    look_at_own,
    [
        *("DescribeStacks", "GetCallerIdentity", "DescribeUserPool", *PLAN, *EXECUTE),
        *("DescribeStacks", *TRIGGER, "SetUserPoolMfaConfig", "DescribeStacks"),
    ],
)


# -- A creation around a pool and a table, with a bucket ------------------------------------------


def existing_resources(aws: LocalAws) -> ExistingOptions:
    """Make a pool with everything set, and a table that lacks one index."""
    s3, cognito = aws.client("s3", REGION), aws.client("cognito-idp", REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    pool_id = cognito.create_user_pool(**EVERYTHING)["UserPool"]["Id"]
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **FACTORS)
    made = table_properties()
    names = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    given = {name: made[name] for name in names}
    given["GlobalSecondaryIndexes"] = made["GlobalSecondaryIndexes"][1:]
    used = {
        key["AttributeName"]
        for each in (given, *given["GlobalSecondaryIndexes"])
        for key in each["KeySchema"]
    }
    given["AttributeDefinitions"] = [
        each for each in made["AttributeDefinitions"] if each["AttributeName"] in used
    ]
    aws.client("dynamodb", REGION).create_table(TableName=TABLE, **given)
    return ExistingOptions(user_pool_id=pool_id, business_table=TABLE, add_indexes=True)


@cache
def table_properties() -> dict[str, Any]:
    properties: dict[str, Any] = parse_template(BODY, "the template")["Resources"]["BusinessTable"][
        "Properties"
    ]
    return properties


def deploy_around(client: Client, options: ExistingOptions) -> None:
    delivery = TemplateBucket(client("s3"), BUCKET)
    Operator(client, BODY, options=options, delivery=delivery).deploy()


def look_around(aws: LocalAws, options: ExistingOptions) -> dict[str, Any]:
    table = aws.client("dynamodb", REGION).describe_table(TableName=TABLE)["Table"]
    indexes = sorted(each["IndexName"] for each in table["GlobalSecondaryIndexes"])
    pool = pool_of(aws, options.user_pool_id)
    return {**stack_of(aws, options), **pool, "indexes": indexes}


AROUND = Sweep(
    existing_resources,
    deploy_around,
    look_around,
    [
        *("DescribeStacks", "GetCallerIdentity", "DescribeUserPool", "DescribeTable"),
        *("ListTagsOfResource", "GetResources", "GetGroup", S3, *PLAN, LAMBDA),
        *("Scan", "DescribeTimeToLive", "GetResourcePolicy", "AddCustomAttributes", *EXECUTE),
        *("DescribeStacks", *TRIGGER, "SetUserPoolMfaConfig"),
        *("DescribeTable", "UpdateTable", "DescribeTable", "DescribeStacks"),
    ],
    may_be_denied={LAMBDA},  # then nothing is said of the other functions that the pool calls
)


# -- A removal, and the adoption of what it leaves ------------------------------------------------


def deployed(aws: LocalAws) -> ExistingOptions:
    deploy(client_of(aws), ExistingOptions())
    return ExistingOptions(adopt=tuple(sorted(kept_of(aws).values())))


def destroyed(aws: LocalAws) -> ExistingOptions:
    options = deployed(aws)
    destroy(client_of(aws), options)
    return options


def destroy(client: Client, options: ExistingOptions) -> None:
    Operator(client, BODY, options=options).destroy()


def look_at_what_is_kept(aws: LocalAws, options: ExistingOptions) -> dict[str, Any]:
    """Return what there is, and whether it is what was there before."""
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    kept = kept_of(aws)
    cognito = aws.client("cognito-idp", REGION)
    return {
        "status": stack["StackStatus"] if stack else "",
        "is_same": tuple(sorted(kept.values())) == options.adopt,
        "triggers": list(describe_pool(cognito, kept["UserPool"])["LambdaConfig"]),
    }


# Who has the stack's policy, and what else its roles have.
IN_USE = [
    *("ListEntitiesForPolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
    "ListInstanceProfilesForRole",
]
REMOVAL = Sweep(
    deployed,
    destroy,
    look_at_what_is_kept,
    [
        *("GetCallerIdentity", "DescribeStacks", "GetTemplate", "ListStackResources", *IN_USE),
        *("GetResources", "DescribeTable", *TRIGGER),
        *("DescribeStackEvents", "DeleteStack", "DescribeStackEvents"),
        *("DescribeTable", "DescribeUserPool", S3),
    ],
    may_be_denied=IN_USE,  # then IAM refuses to delete what is in use
    may_fail={S3},
)
ADOPTION = Sweep(
    destroyed,
    deploy,
    look_at_what_is_kept,
    [
        *(*LOOK, "DescribeStacks"),
        *("DescribeUserPool", "DescribeTable", "DescribeUserPool"),
        *("DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups") * 2,
        *("GetGroup", "DescribeUserPool", "GetUserPoolMfaConfig", *PLAN, *EXECUTE),
        # What the imported pool would lose is looked up before the update that it is asked about.
        *(*PLAN, "DescribeUserPool", "GetUserPoolMfaConfig", *EXECUTE),
        *(*PLAN, *EXECUTE, "DescribeStacks"),  # for the trigger
    ],
)
