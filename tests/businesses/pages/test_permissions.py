"""Who may open what, and that nobody may change anything."""

import io
import json
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from businesses.models import Business
from tests.businesses.account import Account, business
from tests.businesses.conftest import logged_in

LIST = "/admin/businesses/business/"
DETAIL = f"{LIST}sub-0001/change/"
HISTORY = f"{LIST}sub-0001/history/"
EXPORT = f"{LIST}export/"
PERSON, SEARCH = "/admin/businesses/person/sub-0001/", "/admin/businesses/search/?q=x"
GRANTED = {
    "Viewer": {"view_business", "view_onboarding"},
    "Support": {
        "view_business",
        "export_business",
        "view_onboarding",
        "retry_onboarding",
        "export_onboarding",
    },
}


@pytest.fixture(autouse=True)
def _one_business(account: Account) -> None:
    account.deploy()
    account.write([business(1)])


@pytest.mark.parametrize("page", [LIST, DETAIL, HISTORY, EXPORT, PERSON, SEARCH])
def test_who_is_not_logged_in_is_asked_to(db: None, page: str) -> None:
    response = Client().get(page)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "page", [LIST, DETAIL, HISTORY, EXPORT, PERSON, SEARCH, f"{LIST}nobody/change/"]
)
def test_staff_without_the_permission_see_nothing(db: None, page: str) -> None:
    browser = logged_in(User.objects.create_user("sam", is_staff=True))
    response = browser.get(page)
    assert response.status_code == 403
    assert "does not have the permission" in response.content.decode()
    assert LIST not in browser.get("/admin/").content.decode()


@pytest.mark.parametrize("group", ["Viewer", "Support"])
@pytest.mark.parametrize("page", [LIST, DETAIL, HISTORY, PERSON, SEARCH])
def test_members_of_the_groups_see_everything(db: None, group: str, page: str) -> None:
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    assert logged_in(user).get(page).status_code == 200


def test_only_who_may_export_is_offered_it_and_let(
    db: None, viewer: Client, support: Client, superuser: Client
) -> None:
    offer, refused = "Export as CSV", f"{LIST}export/?q=person"
    assert offer not in viewer.get(LIST).content.decode()
    assert viewer.get(refused).status_code == 403
    for browser in (support, superuser):
        assert offer in browser.get(LIST).content.decode()
        response = browser.get(EXPORT)
        assert response.status_code == 200
        assert b"Business 1" in b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_who_may_export_but_not_see_may_do_neither(db: None) -> None:
    user = User.objects.create_user("odd", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="export_business"))
    assert logged_in(user).get(EXPORT).status_code == 403


def test_not_even_a_superuser_can_change_anything(account: Account, superuser: Client) -> None:
    for page in (f"{LIST}add/", f"{LIST}sub-0001/delete/"):
        assert superuser.get(page).status_code == 403
        assert superuser.post(page, {"post": "yes"}).status_code == 403
    assert superuser.post(DETAIL, {"name": "Mine"}).status_code == 403
    superuser.post(LIST, {"action": "delete_selected", "_selected_action": ["sub-0001"]})
    answer = account.dynamodb.get_item(TableName=account.table_name, Key={"id": {"S": "sub-0001"}})
    assert answer["Item"] == business(1).to_item()


def test_no_other_permission_than_these_exists(db: None) -> None:
    permissions = Permission.objects.filter(content_type__app_label="businesses")
    codenames = set(permissions.values_list("codename", flat=True))
    assert codenames == {*GRANTED["Support"], "view_historyentry"}


def test_the_groups_come_with_the_migrations_and_twice_is_once(db: None) -> None:
    for name, step in (
        ("0001_initial", "create_groups"),
        ("0003_onboarding", "grant"),
        ("0005_export_permission", "grant"),
        ("0010_export_onboardings", "grant"),
    ):
        migration = import_module(f"businesses.migrations.{name}")
        getattr(migration, step)(apps, connection.schema_editor())
    for name, granted in GRANTED.items():
        permissions = Group.objects.get(name=name).permissions
        assert sorted(permissions.values_list("codename", flat=True)) == sorted(granted)


def test_a_group_that_was_removed_is_not_made_again(db: None) -> None:
    Group.objects.get(name="Support").delete()
    for name in ("0003_onboarding", "0005_export_permission", "0010_export_onboardings"):
        migration = import_module(f"businesses.migrations.{name}")
        migration.grant(apps, connection.schema_editor())
    assert [group.name for group in Group.objects.all()] == ["Viewer"]


def test_the_migrations_are_complete(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


def test_the_databases_own_tools_see_no_businesses(db: None) -> None:
    out = io.StringIO()
    call_command("dumpdata", "businesses", exclude=["businesses.retryturns"], stdout=out)
    assert json.loads(out.getvalue()) == []
    assert list(Business.objects.all()) == []
