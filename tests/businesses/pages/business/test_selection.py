"""What an action on selected rows gets: those rows, and no page of the list for nothing.

The admin has no such action itself, so the tests give it one.
"""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from businesses.models import Business
from businesses.pages.business.admin import BusinessAdmin
from tests.businesses.account import Account, business


class WithAction(BusinessAdmin):
    """The admin with one action, which answers what it was given."""

    actions = ("tell",)

    @admin.action(description="Tell")
    def tell(self, _request: HttpRequest, queryset: QuerySet[Business]) -> HttpResponse:
        again = queryset.all()
        lines = [f"{len(queryset)} {queryset.count()} {bool(again)}"]
        lines += [f"{each.pk} {each.name} {each.record.owner}" for each in again]
        return HttpResponse("\n".join(lines))


@pytest.fixture
def page(account: Account, db: None) -> WithAction:
    account.deploy()
    account.write(business(number) for number in range(110))
    return WithAction(Business, admin.site)


def post(page: WithAction, selected: list[str], **fields: Any) -> HttpResponse:
    form = {"action": "tell", "index": "0", ACTION_CHECKBOX_NAME: selected, **fields}
    request = RequestFactory().post("/admin/businesses/business/", form)
    request.user = User.objects.create_superuser("root")
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    return page.changelist_view(request)


def test_an_action_on_fifty_rows_costs_one_batch(account: Account, page: WithAction) -> None:
    selected = [f"sub-{number:04}" for number in range(50)]
    lines = post(page, selected).content.decode().splitlines()
    assert lines[0] == "50 50 True"
    assert lines[1] == "sub-0000 Business 0 sub-0000::sub-0000"
    assert len(lines) == 51
    calls = account.aws.faults.calls
    assert (calls("BatchGetItem"), calls("Query"), calls("AdminListGroupsForUser")) == (1, 0, 0)


def test_an_action_keeps_the_order_and_leaves_out_what_is_gone(page: WithAction) -> None:
    text = post(page, ["sub-0009", "gone", "sub-0003"]).content.decode()
    assert [line.split()[0] for line in text.splitlines()] == ["2", "sub-0009", "sub-0003"]


def test_all_rows_of_the_table_are_never_selected(account: Account, page: WithAction) -> None:
    text = post(page, ["sub-0001"], select_across="1").content.decode()
    assert text == "0 0 False"
    assert account.aws.faults.calls("BatchGetItem") == 0


def test_a_selection_knows_no_other_condition(page: WithAction) -> None:
    request = RequestFactory().get("/admin/businesses/business/")
    request.user = User.objects.create_superuser("root")
    rows = page.get_changelist_instance(request).get_queryset(request)
    for conditions in ({"name": "x"}, {"pk__in": ["a"], "name": "x"}, {}):
        with pytest.raises(NotImplementedError, match="Only selected rows"):
            rows.filter(**conditions)
