"""CloudFormation's YAML survives being written and read again."""

from typing import Any

import pytest
from cfnlint.decode import decode_str
from hypothesis import given
from hypothesis import strategies as st

from aws_setup.template.cfn_yaml import dump_template, parse_template

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=80)
printable = texts.filter(lambda text: text.isprintable() or text.replace("\n", "").isprintable())


@given(st.recursive(printable, lambda node: st.lists(node) | st.dictionaries(texts, node)))
def test_any_text_comes_back_from_the_body_as_it_went_in(node: Any) -> None:
    template, problems = decode_str(dump_template({"Metadata": node}))
    assert problems == []
    assert template == {"Metadata": node}


@given(st.text("abc\n\r\x85\u2028\u2029\t '\"|>#:{}", max_size=40))
def test_line_ends_and_indicators_of_yaml_survive(text: str) -> None:
    template, problems = decode_str(dump_template({"Metadata": {"code": text}}))
    assert problems == []
    assert template == {"Metadata": {"code": text}}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref 'A'", {"Ref": "A"}),
        ("!GetAtt 'A.B.C'", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!Sub 'x-${A}'", {"Fn::Sub": "x-${A}"}),
    ],
)
def test_simple_intrinsics_are_written_short_and_read_back(short: str, long: Any) -> None:
    body = dump_template({"Metadata": long})
    assert short in body
    assert parse_template(body, "body") == {"Metadata": long}


@pytest.mark.parametrize(
    "intrinsic",
    [
        {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]},
        {"Fn::GetAtt": ["A", {"Ref": "B"}]},
        {"Fn::Join": ["", ["a", {"Ref": "B"}]]},
        {"Condition": "IsProduction"},
        {"Ref": "A", "Other": "B"},
    ],
)
def test_other_mappings_keep_their_long_form(intrinsic: Any) -> None:
    body = dump_template({"Metadata": intrinsic})
    assert parse_template(body, "body") == {"Metadata": intrinsic}


def test_a_body_has_no_aliases_which_cloudformation_does_not_read() -> None:
    shared = {"Version": "2012-10-17"}
    assert dump_template({"A": shared, "B": shared}).count("2012-10-17") == 2
