"""Rows whose e-mail or name Cognito holds otherwise: both lists mark them after they are shown."""

from collections.abc import Iterable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from businesses.aws.cognito.drifts import DRIFT_CALLS_PER_SECOND
from tests.businesses.account import Account, business
from tests.businesses.deployed import Deployed
from tests.businesses.pages.said import LIST, STUCK, cells, late, said, text_of

CHANGED = "Cognito holds another e-mail address, which is verified."


def marks(answer: Iterable[str | None]) -> list[str | None]:
    """Return the texts of the cells of an answer."""
    return [None if cell is None else text_of(cell) for cell in answer]


def drifted(deployed: Deployed) -> list[str]:
    """Return the subs of four stuck people: two changed, one unverified, and one the same."""
    subs = deployed.stuck(4)
    for sub in subs:
        record = deployed.record(sub)
        same = {"email": record.email, "email_verified": "true", "name": record.name}
        deployed.set_attributes(sub, **same)
    deployed.set_attributes(subs[0], email=f"now-{subs[0]}@example.com", email_verified="true")
    deployed.set_attributes(subs[1], name="Now <Ltd>")
    # The stack's pool takes a new address only once it is verified.
    deployed.set_attributes(subs[2], email=f"new-{subs[2]}@example.com", email_verified="true")
    deployed.set_attributes(subs[2], email_verified="false")
    return subs


def test_the_stuck_list_marks_whom_cognito_holds_otherwise(
    deployed: Deployed, support: Client
) -> None:
    deployed.forget_onboardings()
    subs = drifted(deployed)
    before = deployed.aws.faults.calls("ListUsers")
    page = support.get(STUCK)
    assert deployed.aws.faults.calls("ListUsers") == before
    assert "e-mail changed" not in page.content.decode()
    answer = late(support, page, "drift").json()
    expected = ["e-mail changed", "name changed", "e-mail not verified", ""]
    shown = [row.pk for row in page.context["cl"].result_list]
    found = dict(zip(shown, answer["cells"], strict=True))
    assert marks(found[sub] for sub in subs) == expected
    assert CHANGED in answer["note"]
    assert "which is not verified, so it is not taken" in answer["note"]
    assert "now-" not in str(answer)  # which is not cached, and stands on the page
    page = support.get(STUCK)  # what is known is in the page at once
    assert "e-mail changed" in " ".join(cells(page, "listed_name"))
    assert CHANGED in said(page)
    assert deployed.aws.faults.calls("ListUsers") == before + len(subs)
    with pytest.raises(LookupError):
        late(support, page, "drift")


def test_without_scripts_the_page_that_waits_has_the_marks(
    deployed: Deployed, support: Client
) -> None:
    deployed.forget_onboardings()
    drifted(deployed)
    assert 'content="0;url=?wait=1"' in support.get(STUCK).content.decode()
    page = support.get(f"{STUCK}?wait=1")
    assert "http-equiv" not in page.content.decode()
    text = said(page)
    assert "! e-mail changed" in text
    assert CHANGED in text


def test_without_scripts_a_page_stays_while_it_says_what_was_done(
    deployed: Deployed, support: Client
) -> None:
    deployed.forget_onboardings()
    subs = drifted(deployed)
    form = {"sub": subs[:2], "reason": "A test account"}
    page = support.post(f"{STUCK}dismiss/", form, follow=True)
    assert page.context["cl"].late_requests
    assert "Dismissed: A test account" in page.content.decode()
    assert "http-equiv" not in page.content.decode()  # the next page would not say it


def test_who_is_settled_is_not_compared(deployed: Deployed, support: Client) -> None:
    deployed.forget_onboardings()
    deployed.stuck(1, status="DISMISSED")
    page = support.get(f"{STUCK}?status=dismissed")
    assert len(page.context["cl"].result_list) == 1
    with pytest.raises(LookupError):
        late(support, page, "drift")


def test_the_list_of_businesses_marks_them_too(account: Account, viewer: Client) -> None:
    account.deploy()
    subs = [account.create_user(f"user-{number}", "businesses") for number in range(3)]
    changed = [{}, {"email": "other@example.com"}, {"name": "Another name"}]
    for number, sub in enumerate(subs):
        held = {"email": f"owner-{number}@example.com", "email_verified": "true"}
        account.cognito.admin_update_user_attributes(
            UserPoolId=account.user_pool_id,
            Username=f"user-{number}",
            UserAttributes=[
                {"Name": name, "Value": text} for name, text in (held | changed[number]).items()
            ],
        )
        account.write([business(number, id=sub, owner=f"{sub}::user-{number}")])
    further = business(4, owner=f"{subs[0]}::user-0", email="owner-0@example.com", name="Other")
    account.write([further])
    page = viewer.get(LIST)
    answer = late(viewer, page, "drift").json()
    assert marks(answer["cells"]) == ["", "name changed", "e-mail changed", ""]


@pytest.mark.usefixtures("as_impatient_as_staff")
def test_a_page_asks_only_as_fast_as_the_quota_allows(account: Account, viewer: Client) -> None:
    account.deploy()
    account.write(business(number) for number in range(50))
    answer = late(viewer, viewer.get(LIST), "drift").json()["cells"]
    answered = sum(cell is not None for cell in answer)
    # The others stay empty, and the script asks again.
    assert DRIFT_CALLS_PER_SECOND <= answered <= 3 * DRIFT_CALLS_PER_SECOND
    assert account.aws.faults.calls("ListUsers") <= 3 * DRIFT_CALLS_PER_SECOND


def test_a_silent_cognito_leaves_the_rows_uncompared(account: Account, viewer: Client) -> None:
    account.deploy()
    account.write([business(1)])
    account.aws.faults.fail("ListUsers", "InternalErrorException", status=500, times=8)
    answer = late(viewer, viewer.get(LIST), "drift").json()
    assert answer == {"cells": [None], "note": ""}
    assert "not compared" in cells(viewer.get(f"{LIST}?wait=1"), "listed_address")[0]


def test_nobody_else_may_ask(account: Account, viewer: Client) -> None:
    account.deploy()
    account.write([business(1)])
    page = viewer.get(LIST)
    stranger = Client()
    stranger.force_login(User.objects.create_user("sam", is_staff=True))
    assert late(stranger, page, "drift").status_code == 403
    assert viewer.get(f"{LIST}drift/").status_code == 405
    assert viewer.post(f"{LIST}drift/", {"rows": "x"}).status_code == 400


def give_email(account: Account, username: str, email: str) -> None:
    """Give a user this address, verified."""
    given = {"email": email, "email_verified": "true"}
    account.cognito.admin_update_user_attributes(
        UserPoolId=account.user_pool_id,
        Username=username,
        UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()],
    )


def test_who_is_looked_up_for_the_groups_is_compared_at_that(
    account: Account, viewer: Client
) -> None:
    """Where usernames are not the subs; whoever has a username by now is not compared."""
    account.deploy()
    subs = [account.create_user(name, "businesses") for name in ("ann", "ben", "cleo")]
    give_email(account, "ann", "now@example.com")
    give_email(account, "ben", "owner-1@example.com")
    account.write(
        business(number, owner=f"{sub}::{name}")
        for number, (sub, name) in enumerate(zip(subs, ("ann", "ben", "cleo"), strict=True))
    )
    account.cognito.admin_delete_user(UserPoolId=account.user_pool_id, Username="cleo")
    account.create_user("cleo", "businesses")
    give_email(account, "cleo", "other@example.com")
    account.aws.faults.clear()
    page = viewer.get(LIST)
    answer = late(viewer, page, "groups").json()
    assert [text_of(cell) for cell in answer["cells"]] == [
        "user gone",
        "businesses",
        "businesses",
    ]
    # Of each sub, and of who has the username of the one who is gone.
    assert account.aws.faults.calls("ListUsers") == 4
    assert marks(late(viewer, page, "drift").json()["cells"]) == ["", "", "e-mail changed"]
    assert account.aws.faults.calls("ListUsers") == 4
