"""Values of any kind in the environment: each setting is what was meant, or refused by name."""

import math
import os
import re
from email.header import decode_header, make_header
from email.utils import getaddresses
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from sentry_sdk.utils import Dsn

from tests.harness.counts import count
from tests.harness.examples import examples
from tests.onboarding_site.configuration.reading import read
from tests.processes import KEY, REPOSITORY

tried = settings(max_examples=examples(150), deadline=None)
# Variables cannot hold a NUL.
anything = st.text(st.characters(exclude_characters="\0"), max_size=40)
spaced = st.tuples(st.sampled_from(["", " ", "\t", "\n"]), st.sampled_from(["", " ", "\r\n"]))
numbers = (
    st.integers(-10, 10**7).map(str)
    | st.floats().map(repr)
    | st.sampled_from(["1e400", "1_000", "0x10", "٣", "1,5", "1e1", "+5", "", "9" * 5000, "1/2"])
    | anything
)
RANGES: dict[str, tuple[float, float]] = {
    "AWS_DEADLINE_SECONDS": (0.1, 60),
    "EXPORT_ROW_LIMIT": (1, 1_000_000),
    "OUT_OF_GROUP_LIMIT": (0, 1_000_000),
    "RETRY_RATE_PER_SECOND": (1, 25),
    "SECURE_HSTS_SECONDS": (0, 315_360_000),
}


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with others in it and beside it."""
    parent = tmp_path_factory.mktemp("private")
    for name in ("folder/a/b", "folder/b", "c"):
        (parent / name).mkdir(parents=True)
    (parent / "folder" / "link").symlink_to(parent / "folder" / "a")
    return parent / "folder"


def given_by(*secrets: str, **variables: str) -> dict[str, Any] | None:
    """Return the settings of these variables; None if they are refused."""
    count("values of settings")
    return read({"ENV_FILE": os.devnull, "SECRET_KEY": KEY, **variables}, *secrets)


@tried
@given(name=st.sampled_from(sorted(RANGES)), text=numbers, around=spaced)
def test_a_number_is_the_one_that_was_meant_or_refused(
    name: str, text: str, around: tuple[str, str]
) -> None:
    found = given_by(**{name: text.join(around)})
    low, high = RANGES[name]
    if found is not None:
        assert math.isfinite(found[name])
        assert low <= found[name] <= high
        assert found[name] == float(text)
    elif text.isascii() and text.isdigit() and len(text) < 10:
        assert not low <= int(text) <= high


@tried
@given(
    text=st.sampled_from(["true", "On", "1", "FALSE", "no", "0", "", "2", "-1", "wahr"]) | anything
)
def test_a_boolean_is_the_one_that_was_meant_or_refused(text: str) -> None:
    meant = {"true": True, "on": True, "1": True, "false": False, "no": False, "0": False}
    found = given_by(SECURE_SSL_REDIRECT=text)
    if text.strip().lower() in meant:
        assert found is not None
        assert found["SECURE_SSL_REDIRECT"] is meant[text.strip().lower()]


SES = "arn:aws:ses:eu-central-1:123456789012:identity/b.org"
of_senders = st.text("aB1 .,;:@()<>\"'\\=?_äß☕\u200e", max_size=12)
mailboxes = st.sampled_from(["a@b.org", "a+x@mail.b.org", "a@bücher.example", "ä@b.org", "a@", "a"])


@tried
@given(
    name=of_senders,
    address=mailboxes,
    form=st.sampled_from(["{a}", "{n} <{a}>", '"{n}" <{a}>', "<{a}>", "{n}<{a}>"]),
    more=st.sampled_from(["", ", c@d.org", " x", ", C <c@d.org>", ";"]),
)
def test_a_sender_is_the_one_who_was_meant_or_refused(
    name: str, address: str, form: str, more: str
) -> None:
    found = given_by(EMAIL_FROM=form.format(n=name, a=address) + more, EMAIL_IDENTITY_ARN=SES)
    if found is None:
        is_plain = name.replace(" ", "").isalnum() and address in {"a@b.org", "a+x@mail.b.org"}
        assert more or not is_plain
        return
    [(said, sending)] = getaddresses([found["EMAIL_FROM"]])
    assert found["EMAIL_FROM"].isascii()
    assert (sending, more) == (address, "")
    meant = name if "{n}" in form else ""
    meant = re.sub(r"\\(.)", r"\1", meant) if '"' in form else meant.strip()
    assert str(make_header(decode_header(said))).strip() == meant.strip()


names = ("BACKEND_STACK_NAME", "BUSINESS_GROUP_NAME", "AWS_REGION", "TIME_ZONE", "KMS_KEY_ARN")


@tried
@given(
    name=st.sampled_from(names), text=anything | st.from_regex(r"\$\{?[A-Z]+\}?", fullmatch=True)
)
def test_a_name_is_the_one_that_was_given_or_refused(name: str, text: str) -> None:
    found = given_by(**{name: text})
    if found is not None:
        assert found[name] == text.strip()
        assert found[name] or name in {"AWS_REGION", "KMS_KEY_ARN"}
        assert "$" not in found[name]


REFERENCES = ["$KEY", "${KEY}", "$(cat key)", "`cat key`"]


@tried
@given(key=anything | st.sampled_from([*REFERENCES, "key\n"]))
def test_a_secret_is_the_one_that_was_given_or_refused(key: str) -> None:
    found = given_by(*[key] if len(key) > 12 else [], SECRET_KEY=key)
    assert found is None or found["SECRET_KEY"] == key
    assert found is None or key not in REFERENCES


parts = st.text("ab1.-_~!$&'()*+,;=:@/?#[]% ä", min_size=1, max_size=12).map(
    lambda text: f"{text}hunter2"
)


@tried
@given(user=parts, password=parts, name=parts, port=st.integers(-1, 70_000))
def test_a_percent_encoded_url_of_a_database_is_understood(
    user: str, password: str, name: str, port: int
) -> None:
    encoded = {"user": quote(user, ""), "password": quote(password, ""), "name": quote(name, "")}
    url = "postgres://{user}:{password}@db.example.org:{port}/{name}".format(port=port, **encoded)
    found = given_by(password, "hunter2", DATABASE_URL=url)
    assert (found is not None) == (1 <= port <= 65535)
    if found is not None:
        database = found["DATABASES"]["default"]
        assert (database["USER"], database["PASSWORD"]) == (user, password)
        assert (database["HOST"], database["PORT"]) == ("db.example.org", port)
        assert (database["NAME"], database["ENGINE"]) == (name, "django.db.backends.postgresql")


@tried
@given(
    password=parts,
    scheme=st.sampled_from(["postgres", "mysql", "postgresql", "mongodb", "", "a b"]),
)
def test_a_url_as_typed_is_understood_or_refused(password: str, scheme: str) -> None:
    found = given_by(password, "hunter2", DATABASE_URL=f"{scheme}://user:{password}@host/name")
    if found is not None:
        database = found["DATABASES"]["default"]
        assert (database["PASSWORD"], database["HOST"]) == (password, "host")
        assert (database["NAME"], database["USER"]) == ("name", "user")


options = st.dictionaries(
    st.sampled_from(
        [
            *("sslmode", "sslrootcert", "sslkey", "passfile", "options", "service", "hostaddr"),
            *("application_name", "connect_timeout", "target_session_attrs", "keepalives"),
            *("dbname", "host", "port", "user", "password", "client_encoding", "name", "SSLMODE"),
            *("pool", "server_side_binding", "isolation_level", "autocommit", "cursor_factory"),
            *("context", "row_factory", "prepare_threshold", "assume_role", "ssl", "charset"),
        ]
    ),
    st.sampled_from(["1", "true", "x", "-c a=b", "system", "certs/ca.pem", "/etc/ca.pem", "~/ca"]),
    min_size=1,
    max_size=3,
)


@tried
@given(options=options)
def test_options_of_postgres_are_used_as_they_were_given_or_refused(
    options: dict[str, str],
) -> None:
    found = given_by(DATABASE_URL=f"postgres://u:p@h:1/n?{urlencode(options, quote_via=quote)}")
    if found is None:
        assert not {"sslmode", "options", "service", "connect_timeout"} >= options.keys()
        return
    entry = connections.configure_settings(found["DATABASES"])["default"]
    used = PostgresWrapper(entry).get_connection_params()
    asked = {name: text for name, text in used.items() if isinstance(text, str | int)}
    make_conninfo("", **asked)
    assert [asked[each] for each in ("user", "password", "host", "port", "dbname")] == [
        *("u", "p", "h", 1, "n"),
    ]
    for name, text in options.items():
        is_path = name in {"sslrootcert", "sslkey", "passfile"} and text != "system"
        assert str(asked[name]) == (str(REPOSITORY / text) if is_path else text)


def test_a_name_that_postgres_would_cut_is_refused() -> None:
    assert given_by(DATABASE_URL=f"postgres://u@h/{'n' * 64}") is None


paths = st.text("ab1.-_+ &=:@ä'()%~$/", min_size=1, max_size=15)


@tried
@given(path=paths, absolute=st.booleans(), encoded=st.booleans())
def test_a_file_of_sqlite_is_the_one_that_was_given_or_refused(
    path: str, absolute: bool, encoded: bool
) -> None:
    # A space at the end of a URL that is not encoded is no part of it.
    path = f"/nowhere/{path}x" if absolute else f"{path}x"
    found = given_by(DATABASE_URL=f"sqlite:///{quote(path) if encoded else path}")
    if found is not None:
        assert Path(found["DATABASES"]["default"]["NAME"]) == REPOSITORY / path
        assert found["DATABASES"]["default"]["OPTIONS"]["timeout"] == 20


@tried
@given(
    url=anything
    | anything.map(lambda text: f"sqlite:{text}")
    | st.sampled_from(
        [
            "sqlite://",
            "sqlite:///",
            "sqlite://db.sqlite3",
            "sqlite:db.sqlite3",
            "db.sqlite3",
            "sqlite:///:memory:#",
        ]
    )
)
def test_no_other_url_is_a_database(url: str) -> None:
    found = given_by(DATABASE_URL=url)
    if found is not None:
        assert url.strip().startswith("sqlite:///")
        assert found["DATABASES"]["default"]["NAME"] != ":memory:"


@tried
@given(path=paths)
def test_a_folder_is_the_one_that_was_given_or_refused(path: str) -> None:
    found = given_by(STATIC_ROOT=path)
    if found is not None:
        assert Path(found["STATIC_ROOT"]) == Path(os.path.normpath(REPOSITORY / path.strip()))
        assert Path(found["STATIC_ROOT"]) not in REPOSITORY.parents


folders = st.sampled_from(["", "a", "a/b", "b", "link", "link/b", "a/..", "..", "../c"])


@tried
@given(root=folders, database=folders, file=folders, has_server=st.booleans())
def test_no_private_file_lies_where_everybody_could_download_it(
    private: Path, root: str, database: str, file: str, has_server: bool
) -> None:
    settings_file, database_file = private / file / "site.env", private / database / "db.sqlite3"
    settings_file.touch()
    found = given_by(
        ENV_FILE=str(settings_file),
        STATIC_ROOT=str(private / root),
        DATABASE_URL="postgres://h/a" if has_server else f"sqlite:///{database_file}",
    )
    files = [settings_file, *([] if has_server else [database_file])]
    folder = (private / root).resolve()
    assert (found is None) == any(each.resolve().is_relative_to(folder) for each in files)


hosts = st.lists(
    st.sampled_from(
        ["a.org", ".b.org", "[::1]", "localhost", "a.org:80", "http://a.org", "a b", "*"]
    )
)


@tried
@given(entries=hosts, comma=st.sampled_from([",", ", ", " , ", ",\n"]))
def test_a_list_of_hosts_is_the_one_that_was_given_or_refused(
    entries: list[str], comma: str
) -> None:
    text = comma.join(entries)
    found = given_by(ALLOWED_HOSTS=text)
    usable = [each for each in entries if each not in {"a.org:80", "http://a.org", "a b"}]
    assert (found is not None) == (usable == entries and entries != [] and "\n" not in text)
    assert found is None or found["ALLOWED_HOSTS"] == entries


URLS = {
    "SENTRY_DSN": "https://0123abc@{}/1",
    "OIDC_ISSUER": "https://{}/realm",
    "CSRF_TRUSTED_ORIGINS": "https://{}",
    "CACHE_URL": "redis://{}/0",
    "AWS_ENDPOINT_URL": "https://{}",
}
SIGN_ON = {"OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y", "OIDC_SUPPORT_GROUPS": "a"}


@tried
@given(
    name=st.sampled_from(sorted(URLS)),
    host=st.sampled_from(
        ["a.example", "localhost", "a b", "[::1", "[::1]", "{a}", "ä.example", "a\\b"]
    ),
    port=st.none() | st.integers(-1, 70_000) | st.sampled_from([0, 1, 65_535, 65_536, 99_999]),
)
def test_a_url_of_a_server_is_one_that_can_be_called_or_refused(
    name: str, host: str, port: int | None
) -> None:
    place = host if port is None else f"{host}:{port}"
    url = URLS[name].format(place)
    found = given_by(**SIGN_ON, **{name: url})
    is_usable = host in {"a.example", "localhost", "[::1]"} and (port is None or 0 < port < 65_536)
    if name == "SENTRY_DSN" and host == "[::1]":
        is_usable = False  # Sentry's own form has none
    assert (found is not None) == is_usable
    if found is not None and name == "SENTRY_DSN":
        assert Dsn(found[name]).port == (port or 443)


@pytest.mark.parametrize("region", ["", " "])
def test_an_empty_region_does_not_hide_the_default_one(region: str) -> None:
    found = given_by(AWS_REGION=region, AWS_DEFAULT_REGION="eu-west-1")
    assert found is not None
    assert found["AWS_REGION"] == "eu-west-1"


OF_BOTO3 = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"),
    *("AWS_ENDPOINT_URL_DYNAMODB", "HTTPS_PROXY", "http_proxy", "AWS_MAX_ATTEMPTS"),
    *("AWS_METADATA_SERVICE_TIMEOUT", "AWS_RETRY_MODE", "AWS_DEFAULTS_MODE"),
)
addresses = st.sampled_from(
    [
        *("http://[::1", "http://h:99999", "http://h:0", "::::", "socks5://h:1", "h:x", "http://"),
        *("http://user:hunter2@h:3128", "h:3128", "https://h", "http://h/a b", "http://ü"),
    ]
)
USABLE = {
    *("http://user:hunter2@h:3128", "https://h", "legacy", "standard"),
    *(str(number) for number in range(1, 101)),
}


@tried
@given(name=st.sampled_from(OF_BOTO3), text=addresses | numbers | st.sampled_from(sorted(USABLE)))
def test_what_boto3_reads_by_itself_is_usable_or_refused(name: str, text: str) -> None:
    is_secret = not name.endswith(("MODE", "ATTEMPTS", "TIMEOUT"))
    found = given_by(*["hunter2"] if is_secret else [], **{name: text})
    if found is None:
        is_form = name.endswith(("MODE", "ATTEMPTS", "TIMEOUT")) or "://" not in text
        assert text not in USABLE or is_form
    elif name.endswith(("ID", "KEY", "TOKEN")):
        assert text == "" or (text.isascii() and text.isprintable() and " " not in text)
    elif "URL" in name or "proxy" in name.lower():
        parts = urlsplit(text if "://" in text else f"http://{text}")
        assert text == "" or (parts.hostname and parts.scheme in {"http", "https"})
        assert parts.port != 0
    elif name.endswith(("ATTEMPTS", "TIMEOUT")):
        assert text == "" or 0 <= int(text) <= 1000


OF_HOME = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")  # in which boto3 reads a ~
FILES = (
    *("AWS_CA_BUNDLE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "PGSSLROOTCERT", "PGSSLKEY"),
    *("PGPASSFILE", "PGSERVICEFILE", *OF_HOME),
)


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_clients_read_is_the_same_from_every_folder_or_refused(
    name: str, in_file: bool, tmp_path: Path
) -> None:
    for text in ("/etc/ca.pem", "/a b/ca", "", "ca.pem", "./ca", "../ca", "~/ca", "~", "certs/ca"):
        given = {name: text}
        if in_file:
            (tmp_path / "env").write_text(f"{name}='{text}'\n")
            given = {"ENV_FILE": str(tmp_path / "env")}
        is_usable = text[:1] in {"", "/"} or (text.startswith("~/") and name in OF_HOME)
        assert (given_by(**given) is not None) == is_usable
    assert (given_by(**{name: "system"}) is not None) == (name == "PGSSLROOTCERT")


def test_an_empty_variable_of_boto3_does_not_hide_the_file(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(f"SECRET_KEY={KEY}\nAWS_MAX_ATTEMPTS=many\n")
    environ = {"ENV_FILE": str(tmp_path / "env"), "AWS_MAX_ATTEMPTS": ""}
    assert read(environ) is None
    assert read({**environ, "AWS_MAX_ATTEMPTS": "3"}) is not None


@tried
@given(listed=anything | st.sampled_from(["DATABASE_URL", " SECRET_KEY ,", ",,", "HOME,\u2028"]))
def test_settings_that_are_required_are_there_or_named(listed: str) -> None:
    found = given_by(REQUIRED_SETTINGS=listed)
    wanted = {each.strip() for each in listed.split(",")} - {""}
    assert (found is not None) == (wanted <= {"SECRET_KEY", "ENV_FILE", "REQUIRED_SETTINGS"})
