"""What is shared in a process of tests is what would have been read, linted or parsed anew."""

import json
import ssl
import urllib.parse
from pathlib import Path
from typing import Any

import boto3
import botocore.httpsession
import botocore.utils
import pytest
from botocore.config import Config

from aws_setup.exceptions import TemplateRefused, TemplateUnusable
from aws_setup.local.server import LocalAws
from aws_setup.template import cfn_yaml
from aws_setup.template.lint import check_template
from aws_setup.template.packaging import render_template
from businesses.aws import stack
from tests.harness.once_in_ministack import MOST_KEYS

UNUSED = "Parameters: {Unused: {Type: String}}\n"
TEMPLATE = """
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: given}
"""


def test_a_template_is_linted_once_for_each_region_and_each_time_that_it_is_refused() -> None:
    regions = ("eu-central-1", "eu-west-1", "eu-central-1")
    found = [check_template(UNUSED + TEMPLATE, region=region) for region in regions]
    assert [each.rule for findings in found for each in findings] == ["W2001"] * 3
    assert found[0] is found[2]
    assert found[0] is not found[1]
    for _ in range(2):
        with pytest.raises(TemplateRefused, match="'Value' is a required property"):
            check_template(TEMPLATE.replace(", Value: given", ""), region=regions[0])


def test_sessions_share_their_reader_of_files_and_no_client() -> None:
    one, other = boto3.Session(), boto3.Session()
    readers = [each._session.get_component("data_loader") for each in (one, other)]
    assert readers[0] is readers[1]
    clients = [each.client("sts", region_name="eu-west-1") for each in (one, other)]
    assert clients[0].meta.events is not clients[1].meta.events
    assert type(clients[0]) is type(clients[1])
    for client in clients:
        client.close()


def test_a_template_of_a_test_is_rendered_anew_and_ours_once(tmp_path: Path) -> None:
    own = tmp_path / "template.yaml"
    for name in ("One", "Two"):
        own.write_text(f"Resources: {{{name}: {{Type: A}}}}", "utf-8")
        assert name in render_template(own, root=tmp_path)
    assert render_template() is render_template()
    # Django loads this one before the tests are configured.
    assert stack.render_template is render_template  # type: ignore[attr-defined]


def test_a_template_is_parsed_once_and_each_caller_has_its_own() -> None:
    first = cfn_yaml.parse_template(TEMPLATE, "the template")
    expected = first["Resources"].pop("Parameter")
    assert cfn_yaml.parse_template(TEMPLATE, "the template")["Resources"] == {"Parameter": expected}
    for name in ("one", "other"):
        with pytest.raises(TemplateUnusable, match=f"{name} holds no mapping"):
            cfn_yaml.parse_template("text", name)


def test_a_template_is_written_once_and_a_changed_one_anew() -> None:
    template = {"Metadata": {"of": "a test", "text": "written"}}
    first = cfn_yaml.dump_template(template)
    assert cfn_yaml.dump_template(template) is first
    template["Metadata"]["text"] = "changed"
    assert cfn_yaml.dump_template(template) == first.replace("written", "changed") != first
    # A number and a truth value are one key in a dictionary.
    kinds = [cfn_yaml.dump_template({"Metadata": value}) for value in (True, 1, 1.0)]
    assert kinds == ["{Metadata: true}\n", "{Metadata: 1}\n", "{Metadata: 1.0}\n"]


def test_the_embedded_aws_parses_a_template_once_and_each_change_set_has_its_own(
    local_aws: LocalAws,
) -> None:
    from ministack.services.cloudformation import changesets, engine, handlers

    parse = engine._parse_template
    first = parse(TEMPLATE)
    expected = first["Resources"].pop("Parameter")
    assert parse(TEMPLATE)["Resources"] == {"Parameter": expected}
    assert parse(f"{TEMPLATE}  Other: {{Type: A}}")["Resources"].keys() == {"Parameter", "Other"}
    assert parse is changesets._parse_template is handlers._parse_template
    for _ in range(2):
        with pytest.raises(ValueError, match="must be a JSON or YAML mapping"):
            parse("text")


def test_an_expression_and_a_policy_are_parsed_once_and_each_caller_has_its_own_list(
    local_aws: LocalAws,
) -> None:
    from ministack.core import iam_evaluator
    from ministack.services import dynamodb

    statement = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    policy = json.dumps({"Statement": [statement]})
    for parse, text in (
        (dynamodb._tokenize, "#a = :a"),
        (iam_evaluator.parse_policy_document, policy),
    ):
        first = parse(text)
        expected = first.copy()
        first.clear()
        assert parse(text) == expected
        assert parse(text)[0] is expected[0]
    assert dynamodb._condition_syntax_error("#a = = :a", "FilterExpression")
    assert not dynamodb._condition_syntax_error("#a = :a", "FilterExpression")
    assert iam_evaluator.parse_policy_document({"Statement": [statement]})


def test_a_handler_that_takes_no_keywords_is_refused_each_time() -> None:
    def takes_keywords(**given: object) -> None: ...
    def takes_none() -> None: ...

    for _ in range(2):
        events = boto3.Session().events
        events.register("before-call.sts", takes_keywords)
        with pytest.raises(ValueError, match="must accept keyword"):
            events.register("before-call.sts", takes_none)


def test_an_event_has_its_present_name_and_its_handlers_are_those_of_its_session() -> None:
    heard = []
    one, other = boto3.Session().events, boto3.Session().events
    one.register("own.sfn", lambda **_: heard.append("one"))
    other.register("own.stepfunctions", lambda **_: heard.append("other"))
    one.emit("own.stepfunctions")
    other.emit("own.sfn")
    assert heard == ["one", "other"]


def test_a_client_hears_what_its_session_heard_before_and_nothing_of_another_client() -> None:
    heard = []
    session: Any = boto3.Session()
    session.events.register_first("own.*.sts", lambda **_: heard.append("first"))
    session.events.register("own.made.sts", lambda **_: heard.append("session"))
    one, other = (session.client("sts", region_name="eu-west-1") for _ in range(2))
    session.events.register("own.made.sts", lambda **_: heard.append("too late"))
    one.meta.events.register_last("own.made", lambda **_: heard.append("one"))
    other.meta.events.register_last("own.made", lambda **_: heard.append("other"))
    for client in (one, other):
        client.meta.events.emit("own.made.sts")
        client.close()
    assert heard == ["first", "session", "one", "first", "session", "other"]


def test_a_handler_that_a_client_no_longer_wants_stays_its_sessions() -> None:
    heard = []

    def hear(**_: Any) -> None:
        heard.append("heard")

    session: Any = boto3.Session()
    session.events.register("own.made.sts", hear)
    one, other = (session.client("sts", region_name="eu-west-1") for _ in range(2))
    one.meta.events.unregister("own.made.sts", hear)
    for events in (one.meta.events, other.meta.events, session.events):
        events.emit("own.made.sts")
    session.events.unregister("own.made.sts", hear)
    for each in (one, other):
        each.meta.events.emit("own.made.sts")
        each.close()
    assert heard == ["heard"] * 3


def test_a_time_is_parsed_once_and_an_odd_one_refused_each_time() -> None:
    parse: Any = botocore.utils.parse_timestamp
    text = "2026-11-28T01:02:03.456Z"
    assert parse(text) is parse(text)
    assert parse(text).isoformat() == "2026-11-28T01:02:03.456000+00:00"
    assert parse(1.5).timestamp() == 1.5
    for _ in range(2):
        with pytest.raises(ValueError, match="Invalid timestamp"):
            parse("no time")


def test_a_service_has_the_address_of_its_region_and_options() -> None:
    session: Any = boto3.Session()
    found = []
    for service, region, two_stacks in (
        ("sts", "eu-west-1", False),
        ("sts", "eu-central-1", False),
        ("s3", "eu-west-1", False),
        ("s3", "eu-west-1", True),
    ):
        config = Config(use_dualstack_endpoint=two_stacks)
        client = session.client(service, region_name=region, config=config)
        found.append(client.meta.endpoint_url)
        client.close()
    assert found == [
        "https://sts.eu-west-1.amazonaws.com",
        "https://sts.eu-central-1.amazonaws.com",
        "https://s3.eu-west-1.amazonaws.com",
        "https://s3.dualstack.eu-west-1.amazonaws.com",
    ]


def test_a_long_text_is_encoded_and_decoded_once() -> None:
    texts = {"long": "ä=&" * 5_000, "other": "ö +" * 5_000, "short": "ü"}
    for _ in range(2):
        assert urllib.parse.parse_qs(urllib.parse.urlencode(texts)) == {
            name: [text] for name, text in texts.items()
        }
    long = texts["long"]
    assert urllib.parse.quote(long) is urllib.parse.quote(long)
    assert urllib.parse.quote(long, safe="=") != urllib.parse.quote(long)


def test_a_list_of_certificates_is_read_once_and_a_missing_one_is_missed_each_time(
    tmp_path: Path,
) -> None:
    listed = botocore.httpsession.get_cert_path(verify=True)
    trusting = [ssl.create_default_context(cafile=listed) for _ in range(2)]
    assert trusting[0] is trusting[1]
    assert trusting[0].get_ca_certs()
    assert trusting[0].verify_mode is ssl.CERT_REQUIRED
    assert ssl.create_default_context() is not ssl.create_default_context()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            ssl.create_default_context(cafile=tmp_path / "missing.pem")


def test_the_pools_of_an_account_sign_with_keys_of_their_own(local_aws: LocalAws) -> None:
    from ministack.services import cognito

    client = local_aws.client("cognito-idp", "eu-central-1")
    pools = [client.create_user_pool(PoolName="a")["UserPool"]["Id"] for _ in range(MOST_KEYS // 2)]
    signing = [
        json.loads(cognito.well_known_jwks(pool)[2])["keys"]  # what clients verify tokens with
        for pool in pools
    ]
    numbers = {key["n"] for keys in signing for key in keys}
    assert len(numbers) == MOST_KEYS
