"""The IAM policy of an operator: no more than deploying and removing one stack takes.

What CloudFormation calls for each type of resource comes from the handlers' permissions in the
types' schemas, which cfn-lint bundles; what the commands call themselves is in operator_actions.py.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_setup.deployment.operator_actions import BUCKET_ACTIONS, OWN, UNSCOPED, UNUSED
from aws_setup.exceptions import LinterMissing
from aws_setup.existing.service_linked_role import ROLE, SERVICE
from aws_setup.template.delivery import PREFIX

LONGEST_NAME = 20  # CloudFormation cuts a longer stack's name in the names that it generates
HANDLERS = ("create", "read", "update", "delete")

# The resources of each service, by the end of their ARNs; `*` for ids that the service chooses.
SCOPES: dict[str, tuple[str, ...]] = {
    # IAM's reference names "apis/", its denials name "/v1/apis/".
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappsync.html
    # https://github.com/aws-samples/iam-identity-center-team/issues/145
    "appsync": ("*apis/*",),
    "cloudformation": ("stack/{stack}/*", "changeSet/deploy-*"),
    "cloudwatch": ("alarm:{name}-*",),
    "cognito-idp": ("userpool/*",),
    "dynamodb": ("table/{name}-*",),
    "iam": ("role/{name}-*", "policy/{name}-*"),
    "lambda": ("function:{name}-*",),
    "logs": ("log-group:{name}-*", "log-group:/aws/appsync/apis/*"),
    "sns": ("{name}-*",),
    "ssm": ("parameter/business-onboarding/{stack}/*",),
}
BUCKET = "business-onboarding-templates-*"
# A service's principal is the same in every partition.
CLOUDFORMATION, LAMBDA = "cloudformation.amazonaws.com", "lambda.amazonaws.com"
WEB_ACL = "AWS::WAFv2::WebACLAssociation"  # `_further` has what it takes, if there is one
LINKED_ROLE = f"role/aws-service-role/{SERVICE}/*"
MISSING_ROLE = f"role/{ROLE}"  # by which a role without a path is asked for
# With which Cognito sends by way of an identity in Amazon SES.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonCognitoPowerUser.html
SENDING_ROLE = "role/aws-service-role/email.cognito-idp.amazonaws.com/*"
# What DynamoDB demands of whoever chooses a key for a table, beside what the handlers call.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
FOR_A_KEY = ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where the operator works, and what with.

    business_tables, onboarding_table: the names of existing ones.
    template_bucket: the one that --template-bucket names.
    kms_key_arns, web_acl_arns: those that the settings name, and those that the stack has by now,
    which an update takes away, and its rollback uses again.
    sends_by_ses: whether Cognito sends by an identity in Amazon SES, by the settings or by now.
    role_arn: the role that CloudFormation acts with.
    """

    partition: str
    region: str
    stack: str
    business_tables: tuple[str, ...] = ()
    onboarding_table: str = ""
    template_bucket: str = ""
    with_xray: bool = False
    kms_key_arns: tuple[str, ...] = ()
    web_acl_arns: tuple[str, ...] = ()
    sends_by_ses: bool = False
    role_arn: str = ""


def operator_policy(template: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Return the policy document for deploying and removing the template's stack.

    Raises LinterMissing where cfn-lint, which bundles the schemas, is not installed.
    """
    actions = {f"{service}:{name}" for service, names in OWN.items() for name in names}
    if not scope.role_arn:
        types = {each["Type"] for each in template["Resources"].values()} - {WEB_ACL}
        reading, all_of_them = _handler_permissions(types, ["read"]), _handler_permissions(types)
        used = reading | {each for each in all_of_them if not UNUSED.fullmatch(each)}
        actions |= {each for each in used if each.partition(":")[0] in SCOPES}
    statements = [_statement("*", actions & UNSCOPED)]
    for service in SCOPES:
        scoped = {each for each in actions - UNSCOPED if each.startswith(f"{service}:")}
        if scoped - {"iam:PassRole"}:
            statements.append(_statement(_arns(service, scope), scoped - {"iam:PassRole"}))
    return {"Version": "2012-10-17", "Statement": [*statements, *_further(scope)]}


def _handler_permissions(types: Iterable[str], handlers: Iterable[str] = HANDLERS) -> set[str]:
    try:
        from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
    except ModuleNotFoundError as error:
        raise LinterMissing(
            f"cfn-lint, which knows what CloudFormation calls, can't be loaded: {error}."
        ) from error
    found: set[str] = set()
    for kind in types:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        of_type = schema.get("handlers", {})
        for name in handlers:
            found.update(of_type.get(name, {}).get("permissions", ()))
    return found


def _further(scope: Scope) -> list[dict[str, Any]]:
    """Return what is not told by an action's service: roles to pass, the bucket, and a key."""
    further = _buckets(scope)
    if scope.business_tables:
        # A few records are looked at before the stack first uses a table, and by backend_status.
        table = f"arn:{scope.partition}:dynamodb:{scope.region}:*:table/"
        tables = [f"{table}{name}" for name in scope.business_tables]
        further.append(_statement(tables, ["dynamodb:Scan"]))
    if scope.with_xray:
        making = ["iam:CreateServiceLinkedRole", "iam:GetRole"]
        linked = [f"arn:{scope.partition}:iam::*:{role}" for role in (LINKED_ROLE, MISSING_ROLE)]
        further.append(_statement(linked, making))
    if scope.role_arn:
        return [*further, _pass_role(scope.role_arn, CLOUDFORMATION)]
    further.append(_pass_role(_arns("iam", scope)[0], SERVICE, LAMBDA))
    if scope.sends_by_ses:
        sending = f"arn:{scope.partition}:iam::*:{SENDING_ROLE}"
        further.append(_statement(sending, ["iam:CreateServiceLinkedRole"]))
    if scope.web_acl_arns:
        found = _handler_permissions([WEB_ACL])
        using = [each for each in found if each.startswith(("wafv2:", "appsync:"))]
        further.append(_statement([*scope.web_acl_arns, *_arns("appsync", scope)], using))
    if scope.kms_key_arns:
        found = _handler_permissions(["AWS::DynamoDB::Table"])  # the other types name nothing
        found |= {f"kms:{each}" for each in FOR_A_KEY}
        using = [each for each in found - {"kms:ListAliases"} if each.startswith("kms:")]
        further.append(_statement([*scope.kms_key_arns], using))
    return further


def _buckets(scope: Scope) -> list[dict[str, Any]]:
    """Return what the account's bucket takes, or the one that is named in its place.

    A removal says in either case what becomes of the account's.
    """
    own = f"arn:{scope.partition}:s3:::{BUCKET}"
    if not scope.template_bucket:
        return [_statement([own, f"{own}/*"], BUCKET_ACTIONS)]
    templates = f"arn:{scope.partition}:s3:::{scope.template_bucket}/{PREFIX}*"
    return [
        _statement(own, ["s3:ListBucket"]),
        _statement(templates, ["s3:GetObject", "s3:PutObject"]),
    ]


def _pass_role(role_arn: str, *services: str) -> dict[str, Any]:
    return _statement(role_arn, ["iam:PassRole"]) | {
        "Condition": {"StringEquals": {"iam:PassedToService": list(services)}}
    }


def _arns(service: str, scope: Scope) -> list[str]:
    region = "" if service == "iam" else scope.region
    names = {"stack": scope.stack, "name": scope.stack[:LONGEST_NAME]}
    ends = [end.format(**names) for end in SCOPES[service]]
    if service == "dynamodb":
        tables = filter(None, (*scope.business_tables, scope.onboarding_table))
        ends += [f"table/{name}" for name in tables]
    return [f"arn:{scope.partition}:{service}:{region}:*:{end}" for end in ends]


def _statement(resources: str | list[str], actions: Iterable[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": resources}
