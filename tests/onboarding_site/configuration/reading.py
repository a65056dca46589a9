"""Reads the site's settings as a process does that has these variables, and no others."""

import os
import runpy
from collections.abc import Mapping
from typing import Any

import pytest

from onboarding_site.configuration.env_file import SettingsUnusable
from tests.processes import REPOSITORY

SETTINGS = str(REPOSITORY / "onboarding_site" / "settings.py")


def settings_of(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings by name. Raises SettingsUnusable."""
    with pytest.MonkeyPatch.context() as process:
        process.setattr(os, "environ", dict(environ))
        return runpy.run_path(SETTINGS)


def read(environ: Mapping[str, str], *secrets: str) -> dict[str, Any] | None:
    """Return the settings; None if they are refused as they should be: by name, without secrets."""
    try:
        return settings_of(environ)
    except SettingsUnusable as error:
        said = str(error)
    for line in said.split("\n"):
        assert line.isprintable()
        assert line.endswith("Nothing was done.")
        assert any(name in line for name in (*environ, environ.get("ENV_FILE", "ENV_FILE")))
    assert not any(secret in said for secret in secrets)
    return None
