"""A template that is too large for a call goes into one bucket for each account and Region."""

import io
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from aws_setup.destruction.template_bucket import what_becomes_of_bucket
from aws_setup.exceptions import BucketTaken, TemplateTooLarge
from aws_setup.local.server import ACCOUNT_ID, LocalAws
from aws_setup.template.account_bucket import AccountBucket
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator, Terminal

REGION = "eu-central-1"
NAME = f"business-onboarding-templates-{ACCOUNT_ID}-{REGION}"
OTHERS = "210987654321"


def large(size: int = 60_000) -> str:
    """Return our template, grown beyond what a call takes."""
    template = parse_template(render_template(), "the template")
    return dump_template(template | {"Metadata": {"Grown": "x" * (size - 51_000)}})


@pytest.fixture
def aws(aws_environment: LocalAws) -> LocalAws:
    return aws_environment


@pytest.fixture
def s3(aws: LocalAws) -> Any:
    return aws.client("s3", REGION)


@pytest.fixture
def somebody(aws: LocalAws) -> Operator:
    return Operator(OperatorClients(aws), large(), stack=settings.BACKEND_STACK_NAME)


def buckets(s3: Any) -> list[str]:
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_a_template_of_60_kb_is_deployed_without_any_bucket_named(
    somebody: Operator, s3: Any
) -> None:
    assert len(somebody.body.encode()) >= 60_000
    result = somebody.deploy(yes=False, stdin=Terminal("y\ny\n"))
    assert result.outcome == "deployed"
    assert "UserPoolId" in result.outputs
    assert NAME in somebody.said.partition("Make this bucket? [y/N]")[0]
    assert buckets(s3) == [NAME]
    [template] = s3.list_objects_v2(Bucket=NAME)["Contents"]
    assert s3.get_object(Bucket=NAME, Key=template["Key"])["Body"].read() == somebody.body.encode()


def test_the_bucket_is_used_from_then_on_and_not_asked_for_again(
    somebody: Operator, s3: Any
) -> None:
    somebody.deploy()
    somebody.out.truncate(0)
    assert somebody.deploy(dry_run=True, yes=False).outcome == "unchanged"
    assert f"by way of the bucket {NAME}" in somebody.said
    assert "Make this bucket?" not in somebody.said
    somebody.body = render_template()  # fits again
    somebody.deploy(dry_run=True, yes=False)
    assert len(s3.list_objects_v2(Bucket=NAME)["Contents"]) == 1


def test_below_the_limit_s3_is_not_asked(aws: LocalAws) -> None:
    asked: list[str] = []

    class Watched(OperatorClients):
        def __call__(self, service: str) -> Any:
            asked.append(service)
            return super().__call__(service)

    Operator(Watched(aws), render_template()).deploy(dry_run=True)
    assert "s3" not in asked
    assert "cloudformation" in asked


def test_the_bucket_is_private_encrypted_tls_only_and_its_templates_expire(s3: Any) -> None:
    bucket = AccountBucket(s3, ACCOUNT_ID)
    bucket.make()
    assert bucket.is_ready()
    blocked = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4
    assert all(blocked.values())
    [rule] = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    [statement] = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert (rule["Status"], rule["Expiration"]) == ("Enabled", {"Days": 30})
    ownership = s3.get_bucket_ownership_controls(Bucket=NAME)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_no_makes_no_bucket_and_deploys_nothing(somebody: Operator, s3: Any, aws: LocalAws) -> None:
    with pytest.raises(TemplateTooLarge, match="Nothing was deployed") as caught:
        somebody.deploy(yes=False, stdin=Terminal("n\n"))
    assert "--template-bucket" in caught.value.hint
    assert buckets(s3) == []
    stacks = aws.client("cloudformation", REGION).describe_stacks()["Stacks"]
    assert stacks == []


def test_a_dry_run_makes_no_bucket(somebody: Operator, s3: Any) -> None:
    with pytest.raises(TemplateTooLarge) as caught:
        somebody.deploy(dry_run=True)
    assert f"without --dry-run, which offers to make {NAME}" in caught.value.hint
    assert buckets(s3) == []


def test_after_a_no_to_the_changes_the_bucket_is_told(somebody: Operator, s3: Any) -> None:
    result = somebody.deploy(yes=False, stdin=Terminal("y\nn\n"))
    assert result.outcome == "declined"
    assert somebody.said.rstrip().endswith(f"The bucket {NAME} was made; nothing else was changed.")
    assert buckets(s3) == [NAME]


def test_a_bucket_of_another_account_is_never_used(s3: Any) -> None:
    bucket = AccountBucket(s3, ACCOUNT_ID)
    taken = AccountBucket(s3, OTHERS)
    s3.create_bucket(Bucket=taken.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert taken.name != bucket.name
    with pytest.raises(BucketTaken, match="belongs to another account"):
        taken.is_ready()
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=taken.name, Key="a", Body=b"", ExpectedBucketOwner=OTHERS)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_object(Bucket=bucket.name, Key="a", Body=b"", ExpectedBucketOwner=OTHERS)


def test_a_bucket_of_this_account_that_somebody_uses_is_left_alone(
    somebody: Operator, s3: Any
) -> None:
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=NAME, Key="theirs", Body=b"")
    with pytest.raises(BucketTaken, match="lacks the tags"):
        somebody.deploy()
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=NAME)["Contents"]] == ["theirs"]


def test_a_bucket_whose_making_broke_off_is_finished(s3: Any) -> None:
    bucket = AccountBucket(s3, ACCOUNT_ID)
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert bucket.exists()
    assert not bucket.is_ready()
    bucket.make()
    assert bucket.is_ready()


def test_in_the_oldest_region_no_place_is_named(aws: LocalAws) -> None:
    s3 = aws.client("s3", "us-east-1")
    bucket = AccountBucket(s3, ACCOUNT_ID)
    bucket.make()
    assert bucket.is_ready()
    assert not s3.get_bucket_location(Bucket=bucket.name)["LocationConstraint"]


def test_names_are_short_enough_for_s3_in_every_region() -> None:
    session = boto3.Session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("s3", partition_name=partition)
    ]
    assert len(regions) > 30
    assert all(len(NAME.replace(REGION, region)) <= 63 for region in regions)


def test_a_removal_says_what_becomes_of_the_bucket(somebody: Operator, s3: Any) -> None:
    somebody.deploy()
    somebody.out = io.StringIO()
    somebody.destroy()
    assert f"Kept: the bucket {NAME}" in somebody.said
    assert f"aws s3 rb --force s3://{NAME}" in somebody.said
    assert buckets(s3) == [NAME]


def test_a_removal_leaves_a_bucket_that_it_cannot_see(s3: Any) -> None:
    s3.create_bucket(
        Bucket=NAME.replace(ACCOUNT_ID, OTHERS),
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    said = what_becomes_of_bucket(s3, OTHERS)
    assert said.startswith("Untouched: the bucket")
    assert "belongs to another account" in said
    assert what_becomes_of_bucket(s3, ACCOUNT_ID) == ""
