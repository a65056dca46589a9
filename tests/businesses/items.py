"""Hypothesis strategies for the items that DynamoDB stores, and for what it never would."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Item = dict[str, Any]

DIGITS = 38
LEVELS = 31  # of lists and maps around a value, so that the value is at DynamoDB's 32nd level
ODD_TIMES = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-12:00",
    "10000-01-01T00:00:00Z",
    "+12026-11-01T10:00:00Z",
    "2026-11-01",
    "20261101T100000Z",
    "2026-W44-7",
    "2026-11-01T10:00:00,5+01:00",
    "2026-11-01 10:00",
    "yesterday",
    " ",
)
ODD_IDS = (
    "a\nb",
    "a/b",
    "/",
    "a_2Fb",
    "_2F",
    '"',
    "'",
    "<b>",
    "a\r\nb",
    "\x00",
    "\x1b[2J",
    "..",
    "%2F",
)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Return a number of at most 38 digits between 1E-130 and 9.9E+125, or 0."""
    digits = draw(st.text("0123456789", min_size=1, max_size=DIGITS)).lstrip("0")
    if not digits:
        return draw(st.sampled_from(["0", "-0", "0.00", "0E5"]))
    exponent = draw(st.integers(-130, 125)) - (len(digits) - 1)
    return f"{draw(st.sampled_from(['', '-', '+']))}{digits}E{exponent}"


texts = st.text(max_size=30) | st.sampled_from([*ODD_TIMES, *ODD_IDS])
scalars = st.one_of(
    st.builds(lambda held: {"S": held}, texts),
    st.builds(lambda held: {"N": held}, numbers()),
    st.builds(lambda held: {"B": held}, st.binary(max_size=20)),
    st.builds(lambda held: {"BOOL": held}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda held: {"SS": held}, st.lists(texts, min_size=1, max_size=4, unique=True)),
    st.builds(
        lambda held: {"NS": held}, st.lists(numbers(), min_size=1, max_size=4, unique_by=Decimal)
    ),
    st.builds(
        lambda held: {"BS": held}, st.lists(st.binary(), min_size=1, max_size=4, unique=True)
    ),
)
names = st.text(min_size=1, max_size=12)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.builds(lambda held: {"L": held}, st.lists(inner, max_size=3))
    return lists | st.builds(lambda held: {"M": held}, st.dictionaries(names, inner, max_size=3))


def _deep(value: Any, kinds: list[bool]) -> Any:
    for is_list in kinds:
        value = {"L": [value]} if is_list else {"M": {"deeper": value}}
    return value


# Any value that an attribute can have. The second kind reaches the deepest level.
values = st.recursive(scalars, _nested, max_leaves=6) | st.builds(
    _deep, scalars, st.lists(st.booleans(), max_size=LEVELS)
)
# What only a broken answer holds.
malformed = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(),
    st.dictionaries(st.sampled_from(["S", "N", "L", "M", "SS", "X"]), st.none() | st.integers()),
    st.lists(st.none(), max_size=2),
)


@st.composite
def items(
    draw: st.DrawFn,
    usual: Mapping[str, Any],
    *,
    keys: Collection[str] = (),
    fixed: Collection[str] = (),
    values: st.SearchStrategy[Any] = values,
) -> Item:
    """Return an item in which any attribute is as usual, absent or anything at all.

    keys: those of an index, which are only absent or another text, as DynamoDB demands. fixed: what
    stays as usual.
    """
    item = dict(usual)
    free = sorted(usual.keys() - set(fixed))
    for name in draw(st.lists(st.sampled_from(free), unique=True, max_size=6)):
        text = st.builds(lambda held: {"S": held}, texts.filter(bool))
        odd = draw(st.none() | (text if name in keys else values))
        if odd is None:
            del item[name]
        else:
            item[name] = odd
    others = names.filter(lambda name: name not in usual)
    return {**item, **draw(st.dictionaries(others, values, max_size=3))}
