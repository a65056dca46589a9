"""Which resource a call of CloudFormation's is for, and the condition keys that it comes with.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

# Calls for which IAM knows no resource.
WITHOUT_RESOURCE = {
    "appsync:CreateGraphqlApi",
    "cloudwatch:DescribeAlarms",
    "cognito-idp:CreateUserPool",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
}
ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::\d+:role/.+")
KEY_ARN = re.compile(r"arn:[a-z-]+:kms:.+")
NAMED_BY_MINISTACK = "/aws/cloudformation/"
SES_PRINCIPAL = "email.cognito-idp.amazonaws.com"
SES_ROLE = f"role/aws-service-role/{SES_PRINCIPAL}/AWSServiceRoleForAmazonCognitoIdpEmailService"
# By type: the property with the name of what is called for, where that is another resource.
OF_ANOTHER = {
    "AWS::AppSync::DataSource": "ApiId",
    "AWS::AppSync::FunctionConfiguration": "ApiId",
    "AWS::AppSync::GraphQLSchema": "ApiId",
    "AWS::AppSync::Resolver": "ApiId",
    "AWS::Cognito::UserPoolClient": "UserPoolId",
    "AWS::Cognito::UserPoolGroup": "UserPoolId",
    "AWS::IAM::Policy": "Roles",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::Logs::MetricFilter": "LogGroupName",
    "AWS::SSM::Parameter": "Name",
    "AWS::WAFv2::WebACLAssociation": "ResourceArn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource of a stack. physical_id: "" for one that is to be made."""

    kind: str
    stack: str
    logical_id: str
    properties: Mapping[str, Any]
    physical_id: str = ""

    @property
    def name(self) -> str:
        """The end of its ARN, which for a new resource has the form of a generated name."""
        if self.kind in OF_ANOTHER:
            value = self.properties.get(OF_ANOTHER[self.kind], "")
            return _last(value[0] if isinstance(value, list) else str(value))
        if self.physical_id:
            return _last(self.physical_id)
        return str(provisioners._physical_name(self.stack, self.logical_id, max_len=64))  # noqa: SLF001


def target(action: str, resource: Resource) -> tuple[str, dict[str, str]]:
    """Return the ARN that an action is for, or `*`, and the condition keys."""
    if action in WITHOUT_RESOURCE:
        return "*", {}
    if action == "iam:PassRole":
        service = {"Lambda": "lambda", "AppSync": "appsync"}.get(resource.kind.split("::")[1], "")
        role = next(filter(ROLE_ARN.fullmatch, _texts(resource.properties)), "*")
        return role, {"iam:PassedToService": f"{service}.amazonaws.com"}
    if action == "iam:CreateServiceLinkedRole":
        return _arn("iam", SES_ROLE), {"iam:AWSServiceName": SES_PRINCIPAL}
    service = action.partition(":")[0]
    if service == "wafv2":
        return resource.properties["WebACLArn"], {}
    if service == "kms":
        return next(filter(KEY_ARN.fullmatch, _texts(resource.properties)), "*"), {}
    return _arn(service, _end(service, resource)), {}


def _end(service: str, resource: Resource) -> str:
    """Return the end of an ARN, behind the account."""
    name = resource.name
    if service == "iam":
        return f"{'policy' if resource.kind == 'AWS::IAM::ManagedPolicy' else 'role'}/{name}"
    return {
        # As its denials name it: https://github.com/aws-samples/iam-identity-center-team/issues/145
        "appsync": f"/v1/apis/{name}",
        "cloudwatch": f"alarm:{name}",
        "cognito-idp": f"userpool/{name}",
        "dynamodb": f"table/{name}",
        "lambda": f"function:{name}",
        # ministack names log groups in a way of its own, CloudFormation as everything else.
        "logs": f"log-group:{name.removeprefix(NAMED_BY_MINISTACK).replace('/', '-')}:log-stream:"
        if name.startswith(NAMED_BY_MINISTACK)
        else f"log-group:{name}:log-stream:",
        "sns": name,
        "ssm": f"parameter/{resource.properties.get('Name', name).lstrip('/')}",
    }[service]


def _arn(service: str, end: str) -> str:
    region = "" if service == "iam" else get_region()
    return f"arn:aws:{service}:{region}:{get_account_id()}:{end}"


def _last(identifier: str) -> str:
    """Return the name in an ARN, or the identifier itself."""
    if not identifier.startswith("arn:"):
        return identifier
    return re.split("[:/]", identifier)[-1]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
