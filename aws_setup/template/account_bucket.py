"""The bucket for templates that are too large for a call: one for each account and Region.

It is found again by its name, and recognized by its tags, which it gets last. A bucket without
them was left unfinished if it is empty, and belongs to somebody else if it is not. Every call on it
names the account that has to own it, because all accounts share one space of bucket names.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws_setup.exceptions import BucketTaken

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DAYS_KEPT = 30
TAGS = {"application": "business-onboarding", "purpose": "templates"}
DEFAULT_REGION = "us-east-1"  # CreateBucket refuses it as a LocationConstraint
PRIVATE: Any = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
ENCRYPTED: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
# A template is read while the change set is made, and by nobody after that.
SHORT_LIVED: Any = {
    "Rules": [
        {
            "ID": "old-templates",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": DAYS_KEPT},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
}


@dataclass(frozen=True, slots=True)
class AccountBucket:
    """The bucket of an account in the client's Region, whether or not it exists yet."""

    client: "S3Client"
    account: str

    @property
    def name(self) -> str:
        """The bucket's name, such as business-onboarding-templates-123456789012-eu-central-1."""
        return f"business-onboarding-templates-{self.account}-{self._region}"

    def exists(self) -> bool:
        """Return whether S3 has a bucket of this name that the account owns.

        Raises BucketTaken if another account owns it, or if these credentials may not see it: S3
        answers both in the same way.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
        """
        try:
            self.client.head_bucket(Bucket=self.name, ExpectedBucketOwner=self.account)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "403":
                raise BucketTaken(
                    f"S3 bucket {self.name} belongs to another account, or these credentials may "
                    "not list it. Nothing was changed."
                ) from error
            if code != "404":
                raise
            return False
        return True

    def is_ready(self) -> bool:
        """Return whether the bucket was made to its end; False if `make` has to make or finish it.

        Raises BucketTaken if it is another account's, or holds what is not ours.
        """
        if not self.exists():
            return False
        if self._tags().items() >= TAGS.items():
            return True
        listed = self.client.list_objects_v2(
            Bucket=self.name, MaxKeys=1, ExpectedBucketOwner=self.account
        )
        if listed["KeyCount"]:
            raise BucketTaken(
                f"S3 bucket {self.name} is in use in this account, and lacks the tags of a bucket "
                "that deploy_backend made. Nothing was changed."
            )
        return False

    def make(self) -> None:
        """Make the bucket: private, encrypted, TLS only, and its objects expire.

        One that an interrupted run has left unfinished is finished. Raises BucketTaken if another
        account was quicker.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        """
        self._create()
        owned: Any = {"Bucket": self.name, "ExpectedBucketOwner": self.account}
        self.client.put_public_access_block(PublicAccessBlockConfiguration=PRIVATE, **owned)
        self.client.put_bucket_encryption(ServerSideEncryptionConfiguration=ENCRYPTED, **owned)
        self.client.put_bucket_policy(Policy=self._tls_only(), **owned)
        self.client.put_bucket_lifecycle_configuration(LifecycleConfiguration=SHORT_LIVED, **owned)
        tags: Any = {"TagSet": [{"Key": key, "Value": value} for key, value in TAGS.items()]}
        self.client.put_bucket_tagging(Tagging=tags, **owned)

    @property
    def _region(self) -> str:
        return self.client.meta.region_name

    def _create(self) -> None:
        place: Any = {}
        if self._region != DEFAULT_REGION:
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            self.client.create_bucket(
                Bucket=self.name, ObjectOwnership="BucketOwnerEnforced", **place
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "BucketAlreadyExists":
                raise BucketTaken(
                    f"S3 bucket {self.name} belongs to another account. Nothing was changed."
                ) from error
            if code != "BucketAlreadyOwnedByYou":
                raise

    def _tags(self) -> dict[str, str]:
        try:
            answer = self.client.get_bucket_tagging(
                Bucket=self.name, ExpectedBucketOwner=self.account
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchTagSet":
                raise
            return {}
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

    def _tls_only(self) -> str:
        """Return the policy that AWS documents for this.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
        """
        bucket = f"arn:{self.client.meta.partition}:s3:::{self.name}"
        statement = {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket, f"{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
