"""Settings of the site, read from the environment or from `.env` (see `.env.example`).

https://docs.djangoproject.com/en/5.2/ref/settings/
"""

from pathlib import Path
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

from onboarding_site.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
Environment.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("The setting SECRET_KEY is missing.")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The backend in AWS. Everything else about it is read from the stack's outputs.
AWS_REGION = env.str("AWS_REGION", default=env.str("AWS_DEFAULT_REGION", default=""))
BACKEND_STACK_NAME = env.str("BACKEND_STACK_NAME", default="onboarding")
BUSINESS_GROUP_NAME = env.str("BUSINESS_GROUP_NAME", default="businesses")
ADMIN_GROUP_NAME = env.str("ADMIN_GROUP_NAME", default="")
ALARM_EMAIL = env.str("ALARM_EMAIL", default="")
KMS_KEY_ARN = env.str("KMS_KEY_ARN", default="")
if ADMIN_GROUP_NAME == BUSINESS_GROUP_NAME:
    raise ImproperlyConfigured(
        "ADMIN_GROUP_NAME and BUSINESS_GROUP_NAME must differ: every business is in the latter."
    )

# How long a page waits for AWS before it reports that AWS does not answer.
AWS_DEADLINE_SECONDS = env.float("AWS_DEADLINE_SECONDS", default=2.5)

# The most businesses in one exported file.
EXPORT_ROW_LIMIT = env.int("EXPORT_ROW_LIMIT", default=10_000)

# The retries of each process. Cognito can put 25 users a second in groups, in the whole account and
# including its sign-ups; this quota cannot be raised.
RETRY_RATE_PER_SECOND = env.int("RETRY_RATE_PER_SECOND", default=20)
if not 1 <= RETRY_RATE_PER_SECOND <= 25:  # noqa: PLR2004
    raise ImproperlyConfigured("RETRY_RATE_PER_SECOND must be from 1 to 25.")

INSTALLED_APPS = [
    "aws_setup",
    "businesses",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "onboarding_site.urls"
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

DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
if TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured(f"The setting TIME_ZONE is {TIME_ZONE!r}, which is not a time zone.")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "static"))

# Without DEBUG, Django's own configuration logs nowhere. Exports are logged at INFO.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"businesses": {"level": "INFO"}, "django": {"level": "INFO"}},
}

# The site is served over plain HTTP only if DEBUG says that this is somebody's own machine.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 3600)
# Only the owner of the domain can decide whether HSTS covers subdomains and is preloaded.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
