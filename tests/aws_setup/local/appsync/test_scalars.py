import pytest
from graphql import GraphQLScalarType

from aws_setup.local.appsync.schema import executable as schema

SCALARS = schema.build("type Query { a: Int }").type_map

GOOD: dict[str, list[object]] = {
    "AWSDate": ["2026-01-31", "2026-01-31Z", "2024-02-29+01:00", "+12026-01-01"],
    "AWSTime": ["12:30", "12:30:59", "23:59:59.123Z", "00:00:00+05:30"],
    "AWSDateTime": ["2026-01-31T12:30Z", "2026-01-31T12:30:59.123456789-07:00"],
    "AWSTimestamp": [0, -1, 1_764_000_000],
    "AWSEmail": ["a@b.example", "first.last+tag@mail.b.example", "o'hara@b.example"],
    "AWSURL": ["https://b.example", "mailto://b.example/x?y=1", "http://127.0.0.1:8000/a/b"],
    "AWSPhone": ["+49 89 1234567", "555-123-4567", "5551234567"],
    "AWSIPAddress": ["127.0.0.1", "10.0.0.0/8", "2001:db8::1", "2001:db8::/32"],
}
BAD: dict[str, list[object]] = {
    "AWSDate": ["2026-02-30", "2026-1-1", "today", 1, None],
    "AWSTime": ["24:00", "12", "12:60", "noon", 12],
    "AWSDateTime": ["2026-01-31T12:30", "2026-01-31", "2026-01-31 12:30Z", "2026-01-31ZT12:30Z", 1],
    "AWSTimestamp": ["1", 1.5, True],
    "AWSEmail": ["a", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@b..example", 1],
    "AWSURL": ["b.example", "https://", "https://b.example//a", "https://b.example/a b", 1],
    "AWSPhone": ["12", "call me", "+", 5551234567],
    "AWSIPAddress": ["256.0.0.1", "10.0.0.0/33", "b.example", 1],
    "AWSJSON": ["{", "", 1],
}


def scalar(name: str) -> GraphQLScalarType:
    found = SCALARS[name]
    assert isinstance(found, GraphQLScalarType)
    return found


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in GOOD.items() for v in values])
def test_a_valid_value_goes_in_and_out_as_it_is(name: str, value: object) -> None:
    assert scalar(name).coerce_input_value(value) == value
    assert scalar(name).coerce_output_value(value) == value


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BAD.items() for v in values])
def test_an_invalid_value_is_not_taken(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"not a valid {name}"):
        scalar(name).coerce_input_value(value)


@pytest.mark.parametrize("name", GOOD)
def test_an_invalid_value_is_not_given(name: str) -> None:
    with pytest.raises(ValueError, match=f"Unable to serialize `no` as a valid {name}."):
        scalar(name).coerce_output_value("no")


def test_json_comes_in_as_text_and_goes_out_as_text() -> None:
    assert scalar("AWSJSON").coerce_input_value('{"a": [1]}') == {"a": [1]}
    assert scalar("AWSJSON").coerce_output_value({"a": [1]}) == '{"a": [1]}'
