"""Slow work of the embedded AWS that is done only once in each process that runs tests.

ministack parses an expression again for each item, and the caller's policies for each call, whose
action it compares with each one that they name. It parses a stack's template again with each change
set, a quarter of its time in a deployment. It also makes two RSA keys for each user pool whose
tokens are asked for.
"""

import functools
import itertools
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.harness.once_a_process import replace

MOST_KEYS = 16  # more than one account has in a test, so that no two of its pools share one


def install() -> None:
    """Make the embedded AWS share what it has parsed; it must be running, as that imports it."""
    from ministack.core import iam_evaluator
    from ministack.services import cognito, dynamodb
    from ministack.services.cloudformation import engine

    replace(engine._parse_template, _own_copies(engine._parse_template))
    parse = iam_evaluator.parse_policy_document
    parsed = _once(parse)
    iam_evaluator.parse_policy_document = lambda document: (
        parsed(document) if isinstance(document, str) else parse(document)
    )
    iam_evaluator._action_matches = _matching_once(iam_evaluator._action_matches)
    dynamodb._tokenize = _once(dynamodb._tokenize)
    dynamodb._condition_syntax_error = functools.lru_cache(1000)(dynamodb._condition_syntax_error)
    cognito.rsa = SimpleNamespace(generate_private_key=_one_of(MOST_KEYS, cognito.rsa))
    # They need not outlive the process, for which ministack writes them to the disk.
    cognito._persist_or_load_rsa_key_best_effort = lambda key, _path: key


def _own_copies(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Parse each text once; return a template that is the caller's own."""
    parsed = functools.lru_cache(100)(lambda text: pickle.dumps(parse(text)))

    @functools.wraps(parse)  # whose name it is found by
    def own_copy(text: str) -> Any:
        return pickle.loads(parsed(text))

    return own_copy


def _matching_once(matches: Callable[[str, list[str], list[str]], bool]) -> Callable[..., bool]:
    """Compare an action with the two lists of a statement once."""
    known = functools.lru_cache(50_000)(
        lambda action, named, excepted: matches(action, [*named], [*excepted])
    )
    return lambda action, named, excepted: known(action, tuple(named), tuple(excepted))


def _one_of(number: int, rsa: Any) -> Callable[..., Any]:
    """Return a function that makes so many keys, and then hands them out in turn."""
    keys: list[Any] = []
    turns = itertools.count()

    def generate_private_key(**given: Any) -> Any:
        turn = next(turns) % number
        if turn == len(keys):
            keys.append(rsa.generate_private_key(**given))
        return keys[turn]

    return generate_private_key


def _once(parse: Callable[[str], list[Any]]) -> Callable[[str], list[Any]]:
    """Parse each text once; return the parts in a list that is the caller's own."""
    parsed = functools.lru_cache(1000)(parse)
    return lambda text: [*parsed(text)]
