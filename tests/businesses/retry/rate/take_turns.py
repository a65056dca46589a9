"""Takes turns of the site's rate in a process of its own, and prints when its calls would begin.

    python -m tests.businesses.retry.rate.take_turns SECONDS

It prints "ready", waits for a line, takes turns for so many seconds, and prints the times as JSON:
seconds since the epoch.
"""

import asyncio
import json
import os
import sys
import threading
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "onboarding_site.settings"
django.setup()

from businesses.concurrency.turn_waits import turn_waits  # noqa: E402
from businesses.retry.rate.of_site import site_rate  # noqa: E402


async def taken(seconds: float) -> list[float]:
    """Take turns for so long; return when a call might begin."""

    async def is_wanted() -> bool:
        return True

    times, rate = list[float](), site_rate()
    async with turn_waits(rate, threading.Event()) as waits:
        end = time.time() + seconds
        while time.time() < end:
            await waits.wait(is_wanted)
            times.append(time.time())
    return times


def main() -> None:
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(json.dumps(asyncio.run(taken(float(sys.argv[1])))))  # noqa: T201


if __name__ == "__main__":
    main()
