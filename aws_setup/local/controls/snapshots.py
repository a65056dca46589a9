"""Copies everything that an account holds, and puts it back.

ministack can save its state in files, but it leaves out what would not survive a restart. Here its
stores are copied whole: all that its modules keep by account, and the few that they keep in plain
containers. They are pickled together, so that a record that two stores share is still one record
afterwards.
"""

import pickle
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict
from ministack.services import cognito, sts

if TYPE_CHECKING:
    from aws_setup.local.cognito.codes import CodeMessage

SERVICES = "ministack.services."
# Sets and dictionaries: Cognito's tokens and sign-ins in progress, and the sessions of roles.
PLAIN = (
    (cognito, "_auth_codes"),
    (cognito, "_authorization_codes"),
    (cognito, "_refresh_tokens"),
    (cognito, "_revoked_tokens"),
    (cognito, "_pending_new_password"),
    (cognito, "_pending_user_auth"),
    (sts, "_sessions"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A copy of the account, with which it shares nothing that can change.

    stores: pickled. signing_keys: those of the user pools, by pool and use; they can't be pickled,
    and they never change. messages: the codes that were delivered.
    """

    stores: bytes
    signing_keys: Mapping[tuple[str, str], Any]
    messages: "tuple[CodeMessage, ...]"

    @classmethod
    def take(cls, messages: "tuple[CodeMessage, ...]") -> Self:
        """Copy the account as it is now."""
        scoped = {key: store.to_dict() for key, store in _scoped_stores()}
        plain = [getattr(module, name) for module, name in PLAIN]
        return cls(
            stores=pickle.dumps((scoped, plain)),
            signing_keys=dict(cognito._pool_keys),  # noqa: SLF001
            messages=messages,
        )

    def put_back(self) -> None:
        """Replace the account's content with the copy; its functions' processes must have ended."""
        scoped, plain = pickle.loads(self.stores)  # noqa: S301 - we pickled it ourselves
        for key, store in _scoped_stores():
            store.clear()
            if content := scoped.get(key):
                store.update(type(store).from_dict(content))
        for (module, name), content in zip(PLAIN, plain, strict=True):
            store = getattr(module, name)
            store.clear()
            store.update(content)
        cognito._pool_keys.update(self.signing_keys)  # noqa: SLF001


def _scoped_stores() -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield every store that is kept by account, with the names of its module and its variable."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith(SERVICES):
            for name in _names_of_stores(module_name, len(vars(module))):
                yield (module_name, name), getattr(module, name)


@cache
def _names_of_stores(module_name: str, _number: int) -> tuple[str, ...]:
    """Find a module's stores once, and again if it has another number of variables by then."""
    variables = list(vars(sys.modules[module_name]).items())
    kinds = AccountRegionScopedDict | AccountScopedDict
    return tuple(name for name, value in variables if isinstance(value, kinds))
