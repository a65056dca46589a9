"""What is taken out of a text, and what is not."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.maintenance.erasure.texts import ERASED, eraser_of_addresses, eraser_of_all
from tests.harness.counts import count

TEXTS = st.text(
    st.characters(exclude_characters=ERASED, exclude_categories=["C"]), min_size=1, max_size=12
).filter(str.strip)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Dismissed: Ann Ltd twice, ANN LTD.", "Dismissed: (erased) twice, (erased)."),
        ("joann@example.com", "jo(erased)"),
        ("Mülle\u0308r", "Mülle\u0308r"),
        ("Mu\u0308ller", "(erased)"),
        ("東京商店の試験", "(erased)の試験"),
        ("Al is not Also, al", "(erased) is not Also, (erased)"),
        ("(erased)", "(erased)"),
        ("", ""),
    ],
)
def test_what_is_about_the_person_loses_every_spelling(text: str, left: str) -> None:
    erase = eraser_of_all(["Ann Ltd", "ann@example.com", "Müller", "東京商店", "Al", "", " "])
    assert erase(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("as Ann@Example.com.", "as (erased)."),
        ("<ann@example.com>", "<(erased)>"),
        ("joann@example.com", "joann@example.com"),
        ("x.ann@example.com", "x.ann@example.com"),
        ("ann@example.com.au", "ann@example.com.au"),
        ("ann@example.community", "ann@example.community"),
        ("Ann Ltd", "Ann Ltd"),
    ],
)
def test_what_is_about_others_loses_only_the_whole_address(text: str, left: str) -> None:
    assert eraser_of_addresses(["ann@example.com"])(text) == left


@given(st.text(), st.text())
def test_nobodys_texts_change_nothing(text: str, other: str) -> None:
    assert eraser_of_all([])(text) == text
    assert eraser_of_addresses([])(other) == other


@given(TEXTS, TEXTS, st.sampled_from(["NFC", "NFD"]))
def test_a_name_of_any_spelling_is_taken_out_and_twice_is_once(
    name: str, other: str, form: str
) -> None:
    erase = eraser_of_all([name, other])
    spelled = normalize(form, name.strip())  # type: ignore[arg-type]
    left = erase(f"Dismissed: {spelled} \n {spelled.upper()} ")
    assert f" {spelled} " not in left
    assert erase(left) == left
    count("names taken out of texts")
