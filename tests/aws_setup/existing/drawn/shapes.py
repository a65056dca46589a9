"""Hypothesis strategies for the shapes of botocore's models.

A newer botocore brings new members, which are drawn as well.
"""

import re
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

_SESSION = botocore.session.get_session()
# Texts that one or another pattern of the models takes.
TEXTS = (
    "arn:aws:lambda:eu-central-1:123456789012:function:other",
    "eu-central-1",
    "Your code: {####}",
    "{##Confirm here##}",
    "reply@example.com",
    "other",
    "Another one",
    "7",
    "level-1",
)
MOST_ITEMS = 3

Chosen = Mapping[str, SearchStrategy[Any]]


def input_of(service: str, operation: str) -> StructureShape:
    """Return the shape of an operation's input."""
    shape = _SESSION.get_service_model(service).operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


def values(shape: Shape, chosen: Chosen, path: str = "") -> SearchStrategy[Any]:
    """Return a strategy for values that the shape allows.

    chosen: strategies for some of the members, by their paths, as in `Policies.SignInPolicy`; an
    item of a list has the path of the list, followed by `[]`.
    """
    if path in chosen:
        return chosen[path]
    if isinstance(shape, StructureShape):
        return _structures(shape, chosen, path)
    if isinstance(shape, ListShape):
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", MOST_ITEMS)
        items = values(shape.member, chosen, f"{path}[]")
        is_text = shape.member.type_name == "string"
        return st.lists(items, min_size=least, max_size=min(most, MOST_ITEMS), unique=is_text)
    if isinstance(shape, MapShape):
        keys = values(shape.key, chosen, f"{path}.key")
        return st.dictionaries(keys, values(shape.value, chosen, f"{path}.value"), max_size=2)
    return _scalars(shape)


def _structures(shape: StructureShape, chosen: Chosen, path: str) -> SearchStrategy[Any]:
    members = {
        name: values(member, chosen, f"{path}.{name}".lstrip("."))
        for name, member in shape.members.items()
    }
    required = {name: each for name, each in members.items() if name in shape.required_members}
    optional = {name: each for name, each in members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _scalars(shape: Shape) -> SearchStrategy[Any]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if choices := shape.metadata.get("enum"):
        return st.sampled_from(choices)
    if shape.type_name in {"integer", "long"}:
        return st.integers(least, most if most is not None else least + 100)
    if shape.type_name == "boolean":
        return st.booleans()
    fitting = [text for text in TEXTS if least <= len(text) <= (most or 2048)]
    return st.sampled_from(fitting).filter(lambda text: _matches(text, shape))


def _matches(text: str, shape: Shape) -> bool:
    # Any letter, mark, symbol, number or punctuation, which `re` has no name for.
    pattern = shape.metadata.get("pattern", ".*").replace(r"\p{L}\p{M}\p{S}\p{N}\p{P}", r"\w\W")
    return re.fullmatch(pattern, text) is not None
