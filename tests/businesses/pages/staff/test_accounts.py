"""Django's own pages about staff accounts, with input that a database refuses."""

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from tests.businesses.conftest import logged_in
from tests.businesses.pages.said import said

USERS = "/admin/auth/user/"


@pytest.fixture
def browser(superuser: Client) -> Client:
    superuser.raise_request_exception = False
    return superuser


@pytest.mark.parametrize("query", ["is_staff__exact=maybe", f"groups__id__exact={'9' * 5000}"])
def test_a_filter_that_is_not_understood_is_said(browser: Client, query: str) -> None:
    response = browser.get(f"{USERS}?{query}", follow=True)
    assert "The address asked for a filter or a page that this list does not have." in said(
        response
    )
    again = browser.get(f"{USERS}?e=1&{query}").content.decode()
    assert "The address is not understood" in again
    assert "atabase" not in again


@pytest.mark.parametrize(
    "query", ["username__regex=(", "date_joined__year=99999999999", "_to_field=nothing"]
)
def test_what_no_filter_of_the_list_makes_is_a_plain_page(browser: Client, query: str) -> None:
    response = browser.get(f"{USERS}?{query}")
    assert response.status_code == 400
    assert "The request cannot be read" in said(response)


@pytest.mark.parametrize("term", ["x" * 100_000, "a " * 5000, "a\0b"])
def test_a_search_term_that_cannot_be_compared_finds_nothing(browser: Client, term: str) -> None:
    response = browser.get(USERS, {"q": term})
    assert response.status_code == 200
    assert 'class="messagelist"' in response.content.decode()
    assert "0 users" in said(response)


@pytest.mark.parametrize("term", ["x" * 200, "a " * 99])
def test_a_search_term_that_can_be_compared_is(browser: Client, term: str) -> None:
    response = browser.get(USERS, {"q": term})
    assert response.status_code == 200
    assert 'class="messagelist"' not in response.content.decode()


@pytest.mark.parametrize("selected", ["", "x", "\0", "1.5", "9" * 30, "9" * 5000])
def test_a_selected_row_that_cannot_be_is_a_plain_page(browser: Client, selected: str) -> None:
    form = {"action": "delete_selected", "_selected_action": selected, "index": "0"}
    assert browser.post(USERS, form).status_code == 400


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_a_time_zone_cannot_convert_is_an_error_of_the_form(
    browser: Client, zone: str, day: str
) -> None:
    user = User.objects.get(username="root")
    with override_settings(TIME_ZONE=zone):
        response = browser.post(
            f"{USERS}{user.pk}/change/",
            {"username": "root", "date_joined_0": day, "date_joined_1": "23:59:59"},
        )
    assert response.status_code == 200
    assert "Ensure this value is" in said(response)


@pytest.mark.parametrize("page", ["change", "delete", "history", "password"])
def test_an_empty_name_of_a_field_is_none(browser: Client, page: str) -> None:
    user = User.objects.get(username="root")
    assert browser.get(f"{USERS}{user.pk}/{page}/?_to_field=").status_code == 200


def test_a_new_password_has_14_characters_or_more(db: None, superuser: Client) -> None:
    sally = User.objects.create_user("sally", is_staff=True)
    page = f"{USERS}{sally.pk}/password/"
    short = superuser.post(page, {"password1": "x-Horse-197-y", "password2": "x-Horse-197-y"})
    assert "It must contain at least 14 characters." in said(short)
    long = superuser.post(page, {"password1": "x-Horse-1979-y", "password2": "x-Horse-1979-y"})
    assert long.status_code == 302


@pytest.mark.parametrize("at_once", [False, True])
def test_what_an_account_did_about_accounts_outlives_its_deletion(
    db: None, *, at_once: bool
) -> None:
    """Whether with its own page or as one of several that are selected."""
    alice, bob = (User.objects.create_superuser(name) for name in ("alice", "bob"))
    by_alice, by_root = logged_in(alice), logged_in(User.objects.create_superuser("root"))
    by_alice.post(
        f"{USERS}{bob.pk}/password/",
        {"password1": "Correct-Horse-19", "password2": "Correct-Horse-19"},
    )
    about_bob = f"{USERS}{bob.pk}/history/"
    assert "alice" in said(by_root.get(about_bob))
    if at_once:
        form = {"action": "delete_selected", "_selected_action": [alice.pk, bob.pk], "post": "yes"}
        refused = by_root.post(USERS, form)
    else:
        refused = by_root.post(f"{USERS}{alice.pk}/delete/", {"post": "yes"})
    assert "What alice did about staff accounts" in said(refused)
    assert "alice" in said(by_root.get(about_bob))
    # Nothing is lost with Bob, who did nothing.
    by_root.post(f"{USERS}{bob.pk}/delete/", {"post": "yes"})
    assert [each.username for each in User.objects.order_by("pk")] == ["alice", "root"]
