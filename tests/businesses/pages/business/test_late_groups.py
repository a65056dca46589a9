"""The groups that the list shows after its rows: what its script asks for, and what it gets."""

from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from businesses.pages.live.late import latest_of_tab, sign_rows
from tests.businesses.account import Account, business
from tests.businesses.pages.said import LIST, WAITING, cells, late_groups, names

JSON = {"Accept": "application/json"}


@pytest.fixture
def deployed(account: Account) -> Account:
    """Four businesses: two owners in a group, one in none, and one who is gone."""
    account.deploy()
    account.write(business(number) for number in range(4))
    account.cognito.create_group(UserPoolId=account.user_pool_id, GroupName="a<b")
    account.create_user("sub-0003", "businesses")
    account.create_user("sub-0002", "a<b")
    account.create_user("sub-0001")
    return account


def test_rows_do_not_wait_for_cognito(deployed: Account, viewer: Client) -> None:
    page = viewer.get(LIST)
    assert names(page) == [f"Business {number}" for number in (3, 2, 1, 0)]
    assert cells(page, "groups") == ["…"] * 4
    calls = deployed.aws.faults.calls
    assert (calls("AdminListGroupsForUser"), calls("ListGroups")) == (0, 0)


def test_one_request_brings_the_groups_and_the_choices(deployed: Account, viewer: Client) -> None:
    answer = late_groups(viewer, viewer.get(f"{LIST}?created=2026-11")).json()
    assert [unescape(cell).partition("<")[0] for cell in answer["cells"][:1]] == ["businesses"]
    assert answer["cells"][1].startswith("a&lt;b")
    assert "not in businesses" in answer["cells"][2]
    assert "user gone" in answer["cells"][3]
    assert '<a href="?created=2026-11&amp;group=a%3Cb">a&lt;b</a>' in answer["choices"]


def test_what_is_cached_is_in_the_page(deployed: Account, viewer: Client) -> None:
    late_groups(viewer, viewer.get(LIST))
    deployed.write([business(4)])
    page = viewer.get(LIST)
    assert cells(page, "groups")[:2] == ["…", "businesses"]
    assert len(late_groups(viewer, page).json()["cells"]) == 1
    page = viewer.get(LIST)
    assert cells(page, "groups")[0] == "user gone"
    with pytest.raises(LookupError):
        late_groups(viewer, page)


def test_without_scripts_a_browser_is_led_to_the_page_that_waits(
    deployed: Account, viewer: Client
) -> None:
    text = viewer.get(f"{LIST}?created=2026-11").content.decode()
    assert 'content="0;url=?created=2026-11&amp;wait=1"' in text
    page = viewer.get(WAITING)
    assert cells(page, "groups")[0] == "businesses"
    assert "http-equiv" not in page.content.decode()
    assert "wait=1" not in page.content.decode().split('id="content"')[1]
    assert deployed.aws.faults.calls("AdminListGroupsForUser") == 4


def test_an_answer_that_cognito_does_not_give_is_unknown(deployed: Account, viewer: Client) -> None:
    page = viewer.get(LIST)
    for operation in ("AdminListGroupsForUser", "ListGroups"):
        deployed.aws.faults.fail(operation, "InternalErrorException", status=500, times=8)
    answer = late_groups(viewer, page).json()
    assert all(">unknown<" in cell for cell in answer["cells"])


@pytest.mark.parametrize("owners", ["", "x", "WzAsIiJd:AAAA", "a:b:c"])
def test_nobody_is_asked_about_whom_no_page_named(
    deployed: Account, viewer: Client, owners: str
) -> None:
    answer = viewer.post(f"{LIST}groups/", {"rows": owners}, headers=JSON)
    assert answer.status_code == 400
    assert deployed.aws.faults.calls("AdminListGroupsForUser") == 0


@pytest.mark.parametrize("name", ["groups", "drift"])
def test_a_page_of_before_an_upgrade_is_refused(
    deployed: Account, viewer: Client, name: str
) -> None:
    rows = sign_rows(name, [["sub-0003", "sub-0003"]])
    assert viewer.post(f"{LIST}{name}/", {"rows": rows}, headers=JSON).status_code == 400


def test_the_request_is_a_post_of_somebody_who_may_see_businesses(
    deployed: Account, viewer: Client
) -> None:
    page = viewer.get(LIST)
    assert viewer.get(f"{LIST}groups/").status_code == 405
    stranger = Client()
    stranger.force_login(User.objects.create_user("sam", is_staff=True))
    assert late_groups(stranger, page).status_code == 403
    assert late_groups(Client(), page).status_code == 302


def test_a_page_that_a_tab_has_left_is_not_wanted_any_more(sally: User, db: None) -> None:
    def asked(tab: str) -> Callable[[], bool]:
        request = RequestFactory().post("/", {"tab": tab})
        request.user = sally
        return latest_of_tab(request)

    left, other, nameless = asked("one"), asked("two"), asked("")
    assert left()
    shown = asked("one")
    assert not left()
    assert shown()
    assert other()
    assert nameless()
    assert asked("\U0001f600" * 3000)()
