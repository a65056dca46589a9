"""Why a stack operation failed: the first cause, what is left over, and the fix. Pure."""

import re
from collections.abc import Sequence

from aws_setup.exceptions import DeployFailed
from aws_setup.stack.events import StackEvent
from aws_setup.stack.states import explain_status

_NAME_TAKEN = (
    "Something outside the stack has that name: remove or rename it, or choose another "
    "BACKEND_STACK_NAME."
)
_NOT_ALLOWED = (
    "CloudFormation uses the credentials of the deployment: have the action allowed for them, or "
    "use others (AWS_PROFILE)."
)
_AT_THE_QUOTA = (
    "Have the quota raised (console: Service Quotas), or remove resources that are not used."
)
_WAIT = "AWS was overloaded or had a fault of its own: wait a minute."
_CREDENTIALS = "The credentials expired during the operation: sign in again, for a longer session."
_ATTACHED = (
    "Detach it from everything that `aws iam list-entities-for-policy --policy-arn ARN` lists, "
    "such as the site's role."
)
_KEY = (
    "KMS_KEY_ARN must name an enabled key of this Region whose key policy lets the account, "
    "CloudWatch and CloudWatch Logs use it."
)
_ROLE_IS_NEW = (
    "AppSync made its service-linked role, which this account lacked, and could not use it yet: "
    "wait a minute and run it again."
)
_ROLE_NOT_ALLOWED = (
    "AppSync needs its service-linked role to send traces to X-Ray. Have "
    "iam:CreateServiceLinkedRole allowed (a policy of the organization may forbid it), have "
    "somebody else run `aws iam create-service-linked-role --aws-service-name "
    "appsync.amazonaws.com`, or set XRAY_ENABLED=false."
)
_SENDING_ROLE_NOT_ALLOWED = (
    "Cognito needs its service-linked role to send by way of Amazon SES. Have "
    "iam:CreateServiceLinkedRole allowed (a policy of the organization may forbid it), have "
    "somebody else run `aws iam create-service-linked-role --aws-service-name "
    "email.cognito-idp.amazonaws.com`, or leave EMAIL_IDENTITY_ARN and EMAIL_FROM empty."
)
_WEB_ACL = (
    "WEB_ACL_ARN must name a web ACL of this account and of this Region, with the scope REGIONAL. "
    "WAF may need some minutes before it finds one that was just made."
)
_AT_ONCE = (
    "AWS was still at work on another part of the same resource: run it again, without any change."
)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
_STACK_POLICY = (
    "Somebody protects that with a stack policy: `aws cloudformation get-stack-policy --stack-name "
    "{stack}` shows it. Have the update allowed there."
)
_TIME_TO_LIVE = (
    "DynamoDB changes a time to live once an hour: turn it off with `aws dynamodb "
    "update-time-to-live`, and deploy an hour later."
)
# https://github.com/aws/aws-cdk/issues/18964 and https://github.com/aws/aws-cdk/issues/25115
_IDENTITY = (
    "EMAIL_IDENTITY_ARN must name an identity of this account that Amazon SES has verified in the "
    "Region of the ARN, and EMAIL_FROM an address of that identity."
)
_VALIDATION = "`aws cloudformation describe-events --stack-name {stack}` lists every finding."

# What a reason contains, and the fix. The first match counts. The codes are those of
# https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
# and stand at the end of a reason, as in "HandlerErrorCode: AlreadyExists)". The other patterns are
# the services' own words, for resource types whose reason has no code.
KNOWN_CAUSES: tuple[tuple[str, str], ...] = (
    (r"Call DescribeEvents", _VALIDATION),
    (r"Email address is not verified|Email arn does not belong", _IDENTITY),
    (r"denied by stack policy", _STACK_POLICY),
    (r"TimeToLive is active|Time to live has been modified", _TIME_TO_LIVE),
    (r"HandlerErrorCode: AlreadyExists|already exists", _NAME_TAKEN),
    (r"Cannot delete a policy attached to entities", _ATTACHED),
    # The words of DynamoDB and of CloudWatch Logs. These must come before "access denied".
    (r"KMS (key access denied|validation) error|KMS key does not exist or is not allowed", _KEY),
    (r"ConcurrentModification|currently being altered|one table with secondary index", _AT_ONCE),
    # AppSync's words where an account lacks its service-linked role; before "access denied", too.
    (r"Failed to assume service-linked role .*AppSync", _ROLE_IS_NEW),
    (r"iam:CreateServiceLinkedRole.*email\.cognito-idp", _SENDING_ROLE_NOT_ALLOWED),
    (r"not authorized to create SLR|iam:CreateServiceLinkedRole", _ROLE_NOT_ALLOWED),
    (r"HandlerErrorCode: AccessDenied|not authorized to perform|Access ?Denied", _NOT_ALLOWED),
    (r"HandlerErrorCode: InvalidCredentials|ExpiredToken|token .*expired", _CREDENTIALS),
    (r"HandlerErrorCode: ServiceLimitExceeded|LimitExceeded|QuotaExceeded", _AT_THE_QUOTA),
    (r"HandlerErrorCode: Throttling|Rate exceeded|TooManyRequests", _WAIT),
    (r"HandlerErrorCode: (NotStabilized|ServiceInternalError|NetworkFailure)", _WAIT),
    (r"HandlerErrorCode: (Handler)?InternalFailure", _WAIT),
    (r"Service: Wafv2|AWS WAF couldn", _WEB_ACL),
    (
        r"The code contains one or more errors|Schema Creation Status is FAILED",
        "`make lint` shows what is wrong in resolvers/.",
    ),
    (
        r"Unrecognized resource type|not (supported|available) in (this|the) region",
        "The Region lacks the service: choose another AWS_REGION.",
    ),
)


def hint_for(reason: str, *, stack: str) -> str:
    """Return what to do about a reason that CloudFormation gave; "" if that is not known."""
    for pattern, hint in KNOWN_CAUSES:
        if re.search(pattern, reason, re.IGNORECASE):
            return hint.format(stack=stack)
    return ""


def failure_of(events: Sequence[StackEvent], *, stack: str, region: str) -> DeployFailed:
    """Return the error for an operation, naming its first failure, which caused the others.

    events: those of the operation, oldest first, ending with the stack's last one.
    """
    last = events[-1]
    explanation = explain_status(last.status, stack=stack, region=region)
    cause = next((event for event in events if event.is_failure), None)
    if cause:
        said = f"{cause.logical_id} ({cause.resource_type}) is {cause.status}: {cause.reason}"
        hint = hint_for(cause.reason, stack=stack) or "Fix the cause."
    else:
        # The stack's first event always says "User Initiated"; the event of the rollback says why.
        turned = [each for each in events if each.is_of_stack and "ROLLBACK" in each.status]
        said = f"The operation was stopped: {(turned or [last])[0].reason or 'no reason given'}"
        hint = "Ask the person who stopped it."
    aws_state = f"Stack {stack} in {region} is {last.status}: {explanation.text}."
    if kept := kept_by(events):
        aws_state += f"\nMade by this attempt, and kept: {', '.join(kept)}."
    return DeployFailed(said, aws_state, hint=f"{hint} {explanation.hint}")


def kept_by(events: Sequence[StackEvent]) -> list[str]:
    """Return the resources that the operation made and left, as `logical id (physical id)`.

    A resource with the policy Retain is not deleted when its own creation is rolled back.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    return [
        f"{event.logical_id} ({event.physical_id})"
        for event in events
        if event.status == "DELETE_SKIPPED" and not event.is_of_stack
    ]
