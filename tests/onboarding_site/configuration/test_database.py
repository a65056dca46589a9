"""DATABASE_URL: each form is one database, or refused without showing its password."""

import sys
from typing import Any

import pytest

from onboarding_site.configuration.database import database_under
from tests.processes import REPOSITORY

POSTGRES = "django.db.backends.postgresql"
OPTIONS, CA = {"connect_timeout": 10}, str(REPOSITORY / "a" / "ca.pem")
parse = database_under(REPOSITORY)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///db.sqlite3", {"NAME": str(REPOSITORY / "db.sqlite3")}),
        ("sqlite:////srv/my%20site/a+b.db", {"NAME": "/srv/my site/a+b.db"}),
        ("sqlite:////srv/my site/db", {"NAME": "/srv/my site/db"}),
        ("sqlite://:memory:", {"NAME": ":memory:"}),
        (
            "postgres://u:p%2F%3F%23%40%3A%25ss@h:5433/n",
            {"ENGINE": POSTGRES, "USER": "u", "PASSWORD": "p/?#@:%ss", "HOST": "h", "PORT": 5433},
        ),
        ("postgresql://u:p:s@h/n", {"PASSWORD": "p:s", "PORT": "", "NAME": "n"}),
        ("postgres://u:a+b$1@[::1]:1/n", {"PASSWORD": "a+b$1", "HOST": "::1"}),
        ("postgres://u@h1:1,h2:2/n", {"HOST": "h1,h2", "PORT": "1,2"}),
        ("postgres:////var/run/postgresql/n", {"HOST": "/var/run/postgresql", "NAME": "n"}),
        ("postgres://h/n", {"USER": "", "PASSWORD": "", "OPTIONS": {"connect_timeout": 10}}),
        ("postgres://h/n", {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}),
        (
            "postgres://h/n?sslmode=require&connect_timeout=3&conn_max_age=60",
            {"OPTIONS": {"sslmode": "require", "connect_timeout": 3}, "CONN_MAX_AGE": 60},
        ),
        ("postgres://h/n?atomic_requests=false", {"ATOMIC_REQUESTS": False}),
        ("postgres://h/n?sslrootcert=a/ca.pem", {"OPTIONS": OPTIONS | {"sslrootcert": CA}}),
        ("postgres://h/n?sslrootcert=system", {"OPTIONS": OPTIONS | {"sslrootcert": "system"}}),
        ("mysql://u:p@h/n", {"ENGINE": "django.db.backends.mysql"}),
        ("oracle://u:p@h:1521/n", {"PORT": "1521", "OPTIONS": {}}),
    ],
)
def test_a_url_names_a_database(url: str, expected: dict[str, Any]) -> None:
    found = parse(f" {url}\n")
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        *(
            (url, "is no URL of a database that this site can use: set sqlite:///a/path or")
            for url in (
                "db.sqlite3",
                "sqlite:db.sqlite3",
                "sqlite://hunter2",
                "sqlite://hunter2/db.sqlite3",
                "sqlite://",
                "sqlite:///",
                "sqlite:///a?hunter2=1",
                "sqlite:///a#hunter2",
                "sqlite:///100%/hunter2",
                "postgres://u:hun/ter2@h/n",
                "postgres://u:hun?ter2@h/n",
                "postgres://u:hun#ter2@h/n",
                "postgres://u:hun@ter2@h/n",
                "postgres://u:hun%ter2@h/n",
                "postgres://u:hun ter2@h/n",
                "postgres://u:hunter2@h:port/n",
                "postgres://u:hunter2@h",
                "postgres://u:hunter2@h/",
                "postgres://u:hunter2@h/n/m",
                "postgres://u:hunter2@h/n?options=a+b",
                "postgres:u:hunter2@h/n",
                "'postgres://u:hunter2@h/n'",
                "mongodb://u:hunter2@h/n",
            )
        ),
        ("$hunter2", "refers to another value"),
        ("postgres://u:${hunter2}@h/n", "refers to another value"),
        ("postgres://u:pa$hunter2@h/n", "refers to another value"),
        ("postgres://u:hunter2@h:0/n", "has a port that is not from 1 to 65535"),
        ("postgres://u:hunter2@h:65536/n", "has a port that is not from 1 to 65535"),
        ("postgres://u:hunter2@h1:1,h2/n", "gives some of its hosts a port, but not all"),
        ("postgres://u:hunter2%FF@h/n", "has a percent-encoding that is not UTF-8"),
        ("postgres://u:hunter2@h/n?sslmode=%FF", "has a percent-encoding that is not UTF-8"),
        ("postgres://u:hunter2%00@h/n", "has a NUL in it"),
        ("postgres://u:hunter2@h/n?a=1&a=hunter2", "has an option that is empty or there twice"),
        ("postgres://u:hunter2@h/n?sslmode=", "has an option that is empty or there twice"),
        ("postgres://h/n?conn_max_age=hunter2", "has a CONN_MAX_AGE that cannot be used"),
        ("postgres://h/n?hunter2=1", "has an option that PostgreSQL's client library does"),
        ("postgres://h/n?dbname=hunter2", "has an option that PostgreSQL's client library does"),
        ("postgres://h/n?passfile=~/hunter2", "has a ~, a $ or a quote"),
        (f"postgres://h/{'hunter2' * 10}", "has a database's name of more than 63 characters"),
        ("mysql://u:hunter2@h1,h2/n", "has several hosts or a socket"),
        ("mysql:////var/run/hunter2/n", "has several hosts or a socket"),
        ("sqlite:////tmp", "names a folder"),
        ("sqlite:///hunter2/", "names a folder"),
        ("sqlite:///~/hunter2", "has a ~, a $ or a quote"),
    ],
)
def test_any_other_url_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse(url)
    assert str(caught.value).startswith(said)
    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)


def test_a_client_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg.pq", None)
    with pytest.raises(ValueError, match=r"^needs PostgreSQL's client library, libpq"):
        parse("postgres://h/n")
