"""Addresses are one however they are typed, and the spellings contain what is likely stored."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from businesses.records.addresses import folded, spellings
from tests.harness.counts import count

LETTERS = st.text(
    "aZ\u00e9\u00c5\u0323\u0301\u1e9b\u0130\u00df\uff21\u03a3\u1100\u1161.+", max_size=12
)
addresses = LETTERS.map(lambda local: f"{local}@example.com")


@given(address=addresses, form=st.sampled_from(["NFC", "NFD"]))
def test_the_other_composition_and_small_letters_are_asked_for(address: str, form: str) -> None:
    count("spellings of addresses")
    stored = unicodedata.normalize("NFC" if form == "NFD" else "NFD", address)
    typed = unicodedata.normalize("NFC" if form == "NFC" else "NFD", address)
    assert stored in spellings(typed)
    assert typed == spellings(typed)[0]
    assert unicodedata.normalize("NFC", typed.lower()) in spellings(typed)
    assert len(set(spellings(typed))) == len(spellings(typed))


@given(address=addresses)
def test_all_spellings_are_one_address(address: str) -> None:
    forms = {*spellings(address), address.upper(), unicodedata.normalize("NFKD", address)}
    assert len({folded(unicodedata.normalize("NFC", each)) for each in forms}) == 1


def test_an_address_in_ascii_has_two_spellings_at_most() -> None:
    assert spellings("Ann@Example.com") == ("Ann@Example.com", "ann@example.com")
    assert spellings("ann@example.com") == ("ann@example.com",)


def test_accents_and_dots_are_a_part_of_the_address() -> None:
    assert folded("zoë@example.com") != folded("zoe@example.com")
    assert folded("a.b@example.com") != folded("ab@example.com")
