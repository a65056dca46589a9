"""Values of the template's parameters that switch its conditions the other way than by default."""

KEY = "arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789012"
# By condition; a parameter with a value is what the condition asks for.
SWITCHED: dict[str, dict[str, str]] = {
    "MakesUserPool": {"ExistingUserPoolId": "eu-central-1_abc"},
    "MakesBusinessTable": {"ExistingBusinessTableName": "Business"},
    "DisplacesTrigger": {"DisplacedTrigger": "arn:aws:lambda:eu-central-1:123456789012:function:x"},
    "SendsBySes": {"EmailIdentityArn": "arn:aws:ses:eu-central-1:123456789012:identity/x.com"},
    "SendsAlarms": {"AlarmEmail": "operations@example.com"},
    "WatchesSweep": {"SweepAlarmHours": "24"},
    "HasWebAcl": {
        "WebAclArn": "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/sign-ups/"
        "12345678-1234-1234-1234-123456789012"
    },
    "HasKey": {"KmsKeyArn": KEY},
    "UsesKeys": {"TableKeyArns": KEY},
}
# All that a stack with a pool and a table of its own can have.
EVERYTHING_ON = {
    name: value
    for condition, values in SWITCHED.items()
    if not condition.startswith("Makes")
    for name, value in values.items()
}
