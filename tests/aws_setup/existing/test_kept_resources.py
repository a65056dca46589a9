"""Which of the pools and tables that were kept are adopted."""

import pytest

from aws_setup.exceptions import AdoptionAmbiguous
from aws_setup.existing.kept_resources import KeptResource, choose
from aws_setup.existing.stored_data import StoredData
from aws_setup.local.server import LocalAws

POOL = KeptResource(logical_id="UserPool", physical_id="eu-central-1_a")
OTHER_POOL = KeptResource(logical_id="UserPool", physical_id="eu-central-1_b")
TABLE = KeptResource(logical_id="BusinessTable", physical_id="onboarding-BusinessTable-1")


def test_all_that_was_kept_is_adopted_where_it_is_clear_what_that_is() -> None:
    assert choose([POOL, TABLE], []) == (POOL, TABLE)
    assert choose([], []) == ()


def test_of_two_pools_none_is_guessed() -> None:
    with pytest.raises(
        AdoptionAmbiguous, match=r"know which of them to adopt\. Nothing was changed"
    ) as caught:
        choose([POOL, OTHER_POOL, TABLE], [])
    assert "UserPool eu-central-1_a; UserPool eu-central-1_b;" in caught.value.hint
    assert "--adopt ID" in caught.value.hint


def test_what_is_named_is_adopted_and_the_rest_left_alone() -> None:
    found = [POOL, OTHER_POOL, TABLE]
    assert choose(found, ["eu-central-1_b", TABLE.physical_id]) == (OTHER_POOL, TABLE)
    assert choose(found, ["eu-central-1_b"]) == (OTHER_POOL,)
    assert choose(found, ["none"]) == ()


def test_a_name_that_was_not_kept_is_refused() -> None:
    with pytest.raises(AdoptionAmbiguous, match=r"left eu-central-1_c\. Nothing was changed"):
        choose([POOL], ["eu-central-1_c"])


def test_what_was_deleted_and_is_still_found_by_its_tags_is_left_out(local_aws: LocalAws) -> None:
    cognito, dynamodb = (
        local_aws.client(name, "eu-central-1") for name in ("cognito-idp", "dynamodb")
    )
    pool = cognito.create_user_pool(PoolName="pool")["UserPool"]["Id"]
    there = KeptResource(logical_id="UserPool", physical_id=pool)
    assert StoredData(cognito, dynamodb).still_there([POOL, TABLE, there]) == (there,)
