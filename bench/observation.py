"""What it costs each request that it is logged and counted: `python -m bench.observation`.

It takes the login page, the site's lightest with a template, with the observing middleware and
without. Rounds of both alternate, so that a busy machine slows both.
"""

import logging
import os
import statistics
import sys
import time

ROUNDS, REQUESTS = 15, 40
OBSERVING = "onboarding_site.observation."


def main() -> None:
    """Print the medians of a request, and their ratio."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client, override_settings
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    [stderr] = logging.getLogger().handlers
    stderr.setStream(open(os.devnull, "w", encoding="utf-8"))  # type: ignore[attr-defined] # noqa: PTH123, SIM115
    without = [name for name in settings.MIDDLEWARE if not name.startswith(OBSERVING)]
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * ROUNDS):
        is_observed = number % 2 == 0
        with override_settings(MIDDLEWARE=settings.MIDDLEWARE if is_observed else without):
            client = Client()
            client.get("/admin/login/")
            began = time.process_time()
            for _ in range(REQUESTS):
                client.get("/admin/login/")
            took[is_observed].append((time.process_time() - began) / REQUESTS)
    observed, plain = statistics.median(took[True]), statistics.median(took[False])
    sys.stdout.write(
        f"A login page takes {observed * 1000:.2f} ms of processor time with its line in the log"
        f" and its counts, {plain * 1000:.2f} ms without: {observed / plain:.2f} times as much\n"
    )


if __name__ == "__main__":
    main()
