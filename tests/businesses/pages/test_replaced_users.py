"""Users who are gone and whose username somebody else has by now, as staff see them."""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from businesses.pages.addresses import person_address
from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, Onboarding
from tests.businesses.account import business
from tests.businesses.pages.onboarding.retrying import named, send
from tests.businesses.pages.said import (
    LIST,
    STUCK,
    WAITING,
    cells,
    field,
    labelled,
    messages,
    names,
    said,
)
from tests.businesses.site_user import SiteUser
from tests.businesses.username_pool import UsernamePool, deploy_around_usernames

REPLACED = "This user is gone; the username belongs to somebody else now."
KIND = "UsernameOfAnotherUser"
NAME = "The username belongs to somebody else now"


@pytest.fixture(scope="module")
def site_user(local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> SiteUser:
    deploy_around_usernames(local_aws_server, render_template())
    site_user = SiteUser(local_aws_server, tmp_path_factory.mktemp("site"))
    site_user.attach(UsernamePool(local_aws_server).outputs["SitePolicyArn"])
    return site_user


@pytest.fixture
def pool(
    local_aws_server: LocalAws, site_user: SiteUser, monkeypatch: pytest.MonkeyPatch
) -> Iterator[UsernamePool]:
    """The stack around a pool without users; the environment is the site's."""
    local_aws_server.faults.clear()
    pool = UsernamePool(local_aws_server)
    pool.forget_onboardings()
    for user in pool.cognito.list_users(UserPoolId=pool.pool)["Users"]:
        pool.delete(user["Username"])
    table = pool.outputs["BusinessTableName"]
    for each in pool.business_ids():
        pool.dynamodb.delete_item(TableName=table, Key={"id": {"S": each}})
    site_user.enter(monkeypatch)
    yield pool
    site_user.check()


def replaced(pool: UsernamePool) -> tuple[str, str]:
    """Let Bob get stuck and go, and another Bob be onboarded; return their subs."""
    first = pool.got_stuck("bob", "bob@bakery.example")
    pool.delete("bob")
    return first, pool.onboarded("bob", "another.bob@example.com")


def refused(record: Onboarding) -> bool:
    return (record.status, record.reason.type, record.reason.message) == (FAILED, KIND, REPLACED)


def write_business(pool: UsernamePool, sub: str, number: int, **changes: Any) -> None:
    record = business(number, id=sub, **{"owner": f"{sub}::bob", **changes})
    pool.dynamodb.put_item(TableName=pool.outputs["BusinessTableName"], Item=record.to_item())


def console_links(response: Any) -> list[str]:
    text = response.content.decode()
    return [part.partition('"')[0] for part in text.split('<a href="https://')[1:]]


def test_the_list_shows_the_groups_of_nobody_else(pool: UsernamePool, viewer: Client) -> None:
    first, second = replaced(pool)
    write_business(pool, first, 1, name="Bakery")
    write_business(pool, "bare", 2, name="Bare", owner="bob")
    response = viewer.get(WAITING)
    shown = dict(zip(names(response), cells(response, "groups"), strict=True))
    assert shown == {"another.bob": "businesses", "Bakery": "user gone", "Bare": "not checked"}
    assert REPLACED in response.content.decode()
    assert field(viewer.get(f"{LIST}{second}/change/"), "groups") == "businesses"


def test_the_page_of_a_business_shows_the_account_of_nobody_else(
    pool: UsernamePool, viewer: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = replaced(pool)
    write_business(pool, first, 1)
    # Only a file says where the embedded AWS is, which stands for AWS here: that has a console.
    config = tmp_path / "config"
    config.write_text(f"[default]\nendpoint_url = {os.environ['AWS_ENDPOINT_URL']}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    response = viewer.get(f"{LIST}{first}/change/")
    assert field(response, "user") == REPLACED
    assert field(response, "groups") == "user gone"
    assert "another.bob@example.com" not in response.content.decode()
    assert not [link for link in console_links(response) if "cognito" in link]
    response = viewer.get(f"{LIST}{second}/change/")
    assert field(response, "user_email") == "another.bob@example.com, not verified"
    assert [link for link in console_links(response) if "cognito" in link]


def test_the_page_of_a_record_says_which_step_is_impossible_and_offers_to_dismiss_it(
    pool: UsernamePool, support: Client
) -> None:
    first, _ = replaced(pool)
    response = support.get(f"{STUCK}{first}/change/")
    assert (
        "this user is gone and the username belongs to somebody else now, so expect the API to "
        "refuse it. Or dismiss the record."
    ) in said(response)
    assert ">Dismiss<" in response.content.decode()
    assert not [link for link in console_links(response) if "cognito" in link]
    person = said(support.get(person_address(first)))
    assert f"Confirmed Missing {REPLACED}" in person
    assert "In the group businesses Missing Not a member." in person
    [words] = labelled(support.get(named(first)), "What a retry would do")
    assert "the username belongs to somebody else now" in words


def test_the_page_of_a_person_shows_nobody_else(pool: UsernamePool, support: Client) -> None:
    first, second = replaced(pool)
    write_business(pool, first, 1, name="Bakery")
    text = said(support.get(person_address(first)))
    assert REPLACED in text
    assert "Bakery" in text
    assert "another.bob" not in text
    pool.delete("bob")
    text = said(support.get(person_address(first)))
    assert "The user no longer exists in the user pool." in text
    text = said(support.get(person_address(second)))
    assert "another.bob" in text
    assert "Bakery" not in text


def test_a_username_leads_to_whoever_had_it(pool: UsernamePool, viewer: Client) -> None:
    first, second = replaced(pool)
    text = viewer.get("/admin/businesses/search/", {"q": "bob"}).content.decode()
    for sub in (first, second):
        assert f'class="found-name" href="{person_address(sub)}"' in text


def test_a_retry_by_hand_is_refused_by_name_and_the_record_can_be_dismissed(
    pool: UsernamePool, support: Client
) -> None:
    first, second = replaced(pool)
    [result] = send(support, named(first), sub=first)["results"]
    assert (result["result"], result["fine"]) == ("retry failed", False)
    assert result["text"] == f"Retry failed. {NAME} ({KIND}: {REPLACED})"
    assert refused(pool.record(first))
    assert pool.business_ids() == {second}
    support.post(f"{STUCK}dismiss/?sub={first}", {"sub": first, "reason": "Gone"})
    assert pool.record(first).status == DISMISSED


@pytest.mark.parametrize("address", ["refresh/", "onboard/"])
def test_nothing_is_done_by_hand_for_a_user_who_is_gone(
    pool: UsernamePool, support: Client, address: str
) -> None:
    first, second = replaced(pool)
    before = pool.record(first)
    response = support.post(f"{STUCK}{address}", {"sub": first}, follow=True)
    assert messages(response)
    assert pool.record(first) == before
    assert pool.business_ids() == {second}


def test_the_command_goes_on_with_the_others_and_ends_with_1(pool: UsernamePool) -> None:
    first = pool.got_stuck("bob")
    others = [pool.got_stuck(name) for name in ("ann", "cid")]
    pool.delete("bob")
    pool.begin("bob")  # and never confirms
    output = StringIO()
    with pytest.raises(CommandError, match="Some are not onboarded") as caught:
        call_command("retry_onboardings", all=True, stdout=output)
    assert caught.value.returncode == 1
    assert f"{first}  failed: {NAME} ({KIND}: {REPLACED})" in output.getvalue()
    assert {pool.record(sub).status for sub in others} == {COMPLETED}
    assert refused(pool.record(first))
    assert pool.members() == pool.business_ids() == set(others)
    assert pool.aws.faults.calls("GraphQL") == 6  # three of the trigger's; no refusal twice


def test_a_user_who_comes_back_through_another_provider_is_somebody_else(
    pool: UsernamePool, support: Client
) -> None:
    """The username is derived from the provider's ID, so it is the same again."""
    first = pool.got_stuck("Google_108")
    pool.delete("Google_108")
    second = pool.create("Google_108")
    send(support, named(first), sub=first)
    assert refused(pool.record(first))
    assert pool.members() == set()
    support.post(f"{STUCK}onboard/", {"sub": second})
    assert pool.members() == pool.business_ids() == {second}


@pytest.mark.django_db
def test_the_sweep_gives_a_record_the_username_of_the_user_with_its_sub(
    pool: UsernamePool,
) -> None:
    first, second = replaced(pool)
    stuck = pool.got_stuck("ann")
    pool.dynamodb.update_item(
        TableName=pool.table.name,
        Key={"sub": {"S": stuck}},
        UpdateExpression="SET username = :name",
        ExpressionAttributeValues={":name": {"S": "bob"}},
    )
    before = pool.record(first)
    call_command("find_stuck_onboardings", "--older-than", "0s", stdout=StringIO())
    assert pool.record(stuck).username == "ann"
    assert pool.record(first) == before
    call_command("retry_onboardings", stuck, stdout=StringIO())
    assert pool.record(stuck).status == COMPLETED
    assert pool.business_ids() == {second, stuck}
