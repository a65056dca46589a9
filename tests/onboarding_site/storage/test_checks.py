"""What `check` says where several processes share too little."""

import pytest

from tests.processes import manage

POSTGRES = "postgres://u@h/n"
OF_SQLITE, OF_CACHE = "storage.W001", "storage.W002"


@pytest.mark.parametrize(
    ("variables", "options", "found"),
    [
        ({"WEB_CONCURRENCY": "4"}, [], [OF_SQLITE, OF_CACHE]),
        ({"WEB_CONCURRENCY": "4", "CACHE_URL": "database"}, [], [OF_SQLITE]),
        ({"WEB_CONCURRENCY": "4", "CACHE_URL": "redis://h"}, ["--deploy"], [OF_SQLITE]),
        ({"WEB_CONCURRENCY": "4", "DATABASE_URL": POSTGRES}, [], [OF_CACHE]),
        ({"WEB_CONCURRENCY": "4", "DATABASE_URL": POSTGRES, "CACHE_URL": "redis://h"}, [], []),
        ({"WEB_CONCURRENCY": "4", "DEBUG": "true"}, [], []),
        ({}, ["--deploy"], []),
    ],
)
def test_several_processes_that_share_too_little_are_warned_of(
    variables: dict[str, str], options: list[str], found: list[str]
) -> None:
    done = manage("check", *options, variables=variables)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert [each for each in (OF_SQLITE, OF_CACHE) if said.count(each) == 1] == found
