"""The properties whose change replaces the resource, for types of which ministack does not know it.

They are those whose documentation says "Update requires: Replacement". Without them, a change set
calls every change of such a resource a conditional replacement.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from ministack.services.cloudformation import provisioners

REPLACING = {
    "AWS::AppSync::FunctionConfiguration": ("ApiId",),
    "AWS::AppSync::GraphQLApi": (),
    "AWS::CloudWatch::Alarm": ("AlarmName",),
    "AWS::Cognito::UserPoolClient": ("GenerateSecret", "UserPoolId"),
    "AWS::IAM::Policy": (),
    "AWS::Lambda::Permission": (
        "Action",
        "FunctionName",
        "Principal",
        "SourceAccount",
        "SourceArn",
    ),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::Logs::MetricFilter": ("FilterName", "LogGroupName"),
    "AWS::WAFv2::WebACLAssociation": ("ResourceArn", "WebACLArn"),
}


def register() -> None:
    """Make the properties known to ministack; a second call changes nothing."""
    provisioners._REPLACING_PROPERTIES.update(REPLACING)  # noqa: SLF001
