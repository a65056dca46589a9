"""Arguments that are empty, as of a shell variable that is not set, or no text do nothing."""

from typing import Literal
from unicodedata import normalize

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.businesses.deployed import Deployed
from tests.harness.counts import count

FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(
            (empty, "is empty: the shell variable that it comes from")
            for empty in ("", " ", "\t\n")
        ),
        # What Python makes of another encoding than the terminal's.
        *((other, "is no text in UTF-8") for other in ("\udcff", "m\udcfcller@example.com")),
    ],
)
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
def test_an_argument_that_is_no_text_is_refused_before_anything_is_done(
    deployed: Deployed, arguments: tuple[str, ...], text: str, said: str
) -> None:
    [sub] = deployed.stuck(1)
    before = deployed.record(sub)
    filled = [each.format(text, sub=sub) for each in arguments]
    with pytest.raises(CommandError, match=said):
        call_command(*filled)
    assert deployed.record(sub) == before
    count("commands with an argument that is no text")


def test_an_account_is_found_in_whatever_way_its_name_is_composed(db: None) -> None:
    User.objects.create_user(normalize("NFC", "zoë"))
    for form in FORMS:
        with pytest.raises(CommandError, match="This account has no second factor"):
            call_command("reset_second_factor", normalize(form, "zoë"))
