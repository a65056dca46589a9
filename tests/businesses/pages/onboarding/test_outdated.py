"""Where Cognito holds other data than a stuck record: pages say so, and a retry takes Cognito's."""

import pytest
from django.test import Client

from businesses.records.onboarding import COMPLETED, FAILED
from tests.businesses.deployed import Deployed
from tests.businesses.pages.onboarding.retrying import (
    RETRY,
    batch,
    begin,
    history,
    named,
    results,
    send,
)
from tests.businesses.pages.onboarding.test_retry_troubles import unwritable_history
from tests.businesses.pages.said import STUCK, said, words

TAKES = "Cognito holds another e-mail and name, which the record takes first."


def outdated(deployed: Deployed, *, verified: bool = True) -> str:
    """Return the sub of somebody stuck, whose name and address have changed since."""
    [sub] = deployed.stuck(1)
    deployed.set_attributes(sub, email="now@example.com", email_verified="true", name="Now Ltd")
    if not verified:
        deployed.set_attributes(sub, email_verified="false")
    return sub


def written(deployed: Deployed, sub: str) -> tuple[str, str]:
    """Return the name and the address of the Business."""
    item = deployed.business(sub)
    return item["name"]["S"], item["email"]["S"]


def test_the_confirmation_says_so_and_the_default_takes_cognitos(
    deployed: Deployed, support: Client
) -> None:
    sub, [same] = outdated(deployed), deployed.stuck(1)
    deployed.set_attributes(same, name=deployed.record(same).name)
    page = support.get(named(sub, same))
    assert "Of at least 1 of these, Cognito holds other data than the record." in said(page)
    assert TAKES in said(page)
    answer = send(support, named(sub, same), sub=[sub, same])
    assert results(answer) == {sub: "completed", same: "completed"}
    told = {each["sub"]: each["text"] for each in answer["results"]}
    taken = "Took from Cognito: e-mail, name."
    assert told[sub] == f"Retry completed. {taken} The business exists."
    assert told[same] == "Retry completed. The business exists."
    assert written(deployed, sub) == ("Now Ltd", "now@example.com")
    assert [message for _, message in history(sub)] == [
        taken,
        "Retry begun.",
        told[sub],
    ]


def test_the_record_may_keep_its_data_if_staff_say_so(deployed: Deployed, support: Client) -> None:
    sub = outdated(deployed)
    record = deployed.record(sub)
    address = f"{named(sub)}&keep=1"
    page = support.get(address)
    assert "Cognito holds another e-mail and name, which the record does not take." in said(page)
    assert f'action="{RETRY}?keep=1"' in page.content.decode()
    assert results(send(support, f"{RETRY}?keep=1", sub=sub)) == {sub: "completed"}
    assert written(deployed, sub) == (record.name, record.email)


def test_who_was_retried_with_the_data_of_the_record_is_retried_with_them_again(
    deployed: Deployed, support: Client
) -> None:
    sub = outdated(deployed)
    before = deployed.record(sub)
    with deployed.without_group():
        run = send(support, f"{named(sub)}&keep=1", sub=sub)["run"]
    batch(support, begin(support, f"{run}again/"))
    assert written(deployed, sub) == (before.name, before.email)


def test_all_that_match_take_cognitos_too(deployed: Deployed, support: Client) -> None:
    sub = outdated(deployed)
    batch(support, begin(support, f"{RETRY}?all=1"), size=20)
    assert written(deployed, sub) == ("Now Ltd", "now@example.com")


def test_an_address_that_nobody_verified_is_told_and_not_taken(
    deployed: Deployed, support: Client
) -> None:
    sub = outdated(deployed, verified=False)
    record = deployed.record(sub)
    kept = "Cognito holds another e-mail, which is not verified, so the record's is kept."
    assert kept in said(support.get(named(sub)))
    page = said(support.get(f"{STUCK}{sub}/change/"))
    assert "Cognito also holds the e-mail now@example.com, which is not verified" in page
    send(support, named(sub), sub=sub)
    assert written(deployed, sub) == ("Now Ltd", record.email)


def test_the_list_says_so_of_whom_a_search_finds_in_cognito(
    deployed: Deployed, viewer: Client
) -> None:
    outdated(deployed)
    page = said(viewer.get(STUCK, {"q": "now@example.com", "reason": "GroupNotAllowed"}))
    assert "Cognito holds another e-mail and name than the record." in page


def test_the_page_offers_cognitos_data_first(deployed: Deployed, support: Client) -> None:
    sub = outdated(deployed)
    page = support.get(f"{STUCK}{sub}/change/")
    [buttons] = words(page, "settle top-actions")
    assert buttons.split("\n")[0] == "Take the data from Cognito and retry"
    assert TAKES in said(page)
    support.post(f"{STUCK}refresh/", {"sub": sub})
    assert written(deployed, sub) == ("Now Ltd", "now@example.com")


def test_a_name_that_cognito_does_not_have_is_not_made_up(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    name = deployed.record(sub).name
    deployed.set_attributes(sub, email="now@example.com", email_verified="true")
    send(support, named(sub), sub=sub)
    assert written(deployed, sub) == (name, "now@example.com")


@pytest.mark.usefixtures("as_impatient_as_staff")
def test_without_an_answer_of_cognito_the_record_is_retried_as_it_is(
    deployed: Deployed, support: Client
) -> None:
    sub = outdated(deployed)
    record = deployed.record(sub)
    deployed.aws.faults.fail("ListUsers", "InternalErrorException", status=500, times=20)
    assert results(send(support, named(sub), sub=sub)) == {sub: "completed"}
    assert written(deployed, sub) == (record.name, record.email)


def test_who_has_a_business_takes_nothing(deployed: Deployed, support: Client) -> None:
    sub = outdated(deployed)
    record = deployed.record(sub)
    deployed.write_business(sub)
    send(support, named(sub), sub=sub)
    after = deployed.record(sub)
    assert (after.status, after.person) == (COMPLETED, record.person)


def test_a_history_that_cannot_be_written_keeps_anybody_from_being_retried(
    deployed: Deployed, support: Client
) -> None:
    sub = outdated(deployed)
    with unwritable_history("LIKE 'Took from%'"):
        answer = send(support, named(sub), sub=sub)
    assert answer["problem"]["message"] == "The site could not write down what was done."
    assert deployed.record(sub).status == FAILED
    assert deployed.business(sub) is None
