"""Who an owner is; no AWS."""

import pytest

from businesses.records.identity import Identity


@pytest.mark.parametrize(
    ("owner", "sub", "username"),
    [
        ("s::ann", "s", "ann"),
        ("s::a::b", "s", "a::b"),
        ("only-sub", "only-sub", ""),
        ("::ann", "", "ann"),
        ("", "", ""),
    ],
)
def test_the_username_is_what_follows_the_sub(owner: str, sub: str, username: str) -> None:
    assert Identity.of_owner(owner) == Identity(sub, username)


@pytest.mark.parametrize(
    ("owner", "is_unmistakable"), [("s::s", True), ("s::S", False), ("s", False), ("", False)]
)
def test_only_a_username_that_is_the_sub_can_be_nobody_elses(
    owner: str, is_unmistakable: bool
) -> None:
    assert Identity.of_owner(owner).is_unmistakable is is_unmistakable
