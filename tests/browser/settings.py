"""The site's settings in the process that serves it to the browser."""

import os
from pathlib import Path

# tests.settings drops the developer's own variables; these are the embedded AWS's.
given = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}

from onboarding_site.configuration.database import sqlite  # noqa: E402
from tests.settings import *  # noqa: E402, F403

os.environ.update(given)

# What comes of a rate is tested elsewhere; here, it would only be waited for.
RETRY_RATE_PER_SECOND = 1000

# Several threads serve, and each would have an in-memory database of its own.
DATABASES = {"default": sqlite(Path(), os.environ["BROWSER_TEST_DATABASE"])}

# axe-core, for the pages of the site alone; see axe.py.
STATICFILES_DIRS = [("axe", Path(__file__).parents[2] / "node_modules" / "axe-core")]
