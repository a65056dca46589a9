"""The turns of a rate in Redis or Valkey, for all processes that use the same server.

The clock is the server's. A script on the server is atomic, so no two processes get the same turn.
https://redis.io/docs/latest/develop/programmability/eval-intro/
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import redis
from redis.exceptions import RedisError

from businesses.concurrency.turns import (
    CAUGHT_UP,
    LONGEST_QUEUE,
    MOST_PER_SECOND,
    SLACK_SECONDS,
)
from businesses.retry.rate.shared import StoreGone

# `Turns.next`, on a text with the time when the next turn is due, and then those of the last ones.
# Where no turn is known, the server may have forgotten some, so the first one comes a second later.
NEXT = f"""
local clock = redis.call('TIME')
local now, per_second = clock[1] + clock[2] / 1000000, tonumber(ARGV[1])
local allowed = math.max(1, math.floor(per_second))
local lap = allowed / per_second + {SLACK_SECONDS}
local space = lap / allowed
local due, times = now + lap, {{}}
local kept = redis.call('GET', KEYS[1])
if kept then
    for number in string.gmatch(kept, '%S+') do times[#times + 1] = tonumber(number) end
    due = table.remove(times, 1)
end
if due - now > {LONGEST_QUEUE} * lap then due, times = now + lap, {{}} end
due = math.max(due, now - {CAUGHT_UP} * space)
if #times >= allowed then due = math.max(due, times[allowed] + lap) end
table.insert(times, 1, math.max(due, now))
times[{MOST_PER_SECOND} + 1] = nil
local text = string.format('%.6f', due + space)
for _, each in ipairs(times) do text = text .. string.format(' %.6f', each) end
redis.call('SET', KEYS[1], text)
return string.format('%.6f', times[1] - now)
"""


class TurnsInRedis:
    """Gives out the turns of one rate. Safe to share between threads.

    options: of the connection. key: of the rate. clock: seconds, monotonic.
    """

    def __init__(
        self,
        url: str,
        options: Mapping[str, Any],
        key: str,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key, self._per_second, self._clock = key, per_second, clock
        self._next = redis.Redis.from_url(url, **options).register_script(NEXT)

    def reserve(self) -> float:
        """Take the next turn; return when it comes. Raises StoreGone."""
        try:
            seconds = float(self._next([self._key], [self._per_second]))
        except (RedisError, OSError) as error:
            raise StoreGone(type(error).__name__) from error
        return self._clock() + seconds

    def close(self) -> None:
        """Do nothing, as connections are shared between threads."""
