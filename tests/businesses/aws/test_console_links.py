"""Addresses of the AWS console."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.aws.console_links import ConsoleLinks

HOSTS = [
    ("aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"),
    ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
    ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
]


@pytest.mark.parametrize(("partition", "region", "host"), HOSTS)
def test_each_partition_has_its_host_and_the_region_is_named(
    partition: str, region: str, host: str
) -> None:
    links = ConsoleLinks(partition, region, "table", "pool")
    for url in (links.item("key"), links.user("user")):
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("https", host)
        assert parse_qs(parts.query) == {"region": [region]}


def test_a_partition_whose_console_is_not_public_has_no_address() -> None:
    links = ConsoleLinks("aws-iso", "us-iso-east-1", "table", "pool")
    assert (links.item("key"), links.user("user")) == ("", "")


def test_nobody_has_no_address() -> None:
    assert ConsoleLinks("aws", "eu-central-1", "table", "pool").user("") == ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_key_stays_one_part_of_the_address_whatever_it_holds(key: str) -> None:
    links = ConsoleLinks("aws", "eu-central-1", "table", "pool")
    fragment = urlsplit(links.item(key)).fragment
    values = parse_qs(fragment.partition("?")[2], keep_blank_values=True, separator="&")
    assert values["pk"] == [key]
    assert values["table"] == ["table"]
    path = urlsplit(links.user(key)).path
    assert unquote(path.rsplit("/", 1)[1]) == key
