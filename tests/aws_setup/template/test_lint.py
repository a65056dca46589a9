"""cfn-lint before the first call, and a cycle told in words."""

import json
from typing import Any

import pytest

from aws_setup.exceptions import TemplateRefused
from aws_setup.template.lint import check_template, find_cycles
from aws_setup.template.packaging import render_template

# What everybody writes first: the function is told the API's URL.
NAIVE = """
Resources:
  UserPool:
    Type: AWS::Cognito::UserPool
    Properties:
      LambdaConfig: { PostConfirmation: !GetAtt TriggerFunction.Arn }
  TriggerFunction:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/trigger
      Code: { ZipFile: "def handler(event, context): return event" }
      Environment: { Variables: { GRAPHQL_URL: !GetAtt Api.GraphQLUrl } }
  Api:
    Type: AWS::AppSync::GraphQLApi
    Properties:
      Name: api
      AuthenticationType: AMAZON_COGNITO_USER_POOLS
      UserPoolConfig:
        UserPoolId: !Ref UserPool
        DefaultAction: ALLOW
        AwsRegion: !Ref AWS::Region
"""


def cycle_in(resources: dict[str, Any]) -> list[str]:
    """Return the cycles in a template of these resources, as `A -property-> B` steps."""
    body = json.dumps({"Resources": resources})
    return [
        " ".join(f"{step.source} -{step.through}-> {step.target}" for step in cycle)
        for cycle in find_cycles(body)
    ]


def resource(depends_on: Any = None, **properties: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": "AWS::SSM::Parameter", "Properties": properties}
    return found if depends_on is None else {**found, "DependsOn": depends_on}


def test_our_own_body_has_nothing_to_find() -> None:
    assert check_template(render_template(), region="eu-central-1") == ()
    assert find_cycles(render_template()) == []


def test_the_naive_template_is_refused_with_the_way_round_and_the_way_out() -> None:
    with pytest.raises(TemplateRefused) as caught:
        check_template(NAIVE)
    assert str(caught.value) == (
        "The template has errors, so CloudFormation was not asked and nothing was changed:\n"
        "  E3004 circular dependency, so no resource of it can be created first: UserPool -> "
        "TriggerFunction (LambdaConfig.PostConfirmation) -> "
        "Api (Environment.Variables.GRAPHQL_URL) -> UserPool (UserPoolConfig.UserPoolId)"
    )
    assert "SSM parameter" in caught.value.hint


def test_an_error_beside_a_cycle_is_listed_too() -> None:
    with pytest.raises(TemplateRefused) as caught:
        check_template(NAIVE.replace("Name: api", "Name: api\n      Nmae: api"))
    assert "E3004 circular" in str(caught.value)
    assert "E3002 Resources.Api.Properties.Nmae: " in str(caught.value)


def test_every_error_has_its_rule_path_and_message() -> None:
    with pytest.raises(TemplateRefused) as caught:
        check_template(json.dumps({"Resources": {"A": resource(Type="String")}}))
    assert "  E3003 Resources.A.Properties: 'Value' is a required property" in str(caught.value)
    assert "print-template" in caught.value.hint


def test_what_is_no_template_is_refused() -> None:
    with pytest.raises(TemplateRefused, match="E0000 template: "):
        check_template("Resources: [")


def test_warnings_are_returned_and_stop_nothing() -> None:
    parameters = {"Unused": {"Type": "String"}}
    resources = {"A": resource(Type="String", Value="1")}
    body = json.dumps({"Parameters": parameters, "Resources": resources})
    [finding] = check_template(body, region="eu-central-1")
    assert (finding.rule, finding.severity) == ("W2001", "warning")
    assert str(finding).startswith("W2001 Parameters.Unused: ")


def test_a_region_that_lacks_a_service_is_told_from_a_wrong_template() -> None:
    # AWS China has no Cognito user pools.
    with pytest.raises(TemplateRefused, match="does not exist in 'cn-north-1'") as caught:
        check_template(render_template(), region="cn-north-1")
    assert caught.value.hint.startswith("cn-north-1 lacks these: choose another AWS_REGION")


def test_a_region_that_cfn_lint_does_not_know_is_left_out() -> None:
    assert check_template(render_template(), region="us-iso-east-1") == ()


@pytest.mark.parametrize(
    ("of_a", "through"),
    [
        (resource(Value={"Ref": "B"}), "Value"),
        (resource(Value={"Fn::GetAtt": ["B", "Value"]}), "Value"),
        (resource(Value={"Fn::GetAtt": "B.Value"}), "Value"),
        (resource(Value={"Fn::Sub": "x ${B} ${!C} ${AWS::Region}"}), "Value"),
        (resource(Value={"Fn::Sub": "x ${B.Value}"}), "Value"),
        (resource(Value={"Fn::Sub": ["${C}", {"C": {"Ref": "B"}}]}), "Value.C"),
        (resource(Value={"Fn::Sub": ["${B}", {"X": "y"}]}), "Value"),
        (resource(Tags=[{"Key": "a"}, {"Value": {"Ref": "B"}}]), "Tags.1.Value"),
        (resource(Value={"Fn::If": ["X", {"Ref": "B"}, "y"]}), "Value"),
        (resource(Value={"Fn::Base64": {"Ref": "B"}}), "Value"),
        (resource("B"), "DependsOn"),
        (resource(["B"]), "DependsOn"),
        ({**resource(), "Metadata": {"Note": {"Ref": "B"}}}, "Metadata.Note"),
    ],
)
def test_every_kind_of_reference_is_followed(of_a: dict[str, Any], through: str) -> None:
    resources = {"A": of_a, "B": resource(Value={"Ref": "A"})}
    assert cycle_in(resources) == [f"A -{through}-> B B -Value-> A"]


def test_names_that_a_sub_defines_itself_are_no_references() -> None:
    value = {"Fn::Sub": ["${A}", {"A": "text"}]}
    assert cycle_in({"A": resource(Value=value)}) == []


def test_references_to_parameters_and_to_nothing_are_no_cycle() -> None:
    resources = {"A": resource("Nowhere", Value={"Ref": "Parameter"}), "Odd": 1}
    assert cycle_in(resources) == []


def test_a_resource_that_refers_to_itself_is_a_cycle() -> None:
    assert cycle_in({"A": resource(Value={"Ref": "A"})}) == ["A -Value-> A"]


def test_the_shortest_way_round_is_told_and_two_cycles_are_told_apart() -> None:
    resources = {
        "A": resource(Long={"Ref": "B"}, Short={"Ref": "C"}),
        "B": resource(Value={"Ref": "C"}),
        "C": resource(Value={"Ref": "A"}),
        "X": resource(Value={"Ref": "Y"}),
        "Y": resource(Value={"Ref": "X"}),
        "Alone": resource(Value={"Ref": "A"}),
    }
    assert cycle_in(resources) == [
        "A -Short-> C C -Value-> A",
        "B -Value-> C C -Value-> A A -Long-> B",
        "X -Value-> Y Y -Value-> X",
    ]
