"""CloudFormation's YAML survives being written and read again."""

from typing import Any

import pytest
from cfnlint.decode import decode_str
from hypothesis import given
from hypothesis import strategies as st

from aws_setup.exceptions import TemplateUnusable
from aws_setup.template.cfn_yaml import dump_template, parse_template

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=80)
printable = texts.filter(lambda text: text.isprintable() or text.replace("\n", "").isprintable())


names = st.text("AZaz09.:", min_size=1, max_size=12)
functions = (
    st.builds(lambda name: {"Ref": name}, names)
    | st.builds(lambda text: {"Fn::Sub": text}, printable)
    | st.builds(lambda name, attribute: {"Fn::GetAtt": [name, attribute]}, names, names)
)


def nested(node: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(node) | st.dictionaries(texts, node)


@given(st.recursive(printable | functions, nested))
def test_any_value_comes_back_from_the_body_as_it_went_in(node: Any) -> None:
    body = dump_template({"Metadata": node})
    assert parse_template(body, "body") == {"Metadata": _as_read(node)}
    # cfn-lint reads the same.
    assert decode_str(body) == ({"Metadata": _as_read(node)}, [])


def _as_read(node: Any) -> Any:
    """Return a value with each attribute split off at the first dot, as CloudFormation has it."""
    if isinstance(node, list):
        return [_as_read(each) for each in node]
    if isinstance(node, dict):
        if isinstance(named := node.get("Fn::GetAtt"), list):
            return {"Fn::GetAtt": ".".join(named).split(".", 1)}
        return {key: _as_read(value) for key, value in node.items()}
    return node


@given(st.text("abc\n\r\x85\u2028\u2029\t '\"|>#:{}", max_size=40))
def test_line_ends_and_indicators_of_yaml_survive(text: str) -> None:
    body = dump_template({"Metadata": {"code": text}})
    assert parse_template(body, "body") == {"Metadata": {"code": text}}
    assert decode_str(body) == ({"Metadata": {"code": text}}, [])


@pytest.mark.parametrize(
    "text",
    [
        "A: !Join ['', [!Ref B, !GetAtt C.Arn]]",
        "A: !Sub ['${B}', {B: !GetAtt C.D.E}]",
        "A: !If [B, !Condition C, !Equals [!Ref D, 1]]",
        "A: !GetAtt [B, C]",
        "A: !Transform {Name: B, Parameters: {C: !Ref D}}",
        "A: !Sub 5\nB: 5\nC: 0.5\nD: yes\nE: ~\nF: '5'",
        "A: &a {B: 1, C: 2}\nD: *a\nE: {<<: *a, C: 3}",
        "1: 2",
        '{"A": {"Fn::GetAtt": ["B", "C"]}, "D": [true, null, 1.5]}',
    ],
)
def test_a_template_is_read_as_cfn_lint_reads_it(text: str) -> None:
    assert (parse_template(text, "template"), []) == decode_str(text)


def test_a_date_is_text_as_in_the_version_of_a_policy() -> None:
    assert parse_template("Version: 2012-10-17", "template") == {"Version": "2012-10-17"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A: 1\nB: 2\nA: 3", "line 3, column 1: the key 'A' stands twice in one mapping"),
        ("A: !Sub ['', {B: 1, B: 2}]", "line 1, column 21: the key 'B' stands twice"),
        ("A:\n  ~: 1", "line 2, column 3: None is no key"),
        ("? [A]\n: 1", r"line 1, column 3: \['A'\] is no key"),
        ("A: &a [*a]", "line 1, column 4: found unconstructable recursive node"),
        ("A: *a", "line 1, column 4: found undefined alias"),
        ("A: !!python/name:os.system", "line 1, column 4: could not determine a constructor"),
        ("A: \x00", "#x0000"),
        ("A: !!int B", "invalid literal"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(TemplateUnusable, match=f"the file is not a template: .*{said}"):
        parse_template(text, "the file")


@pytest.mark.parametrize("text", ["", "- A", "A"])
def test_what_is_no_mapping_is_no_template(text: str) -> None:
    with pytest.raises(TemplateUnusable, match="the file holds no mapping"):
        parse_template(text, "the file")


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
