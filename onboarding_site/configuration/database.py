"""Reads DATABASE_URL, which holds a password, so no message here shows any of it.

django-environ names the engines. It does not take the URL apart, as it reads many a URL as another
than was meant: a host as a database in memory, a plus sign as a space, an unknown scheme as an
engine, "false" as true.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, Error, IntegrityError
from environ import Env

from onboarding_site.configuration.packages import require_package
from onboarding_site.configuration.values import boolean, percent_decoded, plain_path, whole

# Two who write at the same time wait for each other; SQLite would refuse the second one at once. A
# migration sets the journal mode, as SQLite refuses to change it while others begin to write.
# https://docs.djangoproject.com/en/5.2/ref/databases/#sqlite-notes
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20.0,  # seconds
    "transaction_mode": "IMMEDIATE",
}

# https://www.rfc-editor.org/rfc/rfc3986#appendix-A
_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_POSTGRES = ("postgres", "postgresql", "psql", "pgsql")
_SERVER_URL = re.compile(
    rf"(?P<scheme>{'|'.join(_POSTGRES)}|mysql|oracle)://"
    rf"(?:(?P<user>{_CHARACTER}+)(?::(?P<password>(?:{_CHARACTER}|:)*))?@)?"
    rf"(?:(?P<hosts>{_HOST}(?:,{_HOST})*)|/(?P<socket>(?:/{_CHARACTER}+)+))"
    rf"/(?P<name>{_CHARACTER}+)"
    # A plus sign there is a space to some.
    rf"(?:\?(?P<query>(?:(?!\+){_CHARACTER}|[:@/])+))?"
)
_SQLITE_URL = re.compile(
    r"sqlite:///(?P<path>(?:[^?#%]|%[0-9A-Fa-f]{2})+)"
    r"(?:\?timeout=(?P<seconds>[0-9]{1,4}(?:\.[0-9]{1,3})?))?"
)
_MEMORY = ("sqlite://:memory:", "sqlite:///:memory:")
_REFERENCE = re.compile(r"\$[A-Za-z_{(]")
_FORMS = (
    "set sqlite:///a/path or postgres://user:password@host:5432/name, and percent-encode what a URL"
    " reserves, such as / ? # @ and % in a password"
)
_HIGHEST_PORT = 65535
_LONGEST_NAME = 63  # of a database of PostgreSQL
# Options that the URL gives elsewhere, and one that Django sets.
_SAID = {"host", "port", "user", "password", "dbname", "client_encoding"}
_FILES = {"sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "passfile"}
_OF_SYSTEM = "system"  # in place of a file: the certificates that the machine trusts
_WHOLE = re.compile(r"[0-9]{1,9}")
_KEPT_SECONDS = 60  # how long a thread keeps a connection, which takes some milliseconds to open
_CONNECT_SECONDS = 10  # without which a page waits for minutes for a server that does not answer
# https://docs.djangoproject.com/en/5.2/ref/settings/#databases
_OF_DJANGO: dict[str, Callable[[str], Any]] = {
    "CONN_MAX_AGE": whole(0, 86_400),  # seconds
    "CONN_HEALTH_CHECKS": boolean,
    "ATOMIC_REQUESTS": boolean,
    "DISABLE_SERVER_SIDE_CURSORS": boolean,
}


def database_under(base: Path) -> Callable[[str], dict[str, Any]]:
    """Return the parser of DATABASE_URL, which returns an entry of Django's DATABASES.

    base: the folder where SQLite's relative paths begin, those after three slashes.
    """

    def parse(text: str) -> dict[str, Any]:
        url = text.strip()
        if _REFERENCE.search(url):
            raise ValueError(
                "refers to another value, which is not looked up: set the whole URL, with %24 for"
                " a $ that belongs to it"
            )
        if url in _MEMORY:
            return {"ENGINE": Env.DB_SCHEMES["sqlite"], "NAME": ":memory:"}
        if match := _SQLITE_URL.fullmatch(url):
            return sqlite(base, percent_decoded(match["path"]), match["seconds"])
        if match := _SERVER_URL.fullmatch(url):
            return _server(match, base)
        raise ValueError(f"is no URL of a database that this site can use: {_FORMS}")

    return parse


def sqlite(base: Path, path: str, seconds: str | None = None) -> dict[str, Any]:
    """Return the settings of a file. seconds: how long to wait for a lock, if not 20."""
    file = str(base / plain_path(path))
    if path.endswith("/") or os.path.isdir(file):  # noqa: PTH112 - Path.is_dir may raise
        raise ValueError("names a folder: name the file of the database in it")
    options = SQLITE_OPTIONS | ({"timeout": float(seconds)} if seconds else {})
    return {"ENGINE": Env.DB_SCHEMES["sqlite"], "NAME": file, "OPTIONS": options}


def outage(error: Exception) -> str:
    """Return in one line that the database cannot be used and what to do; "" for other errors.

    An error of a single statement, such as a value that is there already, is no outage.
    """
    cause = next(iter(str(error).splitlines()), "").rstrip(".") or type(error).__name__
    if isinstance(error, ImproperlyConfigured) and cause.startswith("Error loading"):
        return f"{cause}, which the DATABASE_URL needs: install it. Nothing was done."
    if not isinstance(error, Error) or isinstance(error, IntegrityError | DataError):
        return ""
    return (
        f"The site's database cannot be used: {cause}. Check DATABASE_URL, and the server or the"
        " file that it names with its permissions. A new database needs `manage.py migrate`."
    )


def _server(match: re.Match[str], base: Path) -> dict[str, Any]:
    name = percent_decoded(match["name"])
    if match["scheme"] in _POSTGRES:
        require_package("psycopg")
        if len(name) > _LONGEST_NAME:
            raise ValueError(f"has a database's name of more than {_LONGEST_NAME} characters")
    hosts, ports = _hosts(match)
    return {
        "ENGINE": Env.DB_SCHEMES[match["scheme"]],
        "NAME": name,
        "USER": percent_decoded(match["user"] or ""),
        "PASSWORD": percent_decoded(match["password"] or ""),
        "HOST": hosts,
        "PORT": ports,
        "CONN_MAX_AGE": _KEPT_SECONDS,
        # Before each request, as the server may have been restarted.
        "CONN_HEALTH_CHECKS": True,
        **_options(match["query"] or "", match["scheme"], base),
    }


def _hosts(match: re.Match[str]) -> tuple[str, str | int]:
    """Return HOST and PORT. Only PostgreSQL knows several hosts, or a folder of its socket."""
    if match["scheme"] not in _POSTGRES and (match["socket"] or "," in match["hosts"]):
        raise ValueError("has several hosts or a socket, which only PostgreSQL takes: name a host")
    if match["socket"]:
        return percent_decoded(match["socket"]), ""
    pairs = re.findall(r"(\[[^]]+\]|[^,:]+)(?::([0-9]+))?", match["hosts"])
    if not all(port == "" or 1 <= int(port) <= _HIGHEST_PORT for _, port in pairs):
        raise ValueError(f"has a port that is not from 1 to {_HIGHEST_PORT}: correct it")
    given = [port for _, port in pairs if port]
    if given and len(given) < len(pairs):
        raise ValueError("gives some of its hosts a port, but not all: give each its port")
    # Oracle's driver and several hosts take ports as text.
    port = int(given[0]) if len(given) == 1 and match["scheme"] != "oracle" else ",".join(given)
    return ",".join(host.strip("[]") for host, _ in pairs), port


def _options(query: str, scheme: str, base: Path) -> dict[str, Any]:
    """Return what the query sets: Django's own options, and in OPTIONS those of the driver."""
    percent_decoded(query)
    settings, options = dict[str, Any](), dict[str, Any]()
    for name, value in parse_qsl(query, keep_blank_values=True):
        if not value or name in options or name.upper() in settings:
            raise ValueError("has an option that is empty or there twice: correct what follows ?")
        if parse := _OF_DJANGO.get(name.upper()):
            try:
                settings[name.upper()] = parse(value)
            except ValueError:
                raise ValueError(f"has a {name.upper()} that cannot be used: correct it") from None
        else:
            options[name] = int(value) if _WHOLE.fullmatch(value) else value
    if scheme in _POSTGRES:
        options = _of_libpq(options, base)
    if scheme != "oracle":
        options.setdefault("connect_timeout", _CONNECT_SECONDS)
    return {**settings, "OPTIONS": options}


def _of_libpq(options: dict[str, Any], base: Path) -> dict[str, Any]:
    """Return options of PostgreSQL's client library, whose relative paths begin at the base.

    Any other would be an object of Python's, as Django's `pool`, or be passed over in silence.
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    try:
        from psycopg.pq import Conninfo
    except ImportError:
        raise ValueError(
            "needs PostgreSQL's client library, libpq, which psycopg does not find: run"
            " pip install -r deploy/requirements.txt"
        ) from None
    known = {each.keyword.decode() for each in Conninfo.get_defaults()} - _SAID
    if not options.keys() <= known:
        raise ValueError(
            "has an option that PostgreSQL's client library does not know, or that stands before"
            " the ? or is always the same: correct what follows ?"
        )
    files = {name: str(base / plain_path(str(options[name]))) for name in _FILES & options.keys()}
    return options | {name: path for name, path in files.items() if options[name] != _OF_SYSTEM}
