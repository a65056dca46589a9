"""Reads the settings from the environment and the settings file, and refuses what is unusable."""

import difflib
import re
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from onboarding_site.configuration.env_file import SettingsUnusable, read_env_file
from onboarding_site.configuration.values import shown

Value = TypeVar("Value")
# How alike a name in the file and a setting's must be to be taken for a misspelling of it.
_ALIKE = 0.9
# Variables that boto3, its connections and PostgreSQL's driver read by themselves.
_OF_CLIENTS = re.compile(
    r"AWS_\w+|PG\w+|(?i:https?_proxy|no_proxy)|REQUESTS_CA_BUNDLE|SSL_CERT_(FILE|DIR)"
)
_SECRET = re.compile(
    r"SECRET_KEY(_FALLBACKS)?|OIDC_CLIENT_SECRET|METRICS_TOKEN|SENTRY_DSN|(DATABASE|CACHE)_URL"
    r"|AWS_\w*(KEY|TOKEN)\w*(?<!_FILE)|PGPASSWORD"
)
_NO_SECRETS = ("sqlite:", "database")


@dataclass(frozen=True, slots=True)
class Given:
    """A setting's value as it was given, and where."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a setting may be. default: its value if it is not set; None if it has to be."""

    parse: Callable[[str], Any]
    default: Any


def _is_secret(name: str, value: str) -> bool:
    if not value.isprintable() or "@" in value:  # as in a URL with a password
        return name not in {"ALARM_EMAIL", "EMAIL_FROM"}
    return bool(_SECRET.fullmatch(name)) and not value.startswith(_NO_SECRETS)


class Environment:
    """The settings of one process. A variable of the environment precedes a line of the file.

    environ: the variables, such as os.environ. folder: where `.env` is, and where relative paths
    begin. Raises SettingsUnusable for a file that cannot be read. What is wrong with a setting is
    collected, until `refuse_faults` raises it. forms: of the settings that were read so far, by
    name.
    """

    def __init__(self, environ: MutableMapping[str, str], folder: Path) -> None:
        self._environ, self._file = environ, read_env_file(environ, folder)
        self.forms, self._faults = dict[str, Form](), list[str]()

    @property
    def path(self) -> Path:
        """Where the settings file is, or would be."""
        return self._file.path

    def read(self, name: str, parse: Callable[[str], Value], default: Value) -> Value:
        """Return a setting's parsed value, or the default if it is not set at all.

        parse: raises ValueError with the rest of a sentence that begins with the setting's name.
        An empty value is a fault: it may be a variable that somebody forgot to set, and the default
        may be another database or stack.
        """
        given = self._given(name, Form(parse, default))
        if given is None:
            return default
        if not given.text.strip():
            return self._refuse(name, given, "is empty: give it a value, or remove it", default)
        return self._parse(name, given, parse, default)

    def optional(self, name: str, parse: Callable[[str], Value], empty: Value) -> Value:
        """Return a setting's parsed value; `empty` if it is empty or not set."""
        given = self._given(name, Form(parse, empty))
        if given is None or not given.text.strip():
            return empty
        return self._parse(name, given, parse, empty)

    def required(self, name: str, parse: Callable[[str], str], hint: str) -> str:
        """Return a setting's parsed value; that it is empty or not set is a fault.

        hint: what to do about that.
        """
        value = self.optional(name, parse, "")
        given = self._given(name, Form(parse, None))
        if given is None or not given.text.strip():
            self._faults.append(
                f"The setting {name} is missing from the environment and from {self._file.path}:"
                f" {hint}. Nothing was done."
            )
        return value

    def check(self, names: re.Pattern[str], parse: Callable[[str], object]) -> None:
        """Find faults in the values of these variables, which clients read by themselves.

        An empty one counts as not set, and a line of the file is then used in its place.
        """
        for name in sorted({*self._environ, *self._file.assignments}):
            given = [Given(self._environ.get(name, ""), "the environment")]
            if name in self._file.assignments:
                given.append(Given(self._file.assignments[name].value, self._file.where(name)))
            used = next((each for each in given if each.text), None)
            if used and names.fullmatch(name):
                self._parse(name, used, parse, None)

    def require_those_in(self, name: str) -> None:
        """Find those variables missing whose names this variable lists, with commas between them.

        The line for a crontab sets it, as cron does not have the secrets of the site; a default
        must not take the place of one.
        """
        listed = [each.strip() for each in self._environ.get(name, "").split(",")]
        for each in filter(None, listed):
            line = self._file.assignments.get(each)
            if not self._environ.get(each) and not (line and line.value):
                self._faults.append(
                    f"The setting {name} lists {shown(each)}, which is missing from the environment"
                    f" and from {self._file.path}: write it there, or have the command run by what"
                    " gives the site its secrets. Nothing was done."
                )

    def refuse_faults(self) -> None:
        """Raise SettingsUnusable with every fault so far.

        If there is none, the file's other variables, such as AWS_PROFILE, become the process's. An
        empty one of the environment does not stand in their way.
        """
        for name in self._file.assignments:
            self._find_misspelling(name)
        if self._faults:
            raise SettingsUnusable(*self._faults)
        for name, line in self._file.assignments.items():
            if line.value and name not in self.forms and not self._environ.get(name):
                self._environ[name] = line.value

    def for_commands(self) -> tuple[dict[str, str], list[str]]:
        """Return what another process on this machine needs to read the same settings.

        The first is variables with their values, the second the names of those that are secret.
        To be asked before `refuse_faults` adds the file's own variables.
        """
        plain, secrets = dict[str, str](), list[str]()
        for name, value in sorted(self._environ.items()):
            if (name not in self.forms and not _OF_CLIENTS.fullmatch(name)) or not value:
                continue
            if _is_secret(name, value):
                secrets.append(name)
            else:
                plain[name] = value
        if "ENV_FILE" in self._environ:
            plain["ENV_FILE"] = str(self._file.path)
        return plain, secrets

    def fault(self, text: str) -> None:
        """Add a fault that concerns several settings."""
        self._faults.append(f"{text} Nothing was done.")

    def _given(self, name: str, form: Form) -> Given | None:
        self.forms[name] = form
        if name in self._environ:
            return Given(self._environ[name], "the environment")
        if name in self._file.assignments:
            return Given(self._file.assignments[name].value, self._file.where(name))
        return None

    def _parse(
        self, name: str, given: Given, parse: Callable[[str], Value], default: Value
    ) -> Value:
        try:
            if not given.text.strip(" \t\r\n").isprintable():
                raise ValueError("holds an invisible character: type it anew")  # noqa: TRY301
            return parse(given.text)
        except ValueError as error:
            return self._refuse(name, given, str(error), default)

    def _refuse(self, name: str, given: Given, text: str, default: Value) -> Value:
        self._faults.append(f"The setting {name} ({given.where}) {text}. Nothing was done.")
        return default

    def _find_misspelling(self, name: str) -> None:
        if name in self.forms:
            return
        for meant in difflib.get_close_matches(name.upper(), self.forms, n=1, cutoff=_ALIKE):
            self._faults.append(
                f"{self._file.where(name)}: there is no setting {name}. Is {meant} meant? Correct"
                " the name, or remove the line. Nothing was done."
            )
