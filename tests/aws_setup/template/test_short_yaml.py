"""The short YAML of a body means what the template meant."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.short_yaml import dump_shortly

TEXTS = st.text() | st.sampled_from(
    ["Yes", "null", "1", "2012-10-17", "a: b", "#", "- a", "*a", "{}", "~", "a,b", "AWS::Region"]
)
FUNCTIONS = st.sampled_from(["Ref", "Condition", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS | FUNCTIONS, inner, max_size=4)
        | st.fixed_dictionaries({"Fn::GetAtt": st.tuples(TEXTS, TEXTS).map(list)})
    ),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_it_is_read_as_what_was_written(template: dict[str, Any]) -> None:
    assert parse_template(dump_shortly(template), "the body") == template


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ({"Ref": "A"}, "B: !Ref A"),
        ({"Ref": "AWS::Region"}, "B: !Ref AWS::Region"),
        ("dynamodb:PutItem", 'B: "dynamodb:PutItem"'),
        ({"Fn::GetAtt": ["A", "Arn"]}, "B: !GetAtt A.Arn"),
        ({"Fn::If": ["C", {"Ref": "A"}, [1, "x"]]}, "B: !If [C,!Ref A,[1,x]]"),
        ({"C": True, "D": "true", "E": ""}, 'B: {C: true,D: "true",E: ""}'),
        ("a\u2028ü", 'B: "a\\u2028ü"'),
    ],
)
def test_a_member_of_a_section_is_one_short_line(written: Any, line: str) -> None:
    assert dump_shortly({"A": {"B": written}}) == f"A:\n {line}\n"


def test_a_body_is_no_json_to_a_reader_that_looks_at_its_beginning() -> None:
    body = dump_shortly({"Resources": {"A": {"Type": "AWS::SNS::Topic"}}})
    assert body.startswith("Resources:\n A: {")
    assert yaml.safe_load(body) == {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}
