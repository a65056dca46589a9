"""What is known of a user without asking: who is due, and what the mutation is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_setup.triggers.post_confirmation import mutation_arguments
from businesses.records.onboarding import Person
from businesses.records.user import PoolUser, person_of
from businesses.sweep.user_id_set import KEPT_BYTES, UserIdSet

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

texts = st.text(max_size=9) | st.sampled_from(["", " ", "\t Ann\n", "ann@example.com", "a@b@c"])
names = (
    "email",
    "name",
    "given_name",
    "family_name",
    "custom:business_name",
    "email_verified",
)


def user(**changes: Any) -> PoolUser:
    values: dict[str, Any] = {
        "username": "ann",
        "status": "CONFIRMED",
        "enabled": True,
        "created_at": AT,
        "changed_at": AT,
        "attributes": {"sub": "sub-0001", "email": "ann@example.com"},
    }
    return PoolUser(**{**values, **changes})


@pytest.fixture(scope="module", autouse=True)
def _group_of_the_trigger() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GROUP_NAME", "businesses")
        yield


@given(
    username=st.text(min_size=1),
    attributes=st.fixed_dictionaries(
        {"sub": st.uuids().map(str)}, optional=dict.fromkeys(names, texts)
    ),
)
def test_the_mutation_is_told_what_the_trigger_would_have_told_it(
    username: str, attributes: dict[str, str]
) -> None:
    event = {"userName": username, "request": {"userAttributes": attributes}}
    person = person_of(user(username=username, attributes=attributes), "businesses")
    assert person.to_variables() == mutation_arguments(event)


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"custom:business_name": " Ann's Books ", "name": "Ann"}, "Ann's Books"),
        ({"custom:business_name": " ", "name": "Ann"}, "Ann"),
        ({"given_name": "Ann", "family_name": "King", "email": "a@example.com"}, "Ann King"),
        ({"given_name": " ", "family_name": "King", "email": "a@example.com"}, "King"),
        ({"email": "ann@example.com"}, "ann"),
        ({}, ""),
    ],
)
def test_the_business_is_called_as_it_was_signed_up(attributes: dict[str, str], name: str) -> None:
    given = {"sub": "sub-0001", **attributes}
    assert person_of(user(attributes=given), "businesses") == Person(
        sub="sub-0001",
        username="ann",
        email=attributes.get("email", ""),
        name=name,
        group_name="businesses",
    )


@pytest.mark.parametrize(
    ("status", "is_due"),
    [
        ("CONFIRMED", True),
        ("EXTERNAL_PROVIDER", True),
        ("UNCONFIRMED", False),
        ("FORCE_CHANGE_PASSWORD", False),
        ("RESET_REQUIRED", False),
        ("A_STATUS_OF_TOMORROW", False),
    ],
)
def test_a_user_is_due_who_confirmed_or_came_from_another_provider(
    status: str, is_due: bool
) -> None:
    assert user(status=status).is_due(AT) is is_due
    assert not user(status=status, enabled=False).is_due(AT)


def test_a_user_is_due_who_has_not_changed_since() -> None:
    assert user().is_due(AT)
    assert not user().is_due(AT - SECOND)


@pytest.mark.parametrize("later", ["UserCreateDate", "UserLastModifiedDate"])
def test_a_user_changed_when_cognito_last_says_so(later: str) -> None:
    raw = {
        "Username": "ann",
        "UserStatus": "CONFIRMED",
        "Enabled": True,
        "UserCreateDate": AT,
        "UserLastModifiedDate": AT,
        "Attributes": [{"Name": "sub", "Value": "sub-0001"}, {"Name": "name"}],
    }
    read = PoolUser.from_api({**raw, later: AT + SECOND})
    assert read.changed_at == AT + SECOND
    assert (read.sub, read.attributes["name"]) == ("sub-0001", "")


def test_a_set_of_subs_knows_what_was_added_and_nothing_else() -> None:
    random, subs = Random(7), UserIdSet()
    inside = [f"{random.getrandbits(128):032x}" for _ in range(5_000)]
    outside = [f"{random.getrandbits(128):032x}" for _ in range(5_000)]
    for sub in inside:
        subs.add(sub)
    assert all(sub in subs for sub in inside)
    assert not any(sub in subs for sub in outside)
    assert "" not in subs


def test_bytes_across_two_entries_are_not_taken_for_an_entry() -> None:
    subs = UserIdSet()
    subs.add("ann")
    shard, kept = subs._place("ann")
    shard[:] = b"x" + kept + b"x" * (KEPT_BYTES - 1)
    assert "ann" not in subs
    shard += kept
    assert "ann" in subs


@given(st.sets(st.text(max_size=5)), st.sets(st.text(max_size=5)))
def test_a_set_of_any_texts_is_as_a_set(inside: set[str], asked: set[str]) -> None:
    subs = UserIdSet()
    for text in inside:
        subs.add(text)
    assert {text for text in asked if text in subs} == asked & inside
