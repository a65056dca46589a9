"""How long the search over everything takes among 10,000 businesses: `python -m bench.search`.

This measures in one process, without a browser. The records are in dynalite on this machine, and
Cognito is a stub that takes 25 ms a call. Whoever searches may see businesses and no onboardings.
Each search is compared with the first page of the list over the same table, which makes one Query.
"""

import sys
import time
from statistics import median
from typing import TYPE_CHECKING

from bench.admin_list import LIST, rest_of_aws, set_up_django
from bench.store import FIRST_WORDS, SECOND_WORDS, serve_tables

if TYPE_CHECKING:
    from django.test import Client

SIZE, ROUNDS = 10_000, 15
SEARCH = "/admin/businesses/search/?q="
TERMS = {
    "the beginning of a name": FIRST_WORDS[3].lower(),
    "a word inside names": SECOND_WORDS[3].lower(),
    "a name that nobody has": "zzz",
}


def main() -> int:
    """Print the ratios."""
    with serve_tables((SIZE,)) as dynamodb, rest_of_aws() as (rest, _):
        set_up_django(dynamodb, rest)
        measured = _measure()
    whole = median(measured[LIST])
    print(f"Medians of {ROUNDS}, as multiples of the first page of the list\n")
    print("| Search for | Times |\n|---|---|")
    for name, term in TERMS.items():
        print(f"| {name} | {median(measured[SEARCH + term]) / whole:.1f} |")
    return 0


def _measure() -> dict[str, list[float]]:
    from django.contrib.auth.models import Permission, User
    from django.test import Client, override_settings

    from businesses.backend import get_backend

    searcher = User.objects.create_user("searcher", is_staff=True)
    searcher.user_permissions.add(Permission.objects.get(codename="view_business"))
    browser = Client()
    browser.force_login(searcher)
    addresses = [LIST, *(SEARCH + term for term in TERMS.values())]
    measured: dict[str, list[float]] = {address: [] for address in addresses}
    with override_settings(BACKEND_STACK_NAME=f"bench-{SIZE}"):
        get_backend.cache_clear()
        for number in range(ROUNDS + 1):
            for address in addresses:
                seconds = _time(browser, address)
                if number:  # the first creates the clients and reads the outputs
                    measured[address].append(seconds)
        get_backend().close()
    return measured


def _time(browser: "Client", address: str) -> float:
    began = time.perf_counter()
    response = browser.get(address)
    seconds = time.perf_counter() - began
    text = response.content.decode()
    is_whole = (
        address == LIST or f"{SIZE:,} businesses" in text or "More match than are shown" in text
    )
    if response.status_code != 200 or "Details" in text or not is_whole:  # noqa: PLR2004
        sys.exit(f"{address} answered {response.status_code}, or could not search everywhere.")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
