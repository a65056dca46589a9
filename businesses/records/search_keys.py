"""Search keys: what is compared when somebody searches by name or by e-mail address.

resolvers/makeSearchKeys.js has the same rules in JavaScript, for what the API writes. Change both
together; a test compares them.
"""

import re
import unicodedata

KEY_LENGTH = 256  # UTF-16 units; at most 768 of the 1,024 bytes that a sort key may have

# Unicode's Default_Ignorable_Code_Point, but for what only Hangul, Khmer, shorthand and musical
# notation have.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# White space that NFKC does not turn into a space.
_SPACE = re.compile("[\t-\r\u0085\u1680\u2028\u2029]")
# Where Unicode has got letters and marks since version 14.0, the oldest of a supported Python.
_NEW_LETTER = re.compile(
    "[\u0897\u1acf-\u1aff\u1c89\u1c8a\ua7cb-\ua7f1\U00010000-\U0001d3ff\U0001d800-\U0001efff]"
)


def search_key(text: str) -> str:
    """Return what a text is compared by: what people see, in whatever way it was typed.

    This is Unicode's NFKC_Casefold as nearly as Python and AppSync's JavaScript can both compute
    it: neither composition, width, ligatures, case nor invisible characters count, and accents do.
    Beyond that, white space is one space, and i is found with and without its dot in either case.
    A word with a character that the two sides may know differently is compared as it was typed: of
    a script that Unicode got after version 14.0, or of nearly any beyond U+FFFF but for Chinese
    characters, emoji and mathematical letters. So is a text of which nothing can be seen.

    The key of a text's beginning is the beginning of the text's key, unless the text goes on with a
    mark or a letter that is written as one with its last letter. At most KEY_LENGTH UTF-16 units.
    https://www.unicode.org/reports/tr44/#NFKC_Casefold
    """
    words = _SPACE.sub(" ", _INVISIBLE.sub("", text)).split(" ")
    folded = " ".join(word if _NEW_LETTER.search(word) else _fold(word) for word in words)
    key = " ".join(word for word in folded.split(" ") if word)
    return _cut(key or text)


def is_cut(text: str) -> bool:
    """Return whether the key may end before the text does, so that longer texts share it."""
    return len(search_key(text).encode("utf-16-le", "surrogatepass")) // 2 >= KEY_LENGTH - 1


def _fold(word: str) -> str:
    """Fold the case. JavaScript has no case folding, but up and down again comes to the same."""
    word = unicodedata.normalize("NFKC", word).lower().upper().lower()
    # The lower case of a sigma depends on where it stands, and that of İ keeps the dot as a mark.
    word = word.replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")
    return unicodedata.normalize("NFKC", word.replace("i\N{COMBINING DOT ABOVE}", "i"))


def _cut(key: str) -> str:
    """Cut a key to its length, without half a character at the end."""
    units = key.encode("utf-16-le", "surrogatepass")
    return units[: 2 * KEY_LENGTH].decode("utf-16-le", "ignore")
