"""Arguments that are empty, as the variables of a shell are that nobody has set, do nothing."""

import pytest
from django.core.management import CommandError, call_command

from tests.businesses.deployed import Deployed
from tests.harness.counts import count


@pytest.mark.django_db
@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("retry_onboardings", "--all", "--reason", "{}"),
        ("retry_onboardings", "--reason", "{}", "--source", "trigger"),
        ("retry_onboardings", "{sub}", "{}"),
        ("forget_person", "--yes", "{}"),
        ("forget_person", "--yes", "{sub}", "--username", "{}"),
        ("reset_second_factor", "{}"),
    ],
)
def test_an_empty_argument_is_refused_before_anything_is_done(
    deployed: Deployed, arguments: tuple[str, ...], empty: str
) -> None:
    [sub] = deployed.stuck(1)
    before = deployed.record(sub)
    filled = [each.format(empty, sub=sub) for each in arguments]
    with pytest.raises(CommandError, match="is empty: the shell variable that it comes from"):
        call_command(*filled)
    assert deployed.record(sub) == before
    count("commands with an empty argument")
