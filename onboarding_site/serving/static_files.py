"""Where style sheets and scripts are gathered, and under which names they are served.

https://whitenoise.readthedocs.io/en/stable/django.html
"""

from pathlib import Path

from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import folder_under

MANIFEST = "staticfiles.json"  # what `collectstatic` writes last


def static_root(env: Environment, base: Path) -> str:
    """Return the folder into which `collectstatic` gathers the files."""
    return env.read("STATIC_ROOT", folder_under(base), str(base / "static"))


def storages(*, debug: bool) -> dict[str, dict[str, str]]:
    """Return Django's STORAGES.

    A server's file has the hash of its content in its name, so that browsers keep it for good, and
    compressed copies beside it. With DEBUG, the files are served from where they lie.
    """
    files = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
        if debug
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    )
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": files},
    }
