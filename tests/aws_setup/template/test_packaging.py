"""The template and its files become one body that CloudFormation takes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aws_setup.exceptions import TemplateUnusable
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.delivery import InlineTemplate
from aws_setup.template.minify import minify
from aws_setup.template.packaging import TEMPLATE, code_of, render_template
from tests.aws_setup.template.switched_on import EVERYTHING_ON

RESOLVER = """
Resources:
  Step:
    Type: AWS::AppSync::FunctionConfiguration
    Properties:
      Name: step
      CodeS3Location: {path}
      DataSourceName: !GetAtt Source.Name
"""
FUNCTION = """
Resources:
  Trigger:
    Type: AWS::Lambda::Function
    Properties:
      Handler: {handler}
      Code: {code}
      Timeout: 5
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a folder for the template and one for code."""
    for folder in ("setup", "code"):
        (tmp_path / folder).mkdir()
    return tmp_path


def render(root: Path, template: str) -> dict[str, Any]:
    path = root / "setup" / "template.yaml"
    path.write_text(template, encoding="utf-8")
    return parse_template(render_template(path, root=root), "body")


# -- Our own template ---------------------------------------------------------------------------


def test_our_body_needs_no_bucket_even_if_everything_is_switched_on() -> None:
    arn = "arn:aws:iam::123456789012:policy/boundaries/developer-permissions-boundary"
    largest = render_template(permissions_boundary=arn)
    for template, parameters in ((render_template(), {}), (largest, EVERYTHING_ON)):
        assert list(InlineTemplate().deliver(template, parameters)) == ["TemplateBody"]


def test_our_body_passes_cfn_lint_without_a_warning() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint")],
        input=render_template(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_our_body_holds_the_files() -> None:
    resources = parse_template(render_template(), "body")["Resources"]
    function = resources["TriggerFunction"]["Properties"]
    assert "def handler(event" in function["Code"]["ZipFile"]
    assert function["Handler"] == "index.handler"
    assert "type Business@aws_cognito" in resources["ApiSchema"]["Properties"]["Definition"]


def test_nothing_but_the_inlined_properties_differs_from_the_template() -> None:
    template = parse_template(TEMPLATE.read_text(encoding="utf-8"), "template")
    body = parse_template(render_template(), "body")
    assert set(body) == {*template, "Mappings"}
    assert body["Outputs"] == template["Outputs"]
    inlined = {"Code", "CodeS3Location", "Definition", "DefinitionS3Location", "Handler"}
    for resource_id, resource in template["Resources"].items():
        rendered = body["Resources"][resource_id]
        assert list(rendered) == list(resource)
        for key in set(resource["Properties"]) - inlined:
            assert rendered["Properties"][key] == resource["Properties"][key]


def test_code_that_several_resources_have_stands_once_in_the_body() -> None:
    body = parse_template(render_template(), "body")
    template = parse_template(TEMPLATE.read_text(encoding="utf-8"), "template")
    kinds = ("AWS::AppSync::Resolver", "AWS::AppSync::FunctionConfiguration")
    named: dict[str, str] = {}
    for logical_id, resource in body["Resources"].items():
        if resource["Type"] in kinds:
            file = template["Resources"][logical_id]["Properties"]["CodeS3Location"]
            text = (TEMPLATE.parent / file).read_text(encoding="utf-8")
            assert code_of(body, resource) == minify(text, Path(file)).removesuffix("\n")
            named.setdefault(code_of(body, resource), file)
    delivered = InlineTemplate().deliver(render_template(), {})["TemplateBody"]
    assert all(delivered.count(json.dumps(code)[1:-1]) == 1 for code in named)


# -- What it does to a template -------------------------------------------------------------------


def test_code_is_inlined_where_the_location_stood(root: Path) -> None:
    (root / "code" / "step.js").write_text("export function request() {}\n", encoding="utf-8")
    properties = render(root, RESOLVER.format(path="../code/step.js"))["Resources"]["Step"][
        "Properties"
    ]
    assert list(properties) == ["Name", "Code", "DataSourceName"]
    assert properties["Code"] == "export function request(){}"


def test_a_file_with_windows_line_ends_gives_the_same_body(root: Path) -> None:
    (root / "code" / "step.js").write_bytes(b"one\r\ntwo\r\n")
    properties = render(root, RESOLVER.format(path="../code/step.js"))["Resources"]["Step"][
        "Properties"
    ]
    assert properties["Code"] == "one\ntwo"


def test_lines_of_code_stay_lines_in_the_body(root: Path) -> None:
    code = "def handler(event, context):\n    return event\n"
    (root / "code" / "trigger.py").write_text(code, encoding="utf-8")
    path = root / "setup" / "template.yaml"
    path.write_text(FUNCTION.format(handler="trigger.handler", code="../code/trigger.py"))
    body = render_template(path, root=root)
    assert "ZipFile: |-\n" in body
    assert "\n           return event\n" in body


def test_code_that_lies_elsewhere_is_left_alone(root: Path) -> None:
    for location in ("s3://bucket/step.js", "https://example.com/step.js"):
        step = render(root, RESOLVER.format(path=location))["Resources"]["Step"]
        assert step["Properties"]["CodeS3Location"] == location
    function = render(root, FUNCTION.format(handler="a.b", code="{ZipFile: 'text'}"))
    assert function["Resources"]["Trigger"]["Properties"]["Code"] == {"ZipFile": "text"}


def test_a_resource_that_is_no_mapping_is_left_for_cfn_lint(root: Path) -> None:
    assert render(root, "Resources: {Odd: 1, Empty: {Type: AWS::Lambda::Function}}")["Resources"]
    assert render(root, "Resources:\nDescription: x")["Description"] == "x"


# -- Errors ---------------------------------------------------------------------------------------


def refusal(root: Path, template: str) -> TemplateUnusable:
    with pytest.raises(TemplateUnusable) as caught:
        render(root, template)
    assert "Nothing was deployed." in str(caught.value)
    assert caught.value.hint
    return caught.value


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateUnusable, match=r"none\.yaml.*No such file"):
        render_template(tmp_path / "none.yaml", root=tmp_path)


def test_a_missing_file_is_named_with_the_resource_that_wants_it(root: Path) -> None:
    error = refusal(root, RESOLVER.format(path="../code/none.js"))
    assert "none.js, named by Step in template.yaml, can't be read: No such file" in str(error)


def test_a_folder_is_no_file(root: Path) -> None:
    assert "Is a directory" in str(refusal(root, RESOLVER.format(path="../code")))


def test_a_file_that_is_no_text_is_refused(root: Path) -> None:
    (root / "code" / "step.js").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in str(refusal(root, RESOLVER.format(path="../code/step.js")))


def test_a_file_outside_the_repository_is_refused(root: Path, tmp_path: Path) -> None:
    error = refusal(root, RESOLVER.format(path="../../step.js"))
    assert "Step in template.yaml names ../../step.js, which is outside" in str(error)


def test_a_link_that_leads_outside_the_repository_is_refused(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.js"
    outside.write_text("x", encoding="utf-8")
    (root / "code" / "step.js").symlink_to(outside)
    assert "is outside" in str(refusal(root, RESOLVER.format(path="../code/step.js")))


def test_a_handler_that_is_not_in_the_file_is_refused(root: Path) -> None:
    (root / "code" / "trigger.py").write_text("", encoding="utf-8")
    error = refusal(root, FUNCTION.format(handler="other.handler", code="../code/trigger.py"))
    assert "'other.handler', which is not in its code" in str(error)
    assert "trigger.<function>" in error.hint


def test_code_over_appsyncs_limit_is_refused_with_file_size_and_limit(root: Path) -> None:
    (root / "code" / "step.js").write_text("x" * 32_769, encoding="utf-8")
    error = refusal(root, RESOLVER.format(path="../code/step.js"))
    assert "../code/step.js has 32,769 characters" in str(error)
    assert "takes 32,768" in str(error)


def test_code_at_appsyncs_limit_is_taken(root: Path) -> None:
    (root / "code" / "step.js").write_text("x" * 32_768, encoding="utf-8")
    assert render(root, RESOLVER.format(path="../code/step.js"))


def test_a_template_that_is_no_yaml_says_where(root: Path) -> None:
    assert "line 3, column 1" in str(refusal(root, "Resources:\n  a: [\n"))


def test_a_template_that_is_no_mapping_says_so(root: Path) -> None:
    assert "template.yaml" in str(refusal(root, "- a\n"))
