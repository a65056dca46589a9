"""What becomes of the bucket that holds templates which are too large for a call."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from aws_setup.exceptions import BucketTaken
from aws_setup.template.account_bucket import DAYS_KEPT, AccountBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

STAYS = (
    "Kept: the bucket {bucket}, which every stack of this account in {region} may use. Its "
    f"templates expire after {DAYS_KEPT} days; once no stack needs it, "
    "`aws s3 rb --force s3://{bucket}` deletes it."
)
NOT_SEEN = "Untouched: the bucket {bucket}, if there is one. It could not be looked for: {reason}"


def what_becomes_of_bucket(client: "S3Client", account: str) -> str:
    """Return a sentence about the account's bucket; "" if there is none.

    By now the stack is gone, so what keeps the bucket from being seen is told, and is no failure.
    """
    bucket = AccountBucket(client, account)
    try:
        said = STAYS if bucket.exists() else ""
    except (BucketTaken, BotoCoreError, ClientError) as error:
        return NOT_SEEN.format(bucket=bucket.name, reason=error)
    return said.format(bucket=bucket.name, region=client.meta.region_name)
