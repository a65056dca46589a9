"""Where style sheets and scripts are gathered, and under which names they are served.

https://whitenoise.readthedocs.io/en/stable/django.html
"""

import os
from pathlib import Path

from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import folder_under

MANIFEST = "staticfiles.json"  # what `collectstatic` writes last


def static_root(env: Environment, base: Path, database: str = "") -> str:
    """Return the folder into which `collectstatic` gathers the files.

    Anybody can download what is in it, so a folder with the settings file or the site's database is
    a fault. database: the path of its file; what is no absolute path is none.
    """
    root = env.read("STATIC_ROOT", folder_under(base), str(base / "static"))
    folder = os.path.realpath(root)
    for file in (env.path, Path(database)):
        if file.is_absolute() and Path(os.path.realpath(file)).is_relative_to(folder):
            env.fault(
                f"STATIC_ROOT, {root}, holds {file}, which everybody could download: set a folder"
                " of its own."
            )
    return root


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
