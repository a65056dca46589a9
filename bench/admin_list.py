"""How long the admin's list takes at 1,000, 20,000 and 200,000 records: `make bench`.

This measures the whole page: from the request to the last byte of HTML, in one process, without a
browser. The records are in dynalite on this machine; Cognito is a stub that takes 25 ms a call.
For a "cold" page, the owners' groups must be fetched before it is sent, as for a browser without
scripts; a "warm" page has just been loaded before. `bench/list_in_browser.py` measures the others.
The site asks Cognito for at most 50 users a second, so a second passes before each cold page, as it
does when a person pages through the list. This measures the page, not the wait for that limit.

Exits with 1 if a page takes more than 1.2 times as long with the most records as with the fewest.
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.store import FIRST_WORDS, REGION, serve_tables

if TYPE_CHECKING:
    from django.test import Client

SIZES = (1_000, 20_000, 200_000)
PAGE = 50
LIST = "/admin/businesses/business/"
SEARCH = f"{LIST}?q={FIRST_WORDS[3].lower()}"
WAITING = {"wait": "1"}  # as a browser without scripts asks; the others read the groups later
ROUNDS = 9  # each through all sizes, so that other load on the machine affects all of them
SAMPLES = 3  # of each page in a round
PAUSE_SECONDS = 1.05
MOST = 1.2

Timings = dict[str, list[float]]


def main() -> int:
    """Print the table; return 1 if the list gets slower with the number of records."""
    with serve_tables(SIZES) as dynamodb, rest_of_aws() as (rest, _):
        set_up_django(dynamodb, rest)
        measured = _measure()
    _print_table(measured)
    return _judge(measured)


@contextmanager
def rest_of_aws() -> Iterator[tuple[str, Callable[[float], None]]]:
    """Start the stub; yield its address, and what sets how many seconds Cognito takes."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.cognito_stub"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def take(seconds: float) -> None:
            stdin.write(f"{seconds}\n")
            stdin.flush()
            stdout.readline()  # that it does so from now on

        yield stdout.readline().strip(), take
        stdin.close()


def set_up_django(dynamodb: str, rest_of_aws: str, database: str = "sqlite://:memory:") -> None:
    """Start the site in this process, with an in-memory database and one member of staff."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        DJANGO_SETTINGS_MODULE="onboarding_site.settings",
        SECRET_KEY="only-for-the-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
        DEBUG="false",
        SECURE_SSL_REDIRECT="false",
        DATABASE_URL=database,
        AWS_REGION=REGION,
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",
        AWS_ENDPOINT_URL=rest_of_aws,
        AWS_ENDPOINT_URL_DYNAMODB=dynamodb,
    )
    import django

    django.setup()

    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import override_settings
    from django.test.utils import setup_test_environment

    from onboarding_site.serving.static_files import storages

    setup_test_environment()
    logging.disable(logging.WARNING)  # of each request, and of each answer that Cognito owes
    # Nobody has run `collectstatic`.
    override_settings(STATIC_ROOT="", STORAGES=storages(debug=True)).enable()
    call_command("migrate", verbosity=0)
    User.objects.create_superuser("bench")


def _measure() -> dict[int, Timings]:
    from django.contrib.auth.models import User
    from django.test import Client

    browser = Client()
    browser.force_login(User.objects.get(username="bench"))
    measured: dict[int, Timings] = {size: {} for size in SIZES}
    for number in range(ROUNDS):
        for size in SIZES:
            with _site_over(size):
                pages = {"first page": LIST, "page 50": _address_of(50), "prefix search": SEARCH}
                _get(browser, LIST)  # creates the clients and reads the outputs beforehand
                for name, address in pages.items():
                    for _ in range(SAMPLES):
                        _time(browser, address, name, measured[size])
        print(f"\rMeasuring, round {number + 1} of {ROUNDS}", end="", flush=True)
    print()
    return measured


@contextmanager
def _site_over(size: int) -> Iterator[None]:
    """Let the site read the table of this size, with new clients and outputs."""
    from django.core.cache import cache
    from django.test import override_settings

    from businesses.backend import get_backend

    cache.clear()
    with override_settings(BACKEND_STACK_NAME=f"bench-{size}"):
        get_backend.cache_clear()
        try:
            yield
        finally:
            get_backend().close()


def _time(browser: "Client", address: str, name: str, timings: Timings) -> None:
    """Time one page twice: first with nothing cached about its owners, then again at once."""
    from django.core.cache import cache

    cache.clear()
    time.sleep(PAUSE_SECONDS)
    for temperature in ("cold", "warm"):
        began = time.perf_counter()
        text = _get(browser, address)
        timings.setdefault(f"{name}, {temperature}", []).append(time.perf_counter() - began)
    if address.startswith(f"{LIST}?p=") and 'rel="prev"' not in text:
        sys.exit(f"{address} is the first page; `_address_of` must follow the list's cursors.")


def _address_of(page: int) -> str:
    """Return the address of a page of the whole list, or of the last page if there are fewer."""
    from businesses.backend import get_backend
    from businesses.queries.business_plan import EVERYTHING
    from businesses.queries.paging import FIRST
    from businesses.queries.sealed_cursors import seal

    cursor = FIRST
    for _ in range(page - 1):
        read = get_backend().business_page(EVERYTHING, cursor, PAGE)
        if read.next is None:
            break
        cursor = read.next
    return f"{LIST}?{urlencode({'p': seal(cursor, repr(('', [], '')))})}"


def _get(browser: "Client", address: str) -> str:
    response = browser.get(f"{address}{'&' if '?' in address else '?'}{urlencode(WAITING)}")
    text: str = response.content.decode()
    if response.status_code != 200 or text.count('class="field-title"') != PAGE:  # noqa: PLR2004
        sys.exit(f"{address} answered {response.status_code} or did not show {PAGE} businesses.")
    return text


def _print_table(measured: dict[int, Timings]) -> None:
    names = ("first page", "page 50", "prefix search")
    print(f"Medians of {ROUNDS * SAMPLES}, in ms, cold / warm, {os.cpu_count()} cores\n")
    print("| Records | " + " | ".join(name.capitalize() for name in names) + " |")
    print("|---|" + "---|" * len(names))
    for size, timings in measured.items():
        cells = [
            f"{_milliseconds(timings[f'{name}, cold'])} / {_milliseconds(timings[f'{name}, warm'])}"
            for name in names
        ]
        print(f"| {size:,} | " + " | ".join(cells) + " |")
    print(f"\nAt {SIZES[0]:,} records, page 50 stands for the last page, {SIZES[0] // PAGE}.")


def _judge(measured: dict[int, Timings]) -> int:
    fewest, most = measured[SIZES[0]], measured[SIZES[-1]]
    factors = {name: median(most[name]) / median(fewest[name]) for name in fewest}
    for name, factor in factors.items():
        print(f"{name}: {SIZES[-1]:,} records take {factor:.2f} times as long as {SIZES[0]:,}")
    return int(any(factor > MOST for factor in factors.values()))


def _milliseconds(timings: list[float]) -> str:
    return f"{median(timings) * 1000:.0f}"


if __name__ == "__main__":
    sys.exit(main())
