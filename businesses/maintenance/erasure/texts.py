"""Takes a person's name and address out of texts. Nothing here does any I/O."""

import re
from collections.abc import Callable, Iterable
from typing import Literal
from unicodedata import normalize

ERASED = "(erased)"
SHORT = 4  # a shorter text is only taken out where it is a word of its own
FORMS: tuple[Literal["NFC", "NFKC"], ...] = ("NFC", "NFKC")

Eraser = Callable[[str], str]


def eraser_of_all(texts: Iterable[str]) -> Eraser:
    """Return what takes out these texts wherever they stand, in upper or lower case.

    For texts about the person, where rather too much is taken out than too little.
    """
    return _eraser(
        rf"(?<!\w){re.escape(text)}(?!\w)" if len(text) < SHORT else re.escape(text)
        for text in _spelled(texts)
    )


def eraser_of_addresses(addresses: Iterable[str]) -> Eraser:
    """Return what takes out these e-mail addresses, but not longer ones that contain them.

    For texts about others.
    """
    return _eraser(
        rf"(?<![\w.+%-]){re.escape(address)}(?![\w-]|\.\w)" for address in _spelled(addresses)
    )


def _spelled(texts: Iterable[str]) -> list[str]:
    """Return the texts as they may stand in NFC, longest first, so that none hides a longer one."""
    given = {text.strip() for text in texts}
    forms = {normalize(form, text) for text in given for form in FORMS}
    return sorted(filter(None, forms), key=lambda text: (-len(text), text))


def _eraser(patterns: Iterable[str]) -> Eraser:
    # What was taken out before stays as it is, even if the person is called "erased".
    found = re.compile("|".join([re.escape(ERASED), *patterns]), re.IGNORECASE)

    def erase(text: str) -> str:
        # A text may compose some letters and not others. What goes on unchanged stays as it is.
        before = rest = normalize("NFC", text)
        # What is left may hold a text as a word of its own only now.
        while (left := normalize("NFC", found.sub(ERASED, rest))) != rest:
            rest = left
        return text if rest == before else rest

    return erase
