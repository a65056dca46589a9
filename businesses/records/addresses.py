"""E-mail addresses are typed in several ways, and services compare them in one."""

from typing import Literal
from unicodedata import normalize

_FORMS: tuple[Literal["NFC", "NFD", "NFKC"], ...] = ("NFC", "NFD", "NFKC")


def spellings(address: str) -> tuple[str, ...]:
    """Return the ways in which an address may be stored: as typed first, each of them once.

    They differ in how letters with marks are composed, in the width of letters, and in lower case.
    An address in ASCII has two at the most.
    """
    forms = [address, *(normalize(form, address) for form in _FORMS)]
    return tuple(
        dict.fromkeys(
            [
                *forms,
                *(normalize("NFC", each.lower()) for each in forms),
                *(normalize("NFD", each.lower()) for each in forms),
            ]
        )
    )


def folded(address: str) -> str:
    """Return what an address is compared by: neither case, composition nor width counts."""
    return normalize("NFKC", normalize("NFKC", address).casefold())
