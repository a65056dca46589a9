"""A table that was restored takes the place of a damaged one, on a stack that people use."""

from functools import partial
from typing import Any

import pytest

from aws_setup.exceptions import AdoptionAmbiguous, ConsentMissing, TableUnusable
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.tables.onboarding_template import around_onboarding_table
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.status.checks import check_stack, check_tables
from aws_setup.status.runner import Backend, CheckState, run_checks
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.lint import check_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.existing.tables.test_fitness import sign_up
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator, Terminal

STACK = "onboarding-test"
BODY = render_template()
NEW = "restored-table"


def operator(aws: LocalAws, *used: str, **options: Any) -> Operator:
    """Return somebody who deploys. used: existing tables beside the new one."""
    client, used = OperatorClients(aws), (NEW, *used)
    return Operator(client, BODY, stack=STACK, options=ExistingOptions(**options), used_tables=used)


def outputs(aws: LocalAws) -> dict[str, str]:
    stack: Any = describe_stack(aws.client("cloudformation", REGION), STACK)
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def restore(aws: LocalAws, name: str) -> None:
    dynamodb = aws.client("dynamodb", REGION)
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=name, TargetTableName=NEW, UseLatestRestorableTime=True
    )


def settings_of(aws: LocalAws, name: str) -> dict[str, Any]:
    dynamodb = aws.client("dynamodb", REGION)
    table = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return {
        "is_protected": table["DeletionProtectionEnabled"],
        "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "tags": {each["Key"]: each["Value"] for each in tags if each["Key"][:4] != "aws:"},
        "time_to_live": ttl.get("AttributeName"),
        "stream": table.get("StreamSpecification"),
    }


@pytest.fixture
def deployed(local_aws: LocalAws) -> LocalAws:
    operator(local_aws).deploy()
    return local_aws


@pytest.mark.parametrize(
    ("part", "option"),
    [("BusinessTable", "business_table"), ("OnboardingTable", "onboarding_table")],
)
def test_it_is_used_and_gets_the_settings_that_a_copy_lacks(
    deployed: LocalAws, part: str, option: str
) -> None:
    aws, old = deployed, outputs(deployed)[f"{part}Name"]
    dynamodb = aws.client("dynamodb", REGION)
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    dynamodb.update_table(TableName=old, StreamSpecification=stream)
    dynamodb.tag_resource(
        ResourceArn=dynamodb.describe_table(TableName=old)["Table"]["TableArn"],
        Tags=[{"Key": "cost-centre", "Value": "7"}],
    )
    restore(aws, old)
    asked = operator(aws, **{option: NEW})
    with pytest.raises(ConsentMissing, match=f"--yes does not cover .*: {part}"):
        asked.deploy()
    assert outputs(aws)[f"{part}Name"] == old

    switch = operator(aws, **{option: NEW}, allow_replacement=[part])
    switch.deploy()
    said = switch.said
    assert f"{part} {old} gives way to {NEW}" in said
    assert f"{old} is kept with its contents, and no later deployment touches it" in said
    assert "point-in-time recovery; deletion protection" in said
    assert outputs(aws)[f"{part}Name"] == NEW
    assert settings_of(aws, NEW) == settings_of(aws, old)
    assert settings_of(aws, NEW)["tags"]["cost-centre"] == "7"
    sub = sign_up(aws)
    table = outputs(aws)["BusinessTableName"]
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": sub}})["Item"]
    checks = run_checks(
        Backend(partial(aws.client, region=REGION), STACK),
        {"stack": check_stack, "tables": check_tables},
    )
    assert {each.state for each in checks} == {CheckState.OK}

    again = operator(aws)
    assert again.deploy().outcome == "unchanged"
    assert operator(aws, **{option: NEW}).deploy().outcome == "unchanged"
    assert {old, NEW} <= set(dynamodb.list_tables()["TableNames"])


@pytest.mark.parametrize("delete_data", [False, True])
def test_a_removal_tells_the_table_in_use_from_the_one_that_gave_way(
    deployed: LocalAws, delete_data: bool
) -> None:
    old = outputs(deployed)["BusinessTableName"]
    restore(deployed, old)
    operator(deployed, business_table=NEW, allow_replacement=["BusinessTable"]).deploy()
    remover = operator(deployed)
    result = remover.destroy(delete_data=delete_data)
    tables = set(deployed.client("dynamodb", REGION).list_tables()["TableNames"])
    assert NEW in tables
    assert (old in tables) is not delete_data
    assert f"they stay, with or without --delete-data:\nBusinessTable  {NEW}" in remover.said
    assert NEW in {each.physical_id for each in result.kept}
    if delete_data:
        assert operator(deployed).deploy().outputs["BusinessTableName"] == NEW
        return
    assert "name those to adopt with its option --adopt" in remover.said
    with pytest.raises(AdoptionAmbiguous, match="only you know which"):
        operator(deployed).deploy()
    adopted = [each.physical_id for each in result.kept if each.physical_id != old]
    assert operator(deployed, adopt=adopted).deploy().outputs["BusinessTableName"] == NEW


def test_whoever_says_no_keeps_the_table_that_is_used(deployed: LocalAws) -> None:
    old = outputs(deployed)["BusinessTableName"]
    restore(deployed, old)
    asked = operator(deployed, business_table=NEW)
    assert asked.deploy(yes=False, stdin=Terminal("n\n")).outcome == "declined"
    assert "Leave that behind?" in asked.said
    assert outputs(deployed)["BusinessTableName"] == old
    assert settings_of(deployed, NEW)["tags"] == {}


def test_settings_that_a_run_did_not_get_to_are_set_by_the_next_one(deployed: LocalAws) -> None:
    old = outputs(deployed)["OnboardingTableName"]
    restore(deployed, old)
    deployed.faults.fail("UpdateTimeToLive", "InternalServerError", times=50)
    switch = operator(deployed, onboarding_table=NEW, allow_replacement=["OnboardingTable"])
    with pytest.raises(Exception, match="The stack is deployed"):
        switch.deploy()
    deployed.faults.clear()
    again = operator(deployed)
    again.deploy()
    assert "gets what a copy lacks: the time to live expiresAt" in again.said
    assert settings_of(deployed, NEW) == settings_of(deployed, old)


def test_a_copy_without_its_index_is_refused_before_anything_changes(deployed: LocalAws) -> None:
    dynamodb = deployed.client("dynamodb", REGION)
    dynamodb.create_table(
        TableName=NEW,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "sub", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "sub", "AttributeType": "S"}],
    )
    with pytest.raises(TableUnusable, match=r"lacks the index byStatus\. Nothing was changed"):
        operator(deployed, onboarding_table=NEW).deploy()
    with pytest.raises(TableUnusable, match=r"has the key \(sub\)"):
        operator(deployed, business_table=NEW).deploy()


def test_a_stack_may_be_made_around_an_existing_table_of_onboardings(deployed: LocalAws) -> None:
    old = outputs(deployed)["OnboardingTableName"]
    restore(deployed, old)
    options = ExistingOptions(onboarding_table=NEW, adopt=["none"])

    def other() -> Operator:
        return Operator(
            OperatorClients(deployed), BODY, stack="other", options=options, used_tables=(NEW,)
        )

    declined = other()
    assert declined.deploy(yes=False, stdin=Terminal("n\n")).outcome == "declined"
    assert f"Table {NEW} gets what a copy lacks: the tags " in declined.said
    assert settings_of(deployed, NEW)["tags"] == {}
    first = other()
    assert first.deploy().outputs["OnboardingTableName"] == NEW
    assert f"Table {NEW} gets what a copy lacks: the tags " in first.said
    tags = {"business-onboarding:stack": "other", "business-onboarding:part": "OnboardingTable"}
    assert settings_of(deployed, NEW) == {**settings_of(deployed, old), "tags": tags}
    assert other().deploy().outcome == "unchanged"
    other().destroy(delete_data=True)
    assert NEW in deployed.client("dynamodb", REGION).list_tables()["TableNames"]


def test_the_template_around_an_existing_table_of_onboardings_refers_to_it_alone() -> None:
    body = around_onboarding_table(BODY)
    text = dump_template(parse_template(body, "the template"))
    assert "OnboardingTable" not in text.replace("ExistingOnboardingTableName", "").replace(
        "OnboardingTableName", ""
    )
    assert list(check_template(body, region=REGION)) == []


@pytest.mark.parametrize(
    ("part", "option"),
    [("BusinessTable", "business_table"), ("OnboardingTable", "onboarding_table")],
)
def test_the_way_back_to_the_stacks_own_table_names_no_other_stack(
    deployed: LocalAws, part: str, option: str
) -> None:
    old = outputs(deployed)[f"{part}Name"]
    restore(deployed, old)
    operator(deployed, **{option: NEW}, allow_replacement=[part]).deploy()
    before = settings_of(deployed, old)
    back = operator(deployed, **{option: old}, allow_replacement=[part])
    back.deploy()
    assert outputs(deployed)[f"{part}Name"] == old
    assert f"{part} {NEW} gives way to {old}" in back.said
    assert "belongs to the CloudFormation stack" not in back.said
    assert settings_of(deployed, old) == before
    again = operator(deployed, old)
    assert again.deploy().outcome == "unchanged"
    assert "belongs to the CloudFormation stack" not in again.said
