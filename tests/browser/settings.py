"""The site's settings in the process that serves it to the browser."""

import os

# tests.settings forgets a developer's own; these are the embedded AWS's.
given = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}

from tests.settings import *  # noqa: E402, F403

os.environ.update(given)

# Several threads serve; a database in memory would be another one in each of them.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BROWSER_TEST_DATABASE"],
    }
}
