"""Any user pool: who signs up there is onboarded, or the plan says that not all are.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
"""

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.user_pool.fitness import notices, unfit
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.status.checks import check_stack
from aws_setup.status.runner import Backend, CheckState, run_checks
from aws_setup.status.trigger import check_trigger
from aws_setup.template.packaging import render_template
from tests import counts
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.operator import Operator
from tests.examples import examples

STACK = "onboarding-test"
BODY = render_template()
PASSWORD = "Correct-Horse-1979!"
VALUES = {
    "address": "1 High Street",
    "birthdate": "1979-01-31",
    "email": "anna@example.com",
    "family_name": "Alder",
    "gender": "female",
    "given_name": "Anna",
    "locale": "de",
    "middle_name": "B",
    "name": "Anna Alder",
    "nickname": "Annie",
    "phone_number": "+4915112345678",
    "picture": "https://example.com/a.png",
    "preferred_username": "anna",
    "profile": "https://example.com/anna",
    "website": "https://example.com",
    "zoneinfo": "Europe/Berlin",
}
business_names = st.fixed_dictionaries(
    {
        "AttributeDataType": st.sampled_from(["String", "String", "Number", "DateTime", "Boolean"]),
        "Mutable": st.booleans(),
    }
)


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the arguments of CreateUserPool, with any attributes that are required."""
    required = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=4, unique=True))
    required += draw(st.sampled_from([["email"], []])) if "email" not in required else []
    schema = [
        {"Name": name, "AttributeDataType": "String", "Required": True, "Mutable": True}
        for name in required
    ]
    if draw(st.booleans()):
        schema.append({"Name": "business_name", **draw(business_names)})
    names = draw(
        st.sampled_from([["email"], ["email"], ["phone_number"], ["email", "phone_number"], []])
    )
    return {
        **({"Schema": schema} if schema else {}),
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": draw(st.sampled_from([False] * 4 + [True]))
        },
        **({"UsernameAttributes": names} if names else {"AliasAttributes": ["email"]}),
    }


def operator(aws: LocalAws, pool_id: str) -> Operator:
    options = ExistingOptions(user_pool_id=pool_id)
    return Operator(partial(aws.client, region=REGION), BODY, stack=STACK, options=options)


def sign_up(aws: LocalAws, pool_id: str, definition: dict[str, Any]) -> str:
    """Sign somebody up who gives no more than must be given; return the sub."""
    [stack] = [describe_stack(aws.client("cloudformation", REGION), STACK)]
    assert stack is not None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    names = definition.get("UsernameAttributes", [])
    given = {each["Name"] for each in definition.get("Schema", ()) if each.get("Required")}
    username = VALUES[names[-1]] if names else "anna"
    cognito = aws.client("cognito-idp", REGION)
    sub: str = cognito.sign_up(
        ClientId=outputs["UserPoolClientId"],
        Username=username,
        Password=PASSWORD,
        UserAttributes=[
            {"Name": name, "Value": VALUES[name]} for name in sorted(given | {*names[-1:]})
        ],
    )["UserSub"]
    cognito.admin_confirm_sign_up(UserPoolId=pool_id, Username=username)
    found = aws.client("dynamodb", REGION).get_item(
        TableName=outputs["BusinessTableName"], Key={"id": {"S": sub}}
    )
    return sub if "Item" in found else ""


@settings(max_examples=examples(24))
@given(definition=pools())
def test_who_signs_up_in_a_pool_is_onboarded_or_the_plan_says_who_is_not(
    local_aws_server: LocalAws, definition: dict[str, Any]
) -> None:
    aws = local_aws_server
    aws.reset()
    cognito = aws.client("cognito-idp", REGION)
    pool_id = cognito.create_user_pool(PoolName="theirs", **definition)["UserPool"]["Id"]
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    deploying = operator(aws, pool_id)
    deploying.deploy()
    announced = list(unfit(pool))
    assert all(sentence in deploying.said for sentence in [*announced, *notices(pool)])
    checks = {"stack": check_stack, "trigger": check_trigger}
    results = run_checks(Backend(partial(aws.client, region=REGION), STACK), checks)
    told = [each.text for each in results if each.state is CheckState.WRONG]
    assert told == announced
    if definition["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]:
        assert any("Nobody can sign up" in sentence for sentence in announced)
    elif sign_up(aws, pool_id, definition):
        counts.count("pools whose people were onboarded")
    else:
        assert any("without an e-mail address" in sentence for sentence in announced)
        counts.count("pools of which the plan says that people may lack an address")


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
