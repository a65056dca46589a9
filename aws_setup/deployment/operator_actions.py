"""Which actions an operator needs, and which of those that handlers call are for nothing of ours.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import re

# Actions for which IAM knows no resource, or not the one of the stack.
UNSCOPED = {
    "appsync:CreateGraphqlApi",
    "cloudformation:DescribeStacks",  # which may use what an earlier stack has left
    "cloudwatch:DescribeAlarms",
    "cognito-idp:CreateUserPool",
    "lambda:GetPolicy",  # of a function that the stack displaced
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "ssm:DescribeParameters",
    "tag:GetResources",
}
# What handlers call, when they change a resource, for properties that the template does not use:
# users and groups of IAM, policies that roles share, and descriptions of roles; the deletion of a
# group, which stays when the stack goes; data, copies, imports, streams, policies and
# insights of tables; limits, layers, versions and signed code of functions; and the logs of other
# services. What they read, they read of every resource.
UNUSED = re.compile(
    r"iam:(.*(User|Group).*|(Attach|Detach)RolePolicy|CreateServiceLinkedRole|UpdateRole"
    r"|UpdateRoleDescription)|cognito-idp:DeleteGroup"
    r"|dynamodb:(.*Item|Query|Scan|.*Import.*|.*Replica|.*Kinesis.*|(Put|Delete)ResourcePolicy"
    r"|UpdateContributorInsights)"
    r"|lambda:(.*Capacity.*|.*Runtime.*|GetLayerVersion|GetCodeSigningConfig|PublishVersion"
    r"|(Put|Delete)Function(CodeSigning|Recursion|Scaling)Config|(Put|Delete)FunctionConcurrency)"
    r"|logs:(.*LogDelivery|PutBearer.*|(Put|Delete)(Resource|Index|DataProtection)Policy"
    r"|.*LogEvents|(Create|Describe)LogStreams?|PutLogGroupDeletionProtection)"
    r"|sns:PutDataProtectionPolicy"
)
# What the commands call themselves, by service.
OWN: dict[str, tuple[str, ...]] = {
    "appsync": (),
    "cloudformation": (
        "CancelUpdateStack",
        "ContinueUpdateRollback",
        "CreateChangeSet",
        "DeleteChangeSet",
        "DeleteStack",
        "DescribeChangeSet",
        "DescribeStackEvents",
        "DescribeStacks",
        "ExecuteChangeSet",
        "GetTemplate",
        "ListChangeSets",
        "ListStackResources",
        "RollbackStack",
        "UpdateTerminationProtection",
    ),
    "cognito-idp": (
        "AddCustomAttributes",
        "DeleteUserPool",
        "DescribeUserPool",
        "GetGroup",
        "GetUserPoolMfaConfig",
        "SetUserPoolMfaConfig",
        "UpdateUserPool",
    ),
    "dynamodb": (
        "DeleteTable",
        "DescribeContinuousBackups",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetResourcePolicy",
        "ListTagsOfResource",
        "TagResource",
        "UpdateContinuousBackups",
        "UpdateTable",
        "UpdateTimeToLive",
    ),
    "iam": (
        "ListAttachedRolePolicies",
        "ListEntitiesForPolicy",
        "ListInstanceProfilesForRole",
        "ListRolePolicies",
    ),
    "lambda": ("GetPolicy",),
    "tag": ("GetResources",),
}
BUCKET_ACTIONS = (
    "s3:CreateBucket",
    "s3:GetBucketTagging",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
)
