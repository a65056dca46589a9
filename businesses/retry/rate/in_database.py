"""The turns of a rate in the site's database, for all processes that use the same one.

The clock is the database's. Whoever takes a turn locks the row meanwhile; SQLite locks its file.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from django.db import Error, connection, models, transaction
from django.db.models.functions import Now

from businesses.concurrency.turns import Turns
from businesses.retry.rate.shared import StoreGone


class RetryTurns(models.Model):
    """The turns of one rate. turns_as_json: when the next one is due, and the times of the last."""

    key = models.CharField(max_length=200, primary_key=True)
    turns_as_json = models.TextField()

    class Meta:
        """Nobody sees or changes it by hand."""

        app_label = "businesses"
        default_permissions = ()

    def __str__(self) -> str:
        """Return the rate's key."""
        return self.key


class TurnsInDatabase:
    """Gives out the turns of one rate. Safe to share between threads.

    Each thread has a connection of its own, which `close` gives back. clock: seconds, monotonic.
    """

    def __init__(
        self, key: str, per_second: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._key, self._per_second, self._clock = key, per_second, clock

    def reserve(self) -> float:
        """Take the next turn; return when it comes. Raises StoreGone."""
        if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
            raise StoreGone("no file")  # which opening it would create
        try:
            with transaction.atomic():
                return self._reserve()
        except Error as error:
            connection.close()
            raise StoreGone(type(error).__name__) from error

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection.close()

    def _reserve(self) -> float:
        RetryTurns.objects.select_for_update().get_or_create(
            key=self._key, defaults={"turns_as_json": "[]"}
        )
        rows = RetryTurns.objects.filter(key=self._key)
        # In a statement of its own, as the time is that of its beginning, before which is the lock.
        text, at = rows.values_list("turns_as_json", Now()).get()
        read_at, now = self._clock(), at.timestamp()
        due, *times = json.loads(text) or [now]
        turns = Turns(due, tuple(times)).next(now, self._per_second)
        rows.update(turns_as_json=json.dumps([turns.due, *turns.times]))
        return float(read_at + turns.times[0] - now)
