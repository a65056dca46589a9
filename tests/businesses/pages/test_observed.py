"""What the log and the metrics tell of pages that ask AWS, and of retries."""

import re
from html import unescape

from django.test import Client
from prometheus_client import REGISTRY

from tests.businesses.account import Account
from tests.businesses.deployed import Deployed
from tests.onboarding_site.observation.log import json_lines

LIST = "/admin/businesses/business/"
STUCK = "/admin/businesses/onboarding/"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_the_line_of_a_page_counts_its_calls(deployed: Deployed, superuser: Client) -> None:
    deployed.stuck(1)
    query = {"service": "dynamodb", "operation": "Query"}
    before = value("onboarding_aws_calls_total", **query)
    with json_lines() as lines:
        assert superuser.get("/admin/").status_code == 200
    [line] = (each for each in lines if each.get("view") == "admin:index")
    calls = value("onboarding_aws_calls_total", **query) - before
    assert 3 <= calls < line["aws_calls"]  # the rest asked CloudFormation, Cognito and so on
    assert value("onboarding_stuck", stack="onboarding-test") == 1


def test_an_export_counts_the_calls_of_the_whole_file(
    deployed: Deployed, superuser: Client
) -> None:
    with json_lines() as lines:
        response = superuser.get(f"{STUCK}export/")
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
    [line] = (each for each in lines if each.get("view"))
    assert line["view"] == "admin:businesses_onboarding_export"
    assert line["aws_calls"] > 0


def test_retries_are_counted_by_outcome(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    called = {"service": "appsync", "operation": "createBusinessInGroup"}
    before = (
        value("onboarding_retries_total", outcome="completed"),
        value("onboarding_aws_calls_total", **called),
    )
    with json_lines() as lines:
        assert support.post(f"{STUCK}retry/now/", {"sub": sub}).status_code == 302
    [line] = (each for each in lines if each["logger"].endswith(".access"))
    assert line["aws_calls"] >= 4
    assert value("onboarding_retries_total", outcome="completed") == before[0] + 1
    assert value("onboarding_aws_calls_total", **called) == before[1] + 1


def test_a_503_tells_its_cause_and_its_id(account: Account, superuser: Client) -> None:
    for headers in ({}, {"Accept": "application/json"}):
        with json_lines() as lines:
            page = superuser.get(f"{LIST}?q=maria@example.com", headers=headers)
        assert page.status_code == 503
        [line] = (each for each in lines if each["logger"].endswith(".access"))
        assert (line["level"], line["status"]) == ("ERROR", 503)
        assert "onboarding-test in eu-central-1 does not exist" in line["cause"]
        assert line["aws_calls"] >= 1
        assert page["X-Request-ID"] == line["request_id"]
        if not headers:
            shown = re.findall(r"Request <code>(\w+)</code>", unescape(page.content.decode()))
            assert shown == [line["request_id"]]
        assert "maria" not in str(lines)


def test_what_was_typed_is_in_no_line(account: Account, superuser: Client) -> None:
    with json_lines() as lines:
        page = superuser.get(f"{LIST}?status=Maria+Rossi")
    assert "Maria Rossi" in page.content.decode()
    with json_lines() as more:
        page = superuser.post(f"{LIST}?status=Maria+Rossi", {"action": "delete_selected"})
    assert page.status_code == 400
    assert len(lines + more) == 2
    assert "Maria" not in str(lines + more)
