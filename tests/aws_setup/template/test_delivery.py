"""A template reaches CloudFormation in the call, or from a bucket."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import boto3
import pytest
from django.core.management import CommandError, call_command

from aws_setup.exceptions import SettingMissing, TemplateUnusable
from aws_setup.local.server import LocalAws
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.stack import StackDeployer
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.decided_conditions import decided
from aws_setup.template.delivery import BUCKET_LIMIT_BYTES, InlineTemplate, TemplateBucket
from aws_setup.template.packaging import render_template

REGION = "eu-central-1"
TEMPLATE = "Resources:\n  Nothing:\n    Type: AWS::CloudFormation::WaitConditionHandle\n"


@pytest.fixture
def s3(aws_environment: LocalAws) -> Iterator[Any]:
    client = aws_environment.client("s3", REGION)
    client.create_bucket(
        Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    yield client
    client.close()


def test_in_a_call_the_template_is_short_and_means_the_same() -> None:
    template = render_template()
    [(name, body)] = InlineTemplate().deliver(template, {}).items()
    assert name == "TemplateBody"
    found = parse_template(body, "the body")
    meant = decided(parse_template(template, "the template"), {})
    assert found == meant
    assert list(found["Resources"]) == list(meant["Resources"])
    as_json = json.dumps(meant, separators=(",", ":"), ensure_ascii=False)
    assert len(body.encode()) < 0.95 * len(as_json.encode())


def test_what_is_too_long_for_a_call_names_the_way_out() -> None:
    with pytest.raises(TemplateUnusable, match="CloudFormation takes 51,200 in a call") as caught:
        InlineTemplate().deliver(f"Description: {'x' * 52_000}", {})
    assert "--template-bucket" in caught.value.hint


def test_in_a_bucket_the_same_template_is_the_same_object(s3: Any) -> None:
    delivery = TemplateBucket(s3, "templates")
    first, again = delivery.deliver(TEMPLATE, {}), delivery.deliver(TEMPLATE, {})
    other = delivery.deliver(TEMPLATE + "\n", {})
    assert first == again != other
    listed = s3.list_objects_v2(Bucket="templates")["Contents"]
    assert len(listed) == 2
    key = first["TemplateURL"].partition("/templates/")[2]
    assert s3.get_object(Bucket="templates", Key=key)["Body"].read().decode() == TEMPLATE


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "https://s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "https://s3.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_address_is_on_the_partitions_own_host(region: str, host: str) -> None:
    client = boto3.client(
        "s3", region_name=region, aws_access_key_id="none", aws_secret_access_key="none"
    )
    assert TemplateBucket(client, "templates").url("a.yaml") == f"{host}/templates/a.yaml"


def test_a_bucket_that_is_not_there_is_named(s3: Any) -> None:
    with pytest.raises(SettingMissing, match="no S3 bucket nowhere") as caught:
        TemplateBucket(s3, "nowhere").deliver(TEMPLATE, {})
    assert "--template-bucket" in caught.value.hint


def test_what_is_too_long_for_a_bucket_is_refused(s3: Any) -> None:
    with pytest.raises(TemplateUnusable, match="takes 1,000,000 from a bucket"):
        TemplateBucket(s3, "templates").deliver("x" * (BUCKET_LIMIT_BYTES + 1), {})
    assert "Contents" not in s3.list_objects_v2(Bucket="templates")


def test_a_stack_is_created_from_a_bucket(aws_environment: LocalAws, s3: Any) -> None:
    cloudformation = aws_environment.client("cloudformation", REGION)
    name, bucket = "from-a-bucket", TemplateBucket(s3, "templates")
    planned = ChangeSets(cloudformation, name, delivery=bucket).plan(render_template(), {})
    events = StackDeployer(cloudformation, name).execute(planned)
    assert [event.status for event in events][-1] == "CREATE_COMPLETE"
    # The same template in the call changes nothing.
    inline = ChangeSets(cloudformation, name)
    assert not inline.plan(render_template(), {}).is_executable
    cloudformation.close()


def test_the_command_hands_the_template_over_in_a_bucket(
    aws_environment: LocalAws, s3: Any
) -> None:
    out = StringIO()
    call_command("deploy_backend", "--yes", "--template-bucket", "templates", stdout=out)
    assert "UserPoolId" in out.getvalue()
    assert len(s3.list_objects_v2(Bucket="templates")["Contents"]) == 1
    for name, said in (
        ("nowhere", "no S3 bucket nowhere.*--template-bucket"),
        ("Bad!", 'Invalid bucket name "Bad!".*Correct the option'),
    ):
        with pytest.raises(CommandError, match=rf"(?s){said}"):
            call_command("deploy_backend", "--yes", "--template-bucket", name, stdout=out)


def test_a_dry_run_leaves_the_template_in_the_bucket(aws_environment: LocalAws, s3: Any) -> None:
    for option in ("--dry-run", "--yes"):
        call_command("deploy_backend", option, "--template-bucket", "templates", stdout=StringIO())
        [left] = s3.list_objects_v2(Bucket="templates")["Contents"]
        assert left["Key"].startswith("business-onboarding/")
