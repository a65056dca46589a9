"""Items and records; no AWS."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.records.attributes import to_json
from businesses.records.business import Business, format_time, parse_time
from tests.businesses.account import business


def test_a_record_survives_the_way_into_an_item_and_back() -> None:
    record = business(1, name="Müller & Söhne")
    assert Business.from_item(record.to_item()) == record


def test_an_item_carries_the_keys_of_every_index() -> None:
    item = business(1, name="ÄHREN", email="Info@Example.com").to_item()
    assert item["__typename"] == {"S": "Business"}
    assert item["nameKey"] == {"S": "ähren"}
    assert item["emailKey"] == {"S": "info@example.com"}
    assert item["owner"] == {"S": "sub-0001::sub-0001"}


def test_unknown_attributes_are_kept_for_looking_at_only() -> None:
    item = {**business(1).to_item(), "plan": {"S": "gold"}, "seats": {"N": "12"}}
    record = Business.from_item(item)
    assert record == business(1)
    assert record.item == item
    assert not record.problems


def test_an_optional_attribute_may_be_missing_or_of_another_type() -> None:
    item = {"id": {"S": "a"}, "createdAt": {"S": "2026-01-01T00:00:00.000Z"}, "name": {"N": "1"}}
    record = Business.from_item(item)
    assert (record.name, record.email, record.owner) == ("", "", "")
    assert record.problems == ("name is a number instead of text.",)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "There is no createdAt, so the list of all businesses leaves this record out."),
        ({"N": "20261101"}, "createdAt is a number instead of text."),
        ({"S": "yesterday"}, "createdAt is not a time that can be read."),
        ({"S": "0001-01-01T00:00:00Z"}, None),
    ],
)
def test_an_odd_time_of_creation_is_named(value: Any, problem: str | None) -> None:
    item: dict[str, Any] = {**business(1).to_item(), "createdAt": value}
    if value is None:
        del item["createdAt"]
    assert Business.from_item(item).problems == ((problem,) if problem else ())


def test_json_shows_dynamodbs_own_types_plainly() -> None:
    item = {
        **business(1).to_item(),
        "n": {"N": "3"},
        "f": {"N": "2.5"},
        "set": {"SS": ["b", "a"]},
        "bytes": {"B": b"x"},
        "many": {"BS": [b"z", b"y"]},
        "nothing": {"NULL": True},
        "deep": {"M": {"list": {"L": [{"BOOL": True}]}}},
        "umlaut": {"S": "ü"},
    }
    text = to_json(item)
    assert '"n": 3,' in text
    assert '"f": 2.5,' in text
    assert '"set": [\n    "a",\n    "b"\n  ]' in text
    assert '"umlaut": "ü"' in text
    assert '"bytes": "eA== (1 byte in Base64)"' in text
    assert '"many": [\n    "eQ== (1 byte in Base64)",\n    "eg== (1 byte in Base64)"\n  ]' in text
    assert '"nothing": null' in text
    assert '"list": [\n      true\n    ]' in text


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_written_in_utc_with_milliseconds(moment: datetime) -> None:
    text = format_time(moment)
    parsed = parse_time(text)
    assert text.endswith("Z")
    assert len(text) == len("2026-11-23T09:00:00.000Z")
    assert parsed is not None
    assert timedelta(0) <= moment - parsed < timedelta(milliseconds=1)


def test_times_are_read_as_utc() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert parse_time("2026-01-01T13:00:00+01:00") == noon
    assert parse_time("2026-01-01T12:00:00") == noon
    assert format_time(noon.astimezone(timezone(timedelta(hours=5)))) == "2026-01-01T12:00:00.000Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None
