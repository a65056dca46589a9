"""Any user pool: who signs up there is onboarded, or the plan says that not all are.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
"""

from typing import Any

import pytest

from aws_setup.existing.user_pool.fitness import notices, unfit, unusable


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ({"AttributeDataType": "String"}, ""),
        (
            {"StringAttributeConstraints": {"MinLength": "1", "MaxLength": "256"}},
            "",
        ),
        ({"StringAttributeConstraints": {"MaxLength": "64"}}, "takes names of 0 to 64 characters"),
        ({"StringAttributeConstraints": {"MinLength": "3"}}, "takes names of 3 to 256 characters"),
        ({"AttributeDataType": "Number"}, "is of the type Number"),
        ({"Mutable": False}, "is immutable"),
    ],
)
def test_what_a_pool_takes_as_the_name_of_a_business_is_told(
    attribute: dict[str, Any], said: str
) -> None:
    pool = {
        "Id": "eu-central-1_x",
        "SchemaAttributes": [{"Name": "custom:business_name", **attribute}],
    }
    told = " ".join(notices(pool))
    assert bool(told) == bool(said)
    assert said in told


EMAIL = {"Name": "email", "Required": True}
PHONE = {"Name": "phone_number", "Required": True}
NO_CODES, ONLY_NUMBERS = "sends no confirmation codes", "to telephone numbers alone"


@pytest.mark.parametrize(
    ("sent_to", "required", "said"),
    [
        (["email"], [EMAIL], ""),
        ([], [EMAIL], NO_CODES),
        (["phone_number"], [EMAIL], ONLY_NUMBERS),
        (["phone_number"], [EMAIL, PHONE], ""),
        (["email", "phone_number"], [EMAIL], ""),
    ],
)
def test_whom_a_pool_sends_no_code_is_told(
    sent_to: list[str], required: list[dict[str, Any]], said: str
) -> None:
    pool = {"Id": "pool", "AutoVerifiedAttributes": sent_to, "SchemaAttributes": required}
    told = " ".join(unfit(pool))
    assert bool(told) == bool(said)
    assert said in told


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ([EMAIL], ""),
        ([{"Name": "email_verified", "Required": True}], "requires email_verified"),
        ([{"Name": f"custom:{number}"} for number in range(50)], "has 50 custom attributes"),
        ([{"Name": "custom:business_name"}] * 50, ""),
    ],
)
def test_a_pool_around_which_no_stack_can_be_made_is_told(
    schema: list[dict[str, Any]], said: str
) -> None:
    told = " ".join(unusable({"Id": "pool", "SchemaAttributes": schema}))
    assert bool(told) == bool(said)
    assert said in told


@pytest.mark.parametrize(
    ("limits", "is_told"), [({}, False), ({"MaxLength": "64"}, True), ({"MinLength": "12"}, True)]
)
def test_a_pool_that_takes_only_some_addresses_is_told(
    limits: dict[str, str], is_told: bool
) -> None:
    pool = {"Id": "pool", "SchemaAttributes": [{**EMAIL, "StringAttributeConstraints": limits}]}
    assert any("takes addresses of" in sentence for sentence in notices(pool)) == is_told
