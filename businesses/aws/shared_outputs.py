"""The outputs of the stack in Django's cache, so that all processes use the same table and pool.

They are signed, as whoever can write to the cache could otherwise lead the site to another API.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.core import signing
from django.core.cache import BaseCache

from businesses.typed_cache import TypedCache

KEY, SALT = "businesses:outputs", "businesses.outputs"


class SharedOutputs:
    """The outputs that one of the processes has read. cache: that of the site."""

    def __init__(self, cache: BaseCache) -> None:
        self._texts = TypedCache(str, cache)

    def get(self, most_seconds: int) -> Mapping[str, str]:
        """Return the outputs unless they are older than that; {} if there are none."""
        text = self._texts.get(KEY)
        try:
            most = timedelta(seconds=most_seconds)
            return signing.loads(text, salt=SALT, max_age=most) if text else {}
        except signing.BadSignature:
            return {}

    def set(self, outputs: Mapping[str, str], seconds: float) -> None:
        """Let others use the outputs for so long."""
        self._texts.set(KEY, signing.dumps(dict(outputs), salt=SALT), seconds)
