"""Settings of the site, read from the environment or from `.env` (see `.env.example`).

What cannot be used is refused here, before any command or page begins, so `manage.py check` says it
too, with every fault at once. It is no system check of Django's: these run only once the settings
are loaded, a server runs none, and a command may leave them out. By then a default would be in use,
such as another database. What `deploy_backend` needs to be true beyond a form, such as a Region
that exists, it finds out for itself.

https://docs.djangoproject.com/en/5.2/ref/settings/
"""

import os
from pathlib import Path

from onboarding_site.configuration import deployment
from onboarding_site.configuration.client_variables import FORMS
from onboarding_site.configuration.database import database_under, sqlite
from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import (
    boolean,
    email,
    hosts,
    named,
    origins,
    principal_arn,
    sender,
    time_zone,
    whole,
)
from onboarding_site.observation.error_reports import sentry_dsn
from onboarding_site.observation.logs import logging_settings, metrics_token
from onboarding_site.serving import headers
from onboarding_site.serving.processes import Processes, aws_deadline
from onboarding_site.serving.static_files import static_root, storages
from onboarding_site.signing_in.configuration import (
    idle_minutes,
    lock_out_settings,
    password_validators,
    session_seconds,
    signing_keys,
    trusted_proxies,
)
from onboarding_site.signing_in.single_sign_on.configuration import RENEWAL, single_sign_on
from onboarding_site.storage.cache_url import cache, own_cache

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment(os.environ, BASE_DIR)

DEBUG = env.read("DEBUG", boolean, default=False)
SECRET_KEY, SECRET_KEY_FALLBACKS = signing_keys(env, debug=DEBUG)
ALLOWED_HOSTS = env.read("ALLOWED_HOSTS", hosts, ["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.optional("CSRF_TRUSTED_ORIGINS", origins, list[str]())

# The backend in AWS. Everything else about it is read from the stack's outputs.
_region = named(r"[a-z]{2,}(-[a-z0-9]+)+", "a Region", "one, such as eu-central-1")
_group = named(
    r"[A-Za-z0-9_.-]{1,128}",
    "a group's name",
    "1 to 128 letters, digits, dots, hyphens or underscores",
)
AWS_REGION = env.optional("AWS_REGION", _region, "") or env.optional(
    "AWS_DEFAULT_REGION", _region, ""
)
BACKEND_STACK_NAME = env.read(
    "BACKEND_STACK_NAME",
    named(
        r"[a-zA-Z][-a-zA-Z0-9]{0,127}",
        "a valid stack name",
        "letters, digits and hyphens, starting with a letter",
    ),
    "onboarding",
)
BUSINESS_GROUP_NAME = env.read("BUSINESS_GROUP_NAME", _group, "businesses")
ADMIN_GROUP_NAME = env.optional("ADMIN_GROUP_NAME", _group, "")
MOST_BUSINESSES_PER_OWNER = env.read("MOST_BUSINESSES_PER_OWNER", whole(1, 10_000), 20)
ALLOWED_CLIENT_IDS = env.optional("ALLOWED_CLIENT_IDS", deployment.client_ids, list[str]())
ALARM_EMAIL = env.optional("ALARM_EMAIL", email, "")
KMS_KEY_ARN = env.optional("KMS_KEY_ARN", deployment.kms_key, "")
EMAIL_IDENTITY_ARN = env.optional("EMAIL_IDENTITY_ARN", deployment.email_identity, "")
EMAIL_FROM = env.optional("EMAIL_FROM", sender, "")
if bool(EMAIL_FROM) != bool(EMAIL_IDENTITY_ARN):
    env.fault("EMAIL_FROM and EMAIL_IDENTITY_ARN go together: set both, or neither.")
WEB_ACL_ARN = env.optional("WEB_ACL_ARN", deployment.web_acl(AWS_REGION), "")
SITE_ROLE_ARN = env.optional("SITE_ROLE_ARN", principal_arn, "")
XRAY_ENABLED = env.read("XRAY_ENABLED", boolean, default=False)
# What an organisation demands of the stack.
STACK_TAGS = env.optional("STACK_TAGS", deployment.stack_tags, dict[str, str]())
PERMISSIONS_BOUNDARY_ARN = env.optional("PERMISSIONS_BOUNDARY_ARN", deployment.boundary, "")
SWEEP_ALARM_HOURS = env.read("SWEEP_ALARM_HOURS", whole(0, 168), 0)
TERMINATION_PROTECTION = env.optional("TERMINATION_PROTECTION", boolean, None)
if ADMIN_GROUP_NAME == BUSINESS_GROUP_NAME:
    env.fault(
        "ADMIN_GROUP_NAME and BUSINESS_GROUP_NAME must differ: every business is in the latter."
    )

# How long a page waits for AWS before it reports that AWS does not answer.
AWS_DEADLINE_SECONDS = aws_deadline(env)
# The most businesses in one exported file.
EXPORT_ROW_LIMIT = env.read("EXPORT_ROW_LIMIT", whole(1, 1_000_000), 10_000)

# How many processes serve the site. gunicorn.conf.py reads that too.
WEB_CONCURRENCY = Processes.read(env).workers

# The retries of the whole site. Cognito can put 25 users a second in groups, in the whole account
# and including its sign-ups; this quota cannot be raised. Among the workers the rate is divided
# while they cannot ask each other.
RETRY_RATE_PER_SECOND = env.read("RETRY_RATE_PER_SECOND", whole(1, 25), 20)
RETRY_WORKERS = env.read("RETRY_WORKERS", whole(1, 1000), WEB_CONCURRENCY)

# How many may be out of their Business's group before `backend_status` finds fault with that.
OUT_OF_GROUP_LIMIT = env.read("OUT_OF_GROUP_LIMIT", whole(0, 1_000_000), 0)

_single_sign_on = single_sign_on(env, debug=DEBUG)
vars().update(_single_sign_on)
OIDC_ISSUER: str = _single_sign_on["OIDC_ISSUER"]
PASSWORD_SIGN_IN: bool = _single_sign_on["PASSWORD_SIGN_IN"]

INSTALLED_APPS = [
    "aws_setup",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "businesses",
    "businesses.apps.OnboardingAdminConfig",
    "onboarding_site.signing_in",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "onboarding_site.storage.apps.StorageConfig",
    "onboarding_site.observation",
]

MIDDLEWARE = [
    "onboarding_site.observation.health.HealthChecks",
    "onboarding_site.observation.exposition.Metrics",
    "onboarding_site.observation.access.AccessLog",
    "onboarding_site.request_encoding.ReadAsUtf8",
    "csp.middleware.CSPMiddleware",
    "onboarding_site.serving.headers.PermissionsPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "businesses.pages.errors.plain_errors.with_words_for_405",
    "onboarding_site.database_outage.Sessions",
    "onboarding_site.signing_in.sessions.EndsOfSessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    *([RENEWAL] if OIDC_ISSUER else []),
    "onboarding_site.database_outage.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "onboarding_site.urls"
LOGIN_REDIRECT_URL = "admin:index"  # where an unsafe `next` leads instead
CSRF_FAILURE_VIEW = "businesses.pages.errors.plain_errors.csrf_failure"
WSGI_APPLICATION = "onboarding_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Their URLs are no settings, since Django's page about an error would show the passwords in them.
DEFAULT_EXCEPTION_REPORTER_FILTER = "onboarding_site.debug_page.Filter"
DATABASES = {
    "default": env.read("DATABASE_URL", database_under(BASE_DIR), sqlite(BASE_DIR, "db.sqlite3"))
}
# The prefix is this site's, since others may use the same server.
CACHES = {
    "default": env.optional("CACHE_URL", cache, own_cache())
    | {"KEY_PREFIX": f"{AWS_REGION}:{BACKEND_STACK_NAME}"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = password_validators()
vars().update(lock_out_settings(env))
REQUIRE_SECOND_FACTOR = env.read("REQUIRE_SECOND_FACTOR", boolean, default=False)
OTP_TOTP_ISSUER = "Business onboarding"  # under this name authenticator apps show it
SESSION_COOKIE_AGE = session_seconds(env)
SESSION_IDLE_MINUTES = idle_minutes(env)
SIGNED_IN_COOKIE = "signedin"  # tells the login page that a session has ended

LANGUAGE_CODE = "en"
TIME_ZONE = env.read("TIME_ZONE", time_zone, "UTC")

STATIC_URL = "static/"
STATIC_ROOT = static_root(env, BASE_DIR, DATABASES["default"]["NAME"])
STORAGES = storages(debug=DEBUG)
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs these files

LOGGING = logging_settings(env, debug=DEBUG)
SENTRY_DSN = sentry_dsn(env)
METRICS_TOKEN = env.optional("METRICS_TOKEN", metrics_token, "")
METRICS_FIGURES = "businesses.figures.for_metrics.figures"
METRICS_RECOUNT = "businesses.figures.for_metrics.recount_stuck"
OBSERVED_SIGNALS = {
    "aws_setup.calls.clients.session_made": "onboarding_site.observation.aws_calls.watch",
    "businesses.signals.api_called": "onboarding_site.observation.metrics.note_aws_call",
    "businesses.signals.retry_ended": "onboarding_site.observation.metrics.note_retry",
    "businesses.signals.stuck_counted": "onboarding_site.observation.metrics.note_stuck",
}

# The site is served over plain HTTP only if DEBUG says that this is somebody's own machine.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = env.read("SECURE_SSL_REDIRECT", boolean, not DEBUG)
SECURE_HSTS_SECONDS = env.read("SECURE_HSTS_SECONDS", whole(0, 315_360_000), 0 if DEBUG else 3600)
CONTENT_SECURITY_POLICY = headers.CONTENT_SECURITY_POLICY
SECURE_REFERRER_POLICY = headers.REFERRER_POLICY
# Only the owner of the domain can decide whether HSTS covers subdomains and is preloaded.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
_is_behind_proxy = env.read("BEHIND_TLS_PROXY", boolean, default=False)
TRUSTED_PROXIES = trusted_proxies(env, behind_one=_is_behind_proxy)
if _is_behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

for variables, form in FORMS:
    env.check(variables, form)

# What a command needs besides the file to read these settings, when cron runs it for example.
COMMAND_VARIABLES, COMMAND_SECRETS = env.for_commands()
NAMES_REQUIRED = "REQUIRED_SETTINGS"
env.require_those_in(NAMES_REQUIRED)

env.refuse_faults()
