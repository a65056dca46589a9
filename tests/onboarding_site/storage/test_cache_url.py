"""CACHE_URL: each form is one cache, or refused without showing its password."""

from typing import Any

import pytest

from onboarding_site.storage.cache_url import cache


@pytest.mark.parametrize(
    ("url", "address", "credentials"),
    [
        ("redis://h", "redis://h:6379/0", {}),
        ("redis://h/", "redis://h:6379/0", {}),
        ("valkey://h:7000/3", "redis://h:7000/3", {}),
        ("rediss://u:p%2F%3F%23%40%3A%25ss@h/1", "rediss://h:6379/1", {"u": "p/?#@:%ss"}),
        ("valkeys://:p:s@[::1]", "rediss://[::1]:6379/0", {"": "p:s"}),
    ],
)
def test_a_url_names_a_server(url: str, address: str, credentials: dict[str, str]) -> None:
    found = cache(f" {url}\n")
    options = found["OPTIONS"]
    given = {options.get("username", ""): options["password"]} if "password" in options else {}
    assert (found["LOCATION"], given) == (address, credentials)


def test_the_word_database_names_a_table() -> None:
    found = cache("database")
    assert found["BACKEND"].endswith("DatabaseCache")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        *(
            (url, "is no URL of a cache that this site can use: set redis://")
            for url in (
                "redis:h",
                "http://:hunter2@h",
                "memcached://hunter2",
                "redis://:hun/ter2@h",
                "redis://:hun@ter2@h",
                "redis://:hun%ter2@h",
                "redis://:hunter2@h/name",
                "redis://:hunter2@h/0?password=hunter2",
                "databases",
            )
        ),
        ("redis://:hunter2@h:0", "has a port that is not from 1 to 65535"),
        ("redis://:hunter2@h:70000", "has a port that is not from 1 to 65535"),
        ("redis://:hunter2%FF@h", "has a percent-encoding that is not UTF-8"),
        ("redis://:hunter2%00@h", "has a NUL in it"),
    ],
)
def test_any_other_url_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        cache(url)
    assert str(caught.value).startswith(said)
    assert "hunter2" not in str(caught.value)


def test_the_address_that_is_shown_holds_no_password() -> None:
    found: dict[str, Any] = cache("redis://u:hunter2@h")
    assert "hunter2" not in found["LOCATION"]
