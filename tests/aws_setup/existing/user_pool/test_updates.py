"""UpdateUserPool, sent so that a pool loses no setting."""

import json
import shlex
from typing import Any

import pytest
from botocore.config import Config
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.exceptions import (
    SecondFactorsUncertain,
    UserPoolBusy,
    UserPoolMissing,
    UserPoolRefused,
)
from aws_setup.existing.user_pool.updates import (
    describe_pool,
    function_arn,
    put_trigger,
    remove_protection,
    trigger_of,
    update_arguments,
)
from aws_setup.local.server import LocalAws
from tests.aws_setup.existing.user_pool.full_pool import EVERYTHING, FACTORS, MODEL, REGION
from tests.harness.examples import examples

ARN = f"arn:aws:lambda:{REGION}:123456789012:function:hook"
REPORTED: Any = MODEL.shape_for("UserPoolType")
TAKEN: Any = MODEL.shape_for("UpdateUserPoolRequest")


def texts(shape: Shape) -> st.SearchStrategy[str]:
    """Return texts of the length that the model allows; its patterns are not the test's matter."""
    if choices := shape.metadata.get("enum"):
        return st.sampled_from(choices)
    least = shape.metadata.get("min", 0)
    return st.text("ab:", min_size=least, max_size=max(least, min(shape.metadata.get("max", 8), 8)))


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Return everything of a shape that DescribeUserPool may answer with, as boto3 parses it."""
    if isinstance(shape, StructureShape):
        # Not only the required members: any may be absent.
        members = {name: values(member) for name, member in shape.members.items()}
        needed = {name: members.pop(name) for name in shape.required_members}
        return st.fixed_dictionaries(needed, optional=members)
    if isinstance(shape, ListShape):
        least = shape.metadata.get("min", 0)
        return st.lists(values(shape.member), min_size=least, max_size=least + 1)
    if isinstance(shape, MapShape):
        keys = texts(shape.key) | st.just("aws:cloudformation:stack-name")
        return st.dictionaries(keys, values(shape.value), max_size=3)
    if shape.type_name in {"integer", "long"}:
        least = shape.metadata.get("min", 0)
        return st.integers(least, shape.metadata.get("max", 1000))
    simple = {"boolean": st.booleans(), "timestamp": st.datetimes(), "string": texts(shape)}
    return simple[shape.type_name]


POOLS = values(REPORTED).map(
    lambda pool: {**pool, "Id": "eu-central-1_pool", "Name": "the pool", "Arn": "arn"}
)


@settings(max_examples=examples(300), deadline=None)
@given(POOLS)
def test_an_update_carries_every_setting_that_any_pool_may_report(pool: dict[str, Any]) -> None:
    sent = update_arguments(pool, MODEL)
    expected = {name: pool[name] for name in TAKEN.members if name in pool}
    if "UserPoolTags" in expected:
        tags = expected["UserPoolTags"].items()
        expected["UserPoolTags"] = {key: tag for key, tag in tags if not key.startswith("aws:")}
    # Its successor carries the same meaning; Cognito refuses the two together.
    policy = pool.get("Policies", {}).get("PasswordPolicy", {})
    if "TemporaryPasswordValidityDays" in policy and "AdminCreateUserConfig" in expected:
        config = dict(expected.pop("AdminCreateUserConfig"))
        config.pop("UnusedAccountValidityDays", None)
        expected |= {"AdminCreateUserConfig": config} if config else {}
    assert sent == {**expected, "UserPoolId": "eu-central-1_pool", "PoolName": "the pool"}
    assert not ParamValidator().validate(sent, TAKEN).has_errors()


def test_what_a_pool_reports_is_either_carried_or_known_to_be_fixed() -> None:
    """A setting that a newer boto3 knows is carried by itself, unless it is one to look at."""
    assert TAKEN.members.keys() - REPORTED.members.keys() == {"UserPoolId", "PoolName"}
    assert REPORTED.members.keys() - TAKEN.members.keys() == {
        "Id",
        "Name",
        "Arn",
        "Status",
        "CreationDate",
        "LastModifiedDate",
        "EstimatedNumberOfUsers",
        "SmsConfigurationFailure",
        "EmailConfigurationFailure",
        "SchemaAttributes",
        "AliasAttributes",
        "UsernameAttributes",
        "UsernameConfiguration",
        "Domain",
        "CustomDomain",
    }
    for name in REPORTED.members.keys() & TAKEN.members.keys():
        assert REPORTED.members[name].name == TAKEN.members[name].name


@pytest.fixture
def cognito(local_aws: LocalAws) -> Any:
    return local_aws.client("cognito-idp", REGION)


def make_pool(cognito: Any, **settings: Any) -> str:
    return str(cognito.create_user_pool(PoolName="mine", **settings)["UserPool"]["Id"])


def pool_with_everything(cognito: Any) -> str:
    return str(cognito.create_user_pool(**EVERYTHING)["UserPool"]["Id"])


def settings_of(cognito: Any, pool_id: str) -> dict[str, Any]:
    pool = dict(describe_pool(cognito, pool_id))
    for changing in ("LastModifiedDate", "LambdaConfig", "DeletionProtection"):
        pool.pop(changing)
    return pool


def test_a_pool_with_everything_set_reports_every_member_that_the_model_has(cognito: Any) -> None:
    pool: Any = describe_pool(cognito, pool_with_everything(cognito))
    assert {
        "PoolName": pool["Name"],
        **{name: pool[name] for name in EVERYTHING.keys() & pool},
    } == (EVERYTHING)


@pytest.mark.verified_by("what_an_update_of_a_pool_resets", "what_an_update_of_a_pool_refuses")
def test_a_pool_with_everything_set_gets_the_trigger_and_loses_nothing(cognito: Any) -> None:
    pool_id = pool_with_everything(cognito)
    before = settings_of(cognito, pool_id)
    put_trigger(cognito, describe_pool(cognito, pool_id), ARN)
    pool = describe_pool(cognito, pool_id)
    assert settings_of(cognito, pool_id) == before
    assert pool["LambdaConfig"] == {**EVERYTHING["LambdaConfig"], "PostConfirmation": ARN}
    assert pool["DeletionProtection"] == "ACTIVE"
    assert trigger_of(pool) == ARN

    put_trigger(cognito, pool, "")
    assert settings_of(cognito, pool_id) == before
    assert describe_pool(cognito, pool_id)["LambdaConfig"] == EVERYTHING["LambdaConfig"]


def test_protection_comes_off_and_nothing_else_does(cognito: Any) -> None:
    pool_id = pool_with_everything(cognito)
    before = settings_of(cognito, pool_id)
    remove_protection(cognito, describe_pool(cognito, pool_id))
    pool = describe_pool(cognito, pool_id)
    assert (settings_of(cognito, pool_id), pool["DeletionProtection"]) == (before, "INACTIVE")
    assert pool["LambdaConfig"] == EVERYTHING["LambdaConfig"]


@pytest.mark.verified_by("what_an_update_of_a_pool_resets", "what_an_update_of_a_pool_keeps")
def test_the_embedded_cognito_resets_what_it_is_not_sent(cognito: Any) -> None:
    pool_id = pool_with_everything(cognito)
    at_once: Any = {"AttributesRequireVerificationBeforeUpdate": []}
    cognito.update_user_pool(UserPoolId=pool_id, UserAttributeUpdateSettings=at_once)
    cognito.update_user_pool(UserPoolId=pool_id, LambdaConfig={"PostConfirmation": ARN})
    pool = describe_pool(cognito, pool_id)
    assert pool["AutoVerifiedAttributes"] == []
    assert pool["AccountRecoverySetting"] == {}
    for kept in ("MfaConfiguration", "Policies"):
        assert pool[kept] == EVERYTHING[kept]
    assert pool["UserAttributeUpdateSettings"] == at_once
    assert pool["UserPoolTier"] == "PLUS"


@pytest.mark.parametrize(
    "reported",
    [
        {
            "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}},
            "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7},
        },
        {"UserPoolTags": {"aws:cloudformation:stack-name": "x"}},
    ],
)
def test_the_embedded_cognito_refuses_some_of_what_it_reports(
    cognito: Any, reported: dict[str, Any]
) -> None:
    pool_id = make_pool(cognito)
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        cognito.update_user_pool(UserPoolId=pool_id, **reported)


@pytest.mark.parametrize("pool_id", ["eu-central-1_gone", "eu-central-1_0"])
def test_a_pool_that_is_not_there_is_said_to_be_missing(cognito: Any, pool_id: str) -> None:
    with pytest.raises(UserPoolMissing, match=rf"no user pool {pool_id} in {REGION}"):
        describe_pool(cognito, pool_id)


def test_a_pool_that_somebody_else_changes_is_left_alone(local_aws: LocalAws, cognito: Any) -> None:
    pool = describe_pool(cognito, make_pool(cognito))
    local_aws.faults.fail("UpdateUserPool", "ConcurrentModificationException")
    with pytest.raises(UserPoolBusy, match="changed by somebody else"):
        put_trigger(cognito, pool, ARN)


def factors_of(cognito: Any, pool_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = cognito.get_user_pool_mfa_config(UserPoolId=pool_id)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def pool_with_factors(cognito: Any) -> str:
    pool_id = make_pool(cognito)
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **FACTORS)
    return pool_id


def restored_by(command: str) -> dict[str, Any]:
    """Return the arguments that the AWS CLI would send."""
    words = shlex.split(command)
    assert words[:5] == ["aws", "cognito-idp", "set-user-pool-mfa-config", "--region", REGION]
    arguments: dict[str, Any] = json.loads(words[words.index("--cli-input-json") + 1])
    return arguments


def test_second_factors_that_describe_user_pool_does_not_report_are_kept(cognito: Any) -> None:
    pool_id = pool_with_factors(cognito)
    put_trigger(cognito, describe_pool(cognito, pool_id), ARN)
    assert factors_of(cognito, pool_id) == FACTORS
    assert trigger_of(describe_pool(cognito, pool_id)) == ARN


@pytest.mark.verified_by("what_an_update_of_a_pool_refuses")
def test_a_pool_whose_second_factors_are_off_is_restored_without_them(cognito: Any) -> None:
    pool_id = pool_with_factors(cognito)
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="OFF")
    assert "SoftwareTokenMfaConfiguration" in factors_of(cognito, pool_id)
    put_trigger(cognito, describe_pool(cognito, pool_id), ARN)
    found = factors_of(cognito, pool_id)
    assert found["MfaConfiguration"] == "OFF"
    assert found["WebAuthnConfiguration"] == FACTORS["WebAuthnConfiguration"]


@pytest.mark.parametrize(
    ("operation", "after"),
    [("UpdateUserPool", 0), ("GetUserPoolMfaConfig", 1), ("SetUserPoolMfaConfig", 0)],
)
def test_second_factors_that_may_be_lost_are_told_with_the_command_that_puts_them_back(
    local_aws: LocalAws, cognito: Any, operation: str, after: int
) -> None:
    pool_id = pool_with_factors(cognito)
    pool = describe_pool(cognito, pool_id)
    once = local_aws.client("cognito-idp", REGION, Config(retries={"total_max_attempts": 1}))
    local_aws.faults.lose_connection(operation, after=after, is_late=True)
    with pytest.raises(SecondFactorsUncertain, match=f"pool {pool_id} was changed") as caught:
        put_trigger(once, pool, ARN)
    cognito.set_user_pool_mfa_config(**restored_by(caught.value.hint.split("`")[1]))
    assert factors_of(cognito, pool_id) == FACTORS


def test_a_refused_setting_is_told_in_cognitos_words(local_aws: LocalAws, cognito: Any) -> None:
    pool = describe_pool(cognito, make_pool(cognito))
    said = "SMS configuration is required."
    local_aws.faults.fail("UpdateUserPool", "InvalidParameterException", message=said)
    with pytest.raises(UserPoolRefused, match=r"SMS configuration is required\. The pool is unto"):
        put_trigger(cognito, pool, ARN)


def test_a_function_is_looked_for_in_the_pools_own_account_region_and_partition() -> None:
    pool: Any = {"Arn": "arn:aws-cn:cognito-idp:cn-north-1:210987654321:userpool/cn-north-1_x"}
    assert function_arn(pool, "f") == "arn:aws-cn:lambda:cn-north-1:210987654321:function:f"
