import asyncio
import threading

from businesses.concurrency.growing_limit import GrowingLimit


def most_at_once(calls: int, limit: GrowingLimit, *, together: int) -> int:
    """Return how many of these calls were under way at a time; they wait for so many."""
    lock, waiting, most = threading.Condition(), 0, 0

    def work() -> None:
        nonlocal waiting, most
        with lock:
            waiting += 1
            most = max(most, waiting)
            lock.notify_all()
            lock.wait_for(lambda: most >= together, timeout=0.2)
            waiting -= 1

    async def main() -> None:
        await asyncio.gather(*(limit.call(work) for _ in range(calls)))

    asyncio.run(main())
    return most


def test_no_more_are_under_way_while_they_are_quick() -> None:
    limit = GrowingLimit(2, most=4, slow_seconds=60)
    assert most_at_once(8, limit, together=2) == 2


def test_slow_ones_let_more_be_under_way_up_to_the_most() -> None:
    limit = GrowingLimit(1, most=4, slow_seconds=0)
    assert most_at_once(24, limit, together=5) == 4
