"""The page of one person: who they are, how far they got, what happened, what to do now."""

from django.test import Client

from businesses.pages.addresses import person_address
from tests.businesses.deployed import Deployed
from tests.businesses.pages.said import said


def test_somebody_who_is_onboarded(deployed: Deployed, support: Client) -> None:
    sub = deployed.sign_up()
    response = support.get(person_address(sub))
    assert response.status_code == 200
    text = said(response)
    assert "Confirmed Done Cognito says CONFIRMED." in text
    assert "In the group businesses Done" in text
    assert "Business written Done" in text
    assert "Nothing is left to do" in text


def test_somebody_who_is_stuck_is_retried_and_the_timeline_says_who_did_it(
    deployed: Deployed, support: Client
) -> None:
    with deployed.without_group():
        sub = deployed.sign_up()
    response = support.get(person_address(sub))
    text = said(response)
    assert "Onboarding failed by the trigger" in text
    assert f'href="/admin/businesses/onboarding/retry/?sub={sub}"' in response.content.decode()
    support.post(f"/admin/businesses/onboarding/retry/?sub={sub}", {"sub": sub})
    text = said(support.get(person_address(sub)))
    assert "Retry completed by sally : The business exists." in text


def test_nobody(deployed: Deployed, support: Client) -> None:
    response = support.get(person_address("nobody"))
    assert response.status_code == 404
    assert "Nobody has the sub “nobody”" in said(response)
