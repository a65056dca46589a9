"""How CloudFormation gets a template: as part of the call, or from a bucket.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from aws_setup.exceptions import SettingMissing, TemplateTooLarge
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.decided_conditions import decided
from aws_setup.template.short_yaml import dump_shortly

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INLINE_LIMIT_BYTES = 51_200
BUCKET_LIMIT_BYTES = 1_000_000
PREFIX = "business-onboarding/"


class TemplateDelivery(Protocol):
    """A way to hand a template over to CloudFormation."""

    def deliver(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the argument of a call that holds or names the template.

        parameters: of the stack, by name; those that are left out get the template's default.
        Raises TemplateTooLarge if no call and no bucket takes it.
        """


@dataclass(frozen=True, slots=True)
class InlineTemplate:
    """The template is part of the call, as YAML with one line for each resource.

    It holds no more than what the parameters leave of it.
    """

    def deliver(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return `TemplateBody`. Raises TemplateTooLarge."""
        whole = parse_template(template, "the rendered template")
        body = dump_shortly(decided(whole, parameters))
        size = len(body.encode())
        if size > INLINE_LIMIT_BYTES:
            raise TemplateTooLarge(
                f"The rendered template has {size:,} bytes; CloudFormation takes "
                f"{INLINE_LIMIT_BYTES:,} in a call. Nothing was deployed."
            )
        return {"TemplateBody": body}


@dataclass(frozen=True, slots=True)
class TemplateBucket:
    """The template is an object in an S3 bucket of the stack's Region.

    CloudFormation reads it with the caller's permissions. Its name holds the template's SHA-256, so
    the same template is the same object. It stays in the bucket: another run may use the same
    template, and deleting it would need another permission.
    owner: the account that has to own the bucket, or else S3 refuses the upload; "" for any.
    """

    client: "S3Client"
    name: str
    owner: str = ""

    def deliver(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG002
        """Upload the template and return `TemplateURL`.

        Raises TemplateTooLarge, and SettingMissing if the bucket does not exist;
        boto3's other errors pass.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        """
        body = template.encode()
        if len(body) > BUCKET_LIMIT_BYTES:
            raise TemplateTooLarge(
                f"The rendered template has {len(body):,} bytes; CloudFormation takes "
                f"{BUCKET_LIMIT_BYTES:,} from a bucket. Nothing was deployed.",
                hint="Move a part of it into a stack of its own.",
            )
        key = f"{PREFIX}{hashlib.sha256(body).hexdigest()}.yaml"
        owned: Any = {"ExpectedBucketOwner": self.owner} if self.owner else {}
        try:
            self.client.put_object(
                Bucket=self.name, Key=key, Body=body, ContentType="application/yaml", **owned
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchBucket", "404"}:
                raise
            raise SettingMissing(
                f"There is no S3 bucket {self.name}. Nothing was deployed.",
                hint="Create it in the stack's Region, or name another with --template-bucket.",
            ) from error
        return {"TemplateURL": self.url(key)}

    def url(self, key: str) -> str:
        """Return the object's URL, on the host of the bucket's partition."""
        endpoint = self.client.meta.endpoint_url
        return f"{endpoint.rstrip('/')}/{self.name}/{key}"
