"""The site's settings for tests: nothing is taken from the developer's environment or `.env`."""

import os
import re
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"
SETTINGS = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE)

for name in [*SETTINGS, *(name for name in os.environ if name.startswith("AWS_"))]:
    os.environ.pop(name, None)
os.environ.update(
    ENV_FILE=os.devnull,
    SECRET_KEY="only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    SECURE_SSL_REDIRECT="false",
    # Another one for make test-postgres.
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:"),
    AWS_REGION="eu-central-1",
    XDG_CACHE_HOME=os.devnull,  # under which nothing can be kept
    BACKEND_STACK_NAME="onboarding-test",
    # A machine that runs tests may be slow; tests of the deadline set their own.
    AWS_DEADLINE_SECONDS="30",
    # Nothing is taken from a developer's profiles either.
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)

from onboarding_site.serving.static_files import storages  # noqa: E402
from onboarding_site.settings import *  # noqa: E402, F403

# Style sheets and scripts are served from where they lie, as nobody has gathered them.
STATIC_ROOT, STORAGES = "", storages(debug=True)

# Hashing a password properly would take most of the time of a test that logs in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
