"""The sweep of a pool that other applications share, where staff ask for everybody since a day."""

import io
from typing import Any

from django.core.management import call_command

from aws_setup.local.server import LocalAws
from aws_setup.template.parameters import backend_parameters
from tests.aws_setup.existing.user_pool.test_shared_pool import SharedPool


def sweep(*arguments: str) -> str:
    out = io.StringIO()
    call_command("find_stuck_onboardings", "--older-than", "0s", *arguments, stdout=out)
    return out.getvalue()


def test_a_given_day_takes_in_those_of_other_app_clients(
    aws_environment: LocalAws, settings: Any, db: None
) -> None:
    pool = SharedPool(aws_environment)
    settings.ALLOWED_CLIENT_IDS = [pool.clients["ours"]]
    pool.deploy(backend_parameters()["ClientIdPattern"])
    pool.sign_up("ours")
    theirs = pool.sign_up("theirs")
    said = sweep()
    assert "0 of them newly found stuck" in said
    assert "1 left out, because they may have signed up through an app client" in said
    said = sweep("--confirmed-after", "2000-01-01")
    assert "1 of them newly found stuck" in said
    assert theirs in said
