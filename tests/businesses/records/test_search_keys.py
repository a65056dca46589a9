"""A search finds what people see, however it was typed."""

import unicodedata
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from businesses.records.search_keys import KEY_LENGTH, search_key
from tests.harness.counts import count
from tests.harness.examples import examples

UNASSIGNED = {"Cn", "Co", "Cs"}
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
WITH_IOTA = "\u0345"  # below a vowel; its capital is a letter, which a mark may follow


@cache
def every() -> list[str]:
    """Return every character that is assigned."""
    characters = map(chr, range(0x110000))
    return [each for each in characters if unicodedata.category(each) not in UNASSIGNED]


@cache
def typed() -> set[str]:
    """Return the characters whose words are compared as typed, as search_key's docstring says."""
    return {each for each in every() if f"A{each}" in search_key(f"A{each}")}


LETTERS = st.one_of(
    st.sampled_from("aAiIıİßẞςΣſKåfﬁÖ½Ａ가각한¨"),
    st.sampled_from("\u0301\u0307\u0308\u0323\u0327\u1100\u1161\u11a8"),
    st.characters(codec="utf-8", exclude_categories=["Cn"]),
)
WORDS = st.text(LETTERS, min_size=1, max_size=8).filter(
    lambda word: not typed() & set(word) and WITH_IOTA not in unicodedata.normalize("NFD", word)
)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


def normalized(form: str) -> Callable[[str], str]:
    return lambda text: unicodedata.normalize(form, text)  # type: ignore[arg-type]


SPELLINGS: dict[str, Callable[[str], str]] = {
    "NFC": normalized("NFC"),
    "NFD": normalized("NFD"),
    "NFKC": normalized("NFKC"),
    "NFKD": normalized("NFKD"),
    "upper case": lambda text: normalized("NFC")(text).upper(),
    "lower case": lambda text: normalized("NFC")(text).lower(),
    "folded": lambda text: normalized("NFC")(text).casefold(),
    "dotless": lambda text: text.replace("i\u0307", "i").replace("i", "ı"),
    "full width": lambda text: text.translate(FULL_WIDTH).replace(" ", "\u3000"),
    "more space": lambda text: f" {text} ".replace(" ", "\u00a0\t \n"),
    "unseen": lambda text: "\u200b".join(f"\ufeff{text}\u00ad"),
}


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Mu\u0308ller", "Müller"),
        ("Köhler", "Ko\u0308hler"),
        ("ΚΩΣΤΑΣ", "ΚΩΣ"),
        ("κώστας", "ΚΏΣΤΑΣ"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("DIYARBAKIR", "dıyarbakır"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "straße"),
        ("Ｃａｆé", "cafe\u0301"),
        ("ﬁne wine", "fin"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("\ufeffAcme\u00ad Ltd", "acme ltd"),
        ("Acme\u00a0\u00a0Ltd", "acme ltd"),
        ("\u845b\U000e0100飾", "葛飾"),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
        ("Temperature 3 \u212a", "temperature 3 k"),
        ("x" * 300, "X" * 300),
    ],
)
def test_a_name_is_found_by_what_people_see(stored: str, typed: str) -> None:
    assert search_key(stored).startswith(search_key(typed))


@pytest.mark.parametrize(
    ("stored", "typed"),
    [("Müller", "Muller"), ("Muller", "Müller"), ("Łódź", "Lodz"), ("Čapek", "Capek")],
)
def test_an_accent_counts(stored: str, typed: str) -> None:
    assert not search_key(stored).startswith(search_key(typed))


@settings(max_examples=examples(500), deadline=None)
@given(NAMES, st.sampled_from(sorted(SPELLINGS)))
def test_every_spelling_of_a_name_has_the_same_key(name: str, spelling: str) -> None:
    assume(search_key(name) != name)
    assert search_key(SPELLINGS[spelling](name)) == search_key(name)
    count("spellings of names that have the same key")


@settings(max_examples=examples(500), deadline=None)
@given(NAMES, st.data())
def test_the_beginning_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    name = unicodedata.normalize("NFKC", name)
    ends = [end for end, following in enumerate(name[1:], 1) if not goes_on_with(following)]
    end = data.draw(st.sampled_from([*ends, len(name)]))
    assume(search_key(f"A{name[:end]}") != "a")  # or else nothing of it can be seen
    assert search_key(name).startswith(search_key(name[:end]))
    count("beginnings of names that find them")


def goes_on_with(character: str) -> bool:
    """Return whether this character may be written as one with the one before it."""
    is_jamo = 0x1160 <= ord(character) <= 0x11FF
    return unicodedata.category(character).startswith("M") or is_jamo


def test_a_key_is_unicodes_own_but_for_what_is_named() -> None:
    """Capitals stand for Cherokee in Unicode's, and i without a dot is another letter there."""
    others = [each for each in every() if each not in typed() and each not in "İı𝚤"]
    seen = [each for each in others if search_key(f"A{each}") != "a" and not each.isspace()]
    for character in seen:
        assert search_key(f"A{character}") == nfkc_casefold(f"A{character}").lower()
    count("characters with the key that Unicode gives them", len(seen))


def nfkc_casefold(text: str) -> str:
    """https://www.unicode.org/reports/tr44/#NFKC_Casefold, without what it ignores."""
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", text)


def test_what_is_compared_as_it_was_typed_is_rare() -> None:
    assert sum(ord(each) < 0x10000 for each in typed()) < 30
    assert search_key("Acme \U00010d50 Ltd") == "acme \U00010d50 ltd"
    assert search_key("Cake🎂 𝐂𝐚𝐤𝐞") == "cake🎂 cake"


@given(st.text(max_size=300), st.integers(0, 300))
def test_a_key_fits_into_an_index_and_can_be_stored(text: str, more: int) -> None:
    key = search_key(text + "😀" * more)
    assert len(key.encode("utf-16-le")) <= 2 * KEY_LENGTH
    assert len(key.encode()) <= 1024
    assert key or not text + "😀" * more


def test_a_text_of_which_nothing_is_seen_is_found_as_it_was_typed() -> None:
    assert search_key("\u200b") == "\u200b"
    assert search_key("  ") == "  "
    assert search_key("") == ""


@pytest.mark.parametrize("name", ["a" * 254 + "😀", "a" + "😀" * 128, "😀" * 129])
def test_a_key_ends_with_a_whole_character(name: str) -> None:
    key = search_key(name)
    assert len(key.encode("utf-16-le")) // 2 in {KEY_LENGTH - 1, KEY_LENGTH}
    assert name.startswith(key)
