"""Who may open what, and that nobody may change anything."""

import io
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


@pytest.fixture(autouse=True)
def _one_business(account: Account) -> None:
    account.deploy()
    account.write([business(1)])


@pytest.mark.parametrize("page", [LIST, DETAIL, HISTORY, EXPORT])
def test_who_is_not_logged_in_is_asked_to(db: None, page: str) -> None:
    response = Client().get(page)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", [LIST, DETAIL, HISTORY, EXPORT, f"{LIST}nobody/change/"])
def test_staff_without_the_permission_see_nothing(db: None, page: str) -> None:
    browser = logged_in(User.objects.create_user("sam", is_staff=True))
    response = browser.get(page)
    assert response.status_code == 403
    assert "does not have the permission" in response.content.decode()
    assert LIST not in browser.get("/admin/").content.decode()


@pytest.mark.parametrize("group", ["Viewer", "Support"])
@pytest.mark.parametrize("page", [LIST, DETAIL, HISTORY, EXPORT])
def test_members_of_the_groups_see_everything(db: None, group: str, page: str) -> None:
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    assert logged_in(user).get(page).status_code == 200


def test_not_even_a_superuser_can_change_anything(account: Account, superuser: Client) -> None:
    for page in (f"{LIST}add/", f"{LIST}sub-0001/delete/"):
        assert superuser.get(page).status_code == 403
        assert superuser.post(page, {"post": "yes"}).status_code == 403
    assert superuser.post(DETAIL, {"name": "Mine"}).status_code == 403
    superuser.post(LIST, {"action": "delete_selected", "_selected_action": ["sub-0001"]})
    answer = account.dynamodb.get_item(TableName=account.table_name, Key={"id": {"S": "sub-0001"}})
    assert answer["Item"] == business(1).to_item()


def test_view_is_the_only_permission_there_is(db: None) -> None:
    permissions = Permission.objects.filter(content_type__app_label="businesses")
    assert [permission.codename for permission in permissions] == ["view_business"]


def test_the_groups_come_with_the_migrations_and_twice_is_once(db: None) -> None:
    migration = import_module("businesses.migrations.0001_initial")
    migration.create_groups(apps, connection.schema_editor())
    for name in ("Viewer", "Support"):
        group = Group.objects.get(name=name)
        assert [each.codename for each in group.permissions.all()] == ["view_business"]


def test_the_migrations_are_complete(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


def test_the_databases_own_tools_see_no_businesses(db: None) -> None:
    out = io.StringIO()
    call_command("dumpdata", "businesses", stdout=out)
    assert out.getvalue() == "[]"
    assert list(Business.objects.all()) == []
