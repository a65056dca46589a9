"""How many calls to AWS each page of the site makes, cold and warm: `python -m bench.page_calls`.

The real stack is deployed into the embedded AWS, which counts the calls. Cold is the first page of
a new process with an empty cache; warm is the same page again. For "after an action", one more
person is retried in between, as staff do.

Exits with 1 if the front page makes more than MOST_WARM calls once it is warm, or after an action.
"""

import logging
import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.test import Client

    from tests.businesses.deployed import Deployed

PEOPLE = 5  # stuck, and as many who were onboarded
MOST_WARM = 3
FRONT = "/admin/"
BUSINESSES, STUCK, PERSON = (
    f"{FRONT}businesses/{each}/" for each in ("business", "onboarding", "person")
)


def main() -> int:
    """Print the table; return 1 if the front page asks too much."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.test.utils import setup_test_environment

    from aws_setup.local.server import LocalAws
    from tests.deployment import deploy

    setup_test_environment()
    logging.disable(logging.INFO)  # or a line for each request would stand between the figures
    with LocalAws() as aws:
        deploy(aws)
        os.environ |= aws.environment("eu-central-1")
        return _measure(aws)


def _measure(aws: Any) -> int:
    from businesses.queries.onboarding_plan import Choice
    from tests.businesses.deployed import Deployed

    deployed = Deployed(aws)
    onboarded = [deployed.sign_up() for _ in range(PEOPLE)]
    with deployed.without_group():
        stuck = [deployed.sign_up() for _ in range(PEOPLE)]
    count = deployed.table.count_of(Choice())
    browser = _logged_in()
    pages = {
        # First, since it asks about each who is stuck, and the retries in between make them fewer.
        f"retry of all, of whom {count} are stuck": f"{STUCK}retry/?all=1",
        "front page": FRONT,
        "businesses": BUSINESSES,
        "stuck onboardings": STUCK,
        "a business": f"{BUSINESSES}{onboarded[0]}/change/",
        "a stuck onboarding": f"{STUCK}{stuck[0]}/change/",
        "a person": f"{PERSON}{stuck[0]}/",
        "search for a name": f"{FRONT}businesses/search/?q=person",
    }
    print("| Page | Cold | Warm | After an action | Calls of a warm page |\n|---|---|---|---|---|")
    most = 0
    for (name, address), sub in zip(pages.items(), [*stuck[1:], *onboarded], strict=False):
        cold, warm, after = _calls_of(deployed, browser, address, sub)
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(warm.items()))
        print(f"| {name} | {cold.total()} | {warm.total()} | {after.total()} | {kinds or '-'} |")
        if address == FRONT:
            most = max(warm.total(), after.total())
    return int(most > MOST_WARM)


def _calls_of(
    deployed: "Deployed", browser: "Client", address: str, sub: str
) -> tuple["Counter[str]", "Counter[str]", "Counter[str]"]:
    from django.core.cache import cache

    from businesses.backend import get_backend
    from businesses.retry.for_pages import get_retry_services

    cache.clear()
    if get_backend.cache_info().currsize:
        get_backend().close()
    get_backend.cache_clear()
    get_retry_services.cache_clear()
    cold, warm = (_get(deployed, browser, address) for _ in range(2))
    retried = browser.post(
        f"{STUCK}retry/now/", {"sub": sub}, headers={"Accept": "application/json"}
    )
    if any(result["result"] == "failed" for result in retried.json()["results"]):
        sys.exit(f"The retry in between failed: {retried.json()}")
    return cold, warm, _get(deployed, browser, address)


def _get(deployed: "Deployed", browser: "Client", address: str) -> "Counter[str]":
    deployed.aws.faults.clear()
    response = browser.get(address)
    if response.status_code != 200:  # noqa: PLR2004
        sys.exit(f"{address} answered {response.status_code}.")
    response.getvalue()
    # The operation of a REST call is in its address, not in a header.
    return Counter(each or "REST" for each in deployed.aws.faults.history)


def _logged_in() -> "Client":
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    browser = Client()
    browser.force_login(User.objects.create_superuser("bench"))
    return browser


if __name__ == "__main__":
    sys.exit(main())
