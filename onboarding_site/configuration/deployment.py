"""The forms of the settings of the stack: what it uses, and what marks, bounds and shares it."""

import re
from collections.abc import Callable

from onboarding_site.configuration.values import entries, named, shown

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html
_TAG = re.compile(r"(?P<key>[\w .:/+@-]{1,128})=(?P<value>[\w .:/+@=-]{0,256})")
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html
_CLIENT_ID = re.compile(r"[0-9a-zA-Z_+]{1,128}")
MOST_TAGS = 45  # of the 50 that a resource may have, a few are the stack's own

boundary = named(
    r"arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]{1,512}",
    "the ARN of a managed policy",
    "one, such as arn:aws:iam::123456789012:policy/boundary",
)
kms_key = named(
    r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+",
    "the ARN of a key",
    "the ARN of a key, not of an alias",
)
email_identity = named(
    r"arn:[a-z-]+:ses:[a-z0-9-]+:[0-9]{12}:identity/\S+",
    "the ARN of an identity in Amazon SES",
    "one, such as arn:aws:ses:eu-central-1:123456789012:identity/example.com",
)
# One of the scope REGIONAL, as for CloudFront's AppSync has no use.
# https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
_web_acl = named(
    r"arn:[a-z-]+:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[\w-]{1,128}/[0-9a-f-]{1,36}",
    "the ARN of a regional web ACL",
    "one, such as arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/sign-ups/1a2b3c4d",
)


def web_acl(region: str) -> Callable[[str], str]:
    """Return the parser of a web ACL's ARN. region: the one it must be of; "" for any."""

    def parse(text: str) -> str:
        arn = _web_acl(text)
        if region not in ("", arn.split(":")[3]):
            raise ValueError(f"is of another Region than AWS_REGION: set one of {region}")
        return arn

    return parse


def client_ids(text: str) -> list[str]:
    """Return the ids of a list of Cognito's app clients."""
    return entries(text, _CLIENT_ID, "ids of app clients, such as 3n4b5urk1ft4fl3mg5e62d9ado")


def stack_tags(text: str) -> dict[str, str]:
    """Return the tags of a list such as team=payments,cost-centre=12."""
    tags = dict[str, str]()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        found = _TAG.fullmatch(entry)
        if not found or found["key"].lower().startswith("aws:"):
            raise ValueError(
                f"has {shown(entry)} in its list: set tags that do not begin with aws:, such as "
                "team=payments,cost-centre=12"
            )
        if found["key"] in tags:
            raise ValueError(f"has the tag {shown(found['key'])} twice: leave one of them out")
        tags[found["key"]] = found["value"]
    if len(tags) > MOST_TAGS:
        raise ValueError(f"has {len(tags)} tags: set at most {MOST_TAGS}")
    return tags
