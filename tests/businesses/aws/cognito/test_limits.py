"""Whatever is looked up, Cognito is asked nothing that it refuses."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from businesses.aws.cognito.limits import can_be_name, filter_for
from businesses.aws.cognito.user_directory import UserDirectory
from businesses.exceptions import GroupMissing
from businesses.records.identity import Identity, Membership
from tests.businesses.account import Account
from tests.harness.counts import count
from tests.harness.examples import examples

# Lengths around the limits, and characters that are escaped or that no name may have.
TEXTS = st.one_of(
    st.text(max_size=20),
    st.builds(
        lambda each, length: each * length,
        st.sampled_from(["x", '"', "\\", "ü", "\U0001f600", "\0", "x@y"]),
        st.sampled_from([1, 63, 64, 65, 122, 123, 128, 129, 242, 246, 247, 256, 5000]),
    ),
    st.sampled_from(["a b", "a\nb", "", " ", "\u200b", "\ud800", "\u2028"]),
)


@pytest.fixture
def directory(account: Account) -> Iterator[UserDirectory]:
    with ThreadPoolExecutor(1) as executor:
        yield UserDirectory(account.cognito, account.user_pool_id, cache=cache, executor=executor)


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
def test_every_text_is_looked_up_without_a_refusal(
    account: Account, directory: UserDirectory, text: str
) -> None:
    user = Identity(text, text)
    assert directory.look_up(text) == []
    assert directory.find(user) is None
    assert directory.accounts_of([text]).get(text) is None
    gone = {user: Membership(user_exists=False)} if text else {}
    assert directory.memberships.of([user], fresh=True) == gone
    with pytest.raises(GroupMissing):
        directory.members(text, 10)
    count("texts looked up in Cognito", 1)


@pytest.mark.parametrize(
    ("value", "length"), [("x" * 246, 246), ("x" * 247, 0), ('"' * 123, 246), ('"' * 124, 0)]
)
def test_a_filter_is_as_long_as_cognito_takes_it(value: str, length: int) -> None:
    made = filter_for("email", value)
    assert len(made or "") == (length and length + len('email = ""'))


@pytest.mark.parametrize(
    ("name", "may_be"),
    [("ann", True), ("ü" * 128, True), ("x" * 129, False), ("", False), ("a b", False)],
)
def test_a_name_is_of_the_length_and_the_characters_of_the_model(name: str, may_be: bool) -> None:
    assert can_be_name(name) is may_be
