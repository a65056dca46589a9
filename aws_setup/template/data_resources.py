"""The template's resources that hold people's data and outlive their stack."""

# Resource types by logical id. The group outlives the stack as well, as a part of its user pool.
DATA_RESOURCES = {
    "UserPool": "AWS::Cognito::UserPool",
    "BusinessTable": "AWS::DynamoDB::Table",
    "OnboardingTable": "AWS::DynamoDB::Table",
}
