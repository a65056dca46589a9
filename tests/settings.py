"""The site's settings for tests: nothing is taken from the developer's environment or `.env`."""

import os

os.environ["SECRET_KEY"] = "only-for-tests"
os.environ["DEBUG"] = "false"
os.environ["SECURE_SSL_REDIRECT"] = "false"
os.environ["DATABASE_URL"] = "sqlite://:memory:"
os.environ["AWS_REGION"] = "eu-central-1"
os.environ["BACKEND_STACK_NAME"] = "onboarding-test"
os.environ["BUSINESS_GROUP_NAME"] = "businesses"

from onboarding_site.settings import *  # noqa: F403

# Hashing a password properly is most of the time of a test that logs in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
