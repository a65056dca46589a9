"""The settings by which an organisation marks and bounds the stack."""

import pytest

from onboarding_site.configuration.deployment import boundary, stack_tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("team=payments", {"team": "payments"}),
        (" team=payments , cost-centre = 12,", {"team": "payments", "cost-centre ": " 12"}),
        ("empty=", {"empty": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("bereich:größe=ä", {"bereich:größe": "ä"}),
    ],
)
def test_tags_are_read(text: str, tags: dict[str, str]) -> None:
    assert stack_tags(text) == tags


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("team", "'team' in its list"),
        ("=payments", "'=payments' in its list"),
        ("aws:team=a", "do not begin with aws:"),
        ("AWS:team=a", "do not begin with aws:"),
        ("team=a,team=b", "the tag 'team' twice"),
        ("team={a}", "in its list"),
        (f"{'k' * 129}=a", "in its list"),
        (",".join(f"t{number}=1" for number in range(46)), "has 46 tags"),
    ],
)
def test_what_cloudformation_would_refuse_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        stack_tags(text)


@pytest.mark.parametrize("text", ["boundary", "arn:aws:iam::1:policy/x", "arn:aws:iam::aws:role/x"])
def test_a_boundary_is_the_arn_of_a_policy(text: str) -> None:
    with pytest.raises(ValueError, match="not the ARN of a managed policy"):
        boundary(text)


def test_a_boundary_of_aws_is_one_too() -> None:
    assert boundary("arn:aws:iam::aws:policy/PowerUserAccess").endswith("Access")
