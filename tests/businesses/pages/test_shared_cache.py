"""Pages with a cache on Redis or Valkey that the processes of the site share."""

from typing import Any

import pytest
from django.test import Client

from tests.businesses.deployed import Deployed
from tests.servers.redis import Redis

pytestmark = pytest.mark.redis
ADDRESSES = ("/admin/", "/admin/businesses/business/", "/admin/businesses/onboarding/")


def test_pages_go_on_without_the_cache(
    shared_cache: Any, redis_server: Redis, deployed: Deployed, support: Client
) -> None:
    deployed.stuck(2)
    shown = {address: support.get(address) for address in ADDRESSES}
    redis_server.stop()
    for address, before in shown.items():
        after = support.get(address)
        assert before.status_code == after.status_code == 200
        assert len(after.content) > 0.9 * len(before.content)


def test_no_key_holds_an_address(shared_cache: Any, deployed: Deployed, support: Client) -> None:
    deployed.stuck(2)
    for address in ADDRESSES:
        assert support.get(address).status_code == 200
    keys = shared_cache._cache.get_client().keys()
    assert len(keys) > 3
    assert not any(b"@" in key or b"example" in key for key in keys)
