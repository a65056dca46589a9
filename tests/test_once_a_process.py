"""What is shared in a process of tests is what would have been read or linted anew."""

from pathlib import Path

import boto3
from cfnlint import api
from cfnlint.config import ManualArgs

from aws_setup.template.packaging import render_template

TEMPLATE = """
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Type: String}
"""


def test_a_template_is_linted_for_each_region_apart() -> None:
    found = [
        [match.rule.id for match in api.lint(TEMPLATE, config=ManualArgs(regions=[region]))]
        for region in ("eu-central-1", "eu-west-1", "eu-central-1")
    ]
    assert found == [["E3003"]] * 3  # Value is lacking


def test_sessions_share_their_reader_of_files_and_no_client() -> None:
    one, other = boto3.Session(), boto3.Session()
    readers = [each._session.get_component("data_loader") for each in (one, other)]
    assert readers[0] is readers[1]
    clients = [each.client("sts", region_name="eu-west-1") for each in (one, other)]
    assert clients[0].meta.events is not clients[1].meta.events
    for client in clients:
        client.close()


def test_a_template_of_a_test_is_rendered_anew_and_ours_once(tmp_path: Path) -> None:
    own = tmp_path / "template.yaml"
    for name in ("One", "Two"):
        own.write_text(f"Resources: {{{name}: {{Type: A}}}}", "utf-8")
        assert name in render_template(own, root=tmp_path)
    assert render_template() is render_template()
