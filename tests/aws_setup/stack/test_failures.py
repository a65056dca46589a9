"""Why a stack operation failed, in words."""

from typing import Any

import botocore.session
import pytest

from aws_setup.stack.failures import hint_for

MODEL: Any = botocore.session.get_session().get_service_model("cloudformation")
CODES = MODEL.shape_for("HandlerErrorCode").enum
# What these mean is in the reason's own words, and what to do depends on the resource.
OWN_WORDS = {"GeneralServiceException", "InvalidRequest", "NotFound", "NotUpdatable"} | {
    "InvalidTypeConfiguration", "NonCompliant", "ResourceConflict", "Unknown", "UnsupportedTarget",
}  # fmt: skip
# As others met them: aws-cdk#16598 and iam-identity-center-team#15.
ROLE_IS_NEW = (
    "Failed to assume service-linked role arn:aws:iam::1:role/aws-service-role/"
    "appsync.amazonaws.com/AWSServiceRoleForAppSync, please retry. (Service: AWSAppSync; Status "
    "Code: 403; Error Code: AccessDeniedException; Request ID: 1; Proxy: null)"
)
# terraform-provider-aws#16211; the code is one of those that speak for themselves.
BEING_ALTERED = (
    "Schema is currently being altered, please wait until that is complete. (Service: AppSync, "
    "Status Code: 409) (HandlerErrorCode: ResourceConflict)"
)
ROLE_NOT_ALLOWED = (
    "Caller 123456789012 not authorized to create SLR (Service: AWSAppSync; Status Code: 401; "
    "Error Code: UnauthorizedException) (HandlerErrorCode: AccessDenied)"
)

SENDING_ROLE_NOT_ALLOWED = (
    "User: arn:aws:iam::1:user/x is not authorized to perform: iam:CreateServiceLinkedRole on "
    "resource: arn:aws:iam::1:role/aws-service-role/email.cognito-idp.amazonaws.com/"
    "AWSServiceRoleForAmazonCognitoIdpEmailService (HandlerErrorCode: AccessDenied)"
)


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_cloudformation_has_its_mend_or_speaks_for_itself(code: str) -> None:
    reason = f'Resource handler returned message: "x" (RequestToken: 1, HandlerErrorCode: {code})'
    assert bool(hint_for(reason, stack="onboarding")) == (code not in OWN_WORDS)


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("/business-onboarding/x/graphql-url already exists in stack arn", "another BACKEND_STACK"),
        ("API: iam:CreateRole User: arn is not authorized to perform: iam:CreateRole", "allowed"),
        ("The security token included in the request is expired", "sign in again"),
        ("LimitExceededException: Too many user pools", "Have the quota raised"),
        ("Rate exceeded (Service: Lambda, Status Code: 429)", "wait a minute"),
        ("The code contains one or more errors. (Service: AppSync)", "make lint"),
        ("Unrecognized resource types: [AWS::AppSync::Api]", "another AWS_REGION"),
        (
            "Amazon SES: Email address is not verified. The following identities failed the check",
            "EMAIL_IDENTITY_ARN",
        ),
        ("Email arn does not belong to your account. (Status Code: 400)", "EMAIL_IDENTITY_ARN"),
        (
            "Action denied by stack policy: Statement [#1] does not allow [Update:*] for resource",
            "get-stack-policy --stack-name onboarding",
        ),
        (
            "TimeToLive is active on a different AttributeName: current AttributeName is goneAt",
            "an hour later",
        ),
        (
            "Validation failed with 1 error(s). Call DescribeEvents to retrieve the full list",
            "describe-events --stack-name onboarding",
        ),
        (
            "Cannot delete a policy attached to entities. (HandlerErrorCode: GeneralService",
            "list-entities-for-policy",
        ),
        (BEING_ALTERED, "run it again, without any change"),
        ("Concurrent modification (ConcurrentModificationException)", "run it again, without any"),
        (ROLE_IS_NEW, "wait a minute and run it again"),
        (ROLE_NOT_ALLOWED, "XRAY_ENABLED=false"),
        (SENDING_ROLE_NOT_ALLOWED, "--aws-service-name email.cognito-idp.amazonaws.com"),
        ("x (Service: Wafv2, Status Code: 400) (HandlerErrorCode: InvalidRequest)", "WEB_ACL_ARN"),
        ("Rate exceeded (Service: Wafv2) (HandlerErrorCode: Throttling)", "wait a minute"),
        ("x (Service: Wafv2) (HandlerErrorCode: ServiceLimitExceeded)", "Have the quota raised"),
        ("KMS key access denied error: AccessDeniedException", "KMS_KEY_ARN"),
        (
            "The specified KMS key does not exist or is not allowed to be used with Arn 'arn'",
            "CloudWatch Logs use it",
        ),
        ("Something that nobody has seen yet", ""),
    ],
)
def test_a_known_reason_has_its_hint(reason: str, hint: str) -> None:
    said = hint_for(reason, stack="onboarding")
    assert hint in said
    assert bool(said) == bool(hint)
