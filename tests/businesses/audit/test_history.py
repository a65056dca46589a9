"""The history: whatever is written can be read by sub, whatever goes in the meantime."""

import itertools
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from businesses.audit.history import Action, Kind, Staff, storable, write_history
from businesses.audit.runs import under_way
from businesses.models import HistoryEntry
from businesses.pages.display import as_typed
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import Deployed
from tests.businesses.pages.onboarding.retrying import JSON, NOW, history
from tests.businesses.pages.said import STUCK, said
from tests.harness.counts import count
from tests.harness.examples import examples

HISTORY = "/admin/businesses/historyentry/"
BEGUN = "Retry begun."
STAYS = "This history stays when the record expires or is erased."
NOBODY = Staff(None, "sally")
numbers = itertools.count(1)
PLAIN = settings(
    max_examples=examples(40),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

TEXTS = st.text(max_size=60) | st.sampled_from(
    ["<script>alert(1)</script>", "_2F", "a/b", "\n", "a\r\nb", '"', "'", "&amp;", "{{ x }}", "\0"]
)
IDS = TEXTS.filter(bool)


def page_of(browser: Client, record_id: str, kind: str = Kind.ONBOARDING, **query: str) -> Any:
    address = reverse(f"admin:businesses_{kind}_history", args=[quote(record_id)])
    return browser.get(address, query)


# Anything that is written


@PLAIN
@given(texts=st.tuples(IDS, TEXTS, st.text(min_size=1, max_size=150)), kind=st.sampled_from(Kind))
def test_any_text_about_any_id_is_read_by_that_id(
    deployed: Deployed, superuser: Client, texts: tuple[str, str, str], kind: str
) -> None:
    record_id, message, name = texts
    HistoryEntry.objects.all().delete()
    write_history(Staff(None, name), Action.OTHER, [record_id, "else"], message, kind=kind)
    response = page_of(superuser, record_id, kind)
    assert response.status_code == 200
    page = response.content.decode()
    for text in (storable(message), storable(name)):
        assert text in unescape(page)
    assert as_typed(record_id) in page
    assert "<script>alert" not in page
    assert STAYS in said(response)
    listed = superuser.get(HISTORY)
    link = reverse(f"admin:businesses_{kind}_history", args=[quote(storable(record_id))])
    assert f'<a href="{link}">' in unescape(listed.content.decode())
    assert "<script>alert" not in listed.content.decode()
    count("texts written to the history and read")


@PLAIN
@example(record_id="a\0b", name="sally\0")
@given(record_id=IDS, name=st.text(min_size=1, max_size=150))
def test_who_is_at_work_on_any_id_is_known(db: None, record_id: str, name: str) -> None:
    HistoryEntry.objects.all().delete()
    write_history(Staff(None, name), Action.RETRY_BEGUN, [record_id], BEGUN)
    assert list(under_way([record_id, f"{record_id}x"], but=f"{name}x")) == [record_id]
    assert under_way([record_id], but=name) == {}


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
def test_what_no_database_stores_is_stored_as_near_as_can_be(db: None, half: str) -> None:
    write_history(NOBODY, Action.OTHER, [half], half)
    [entry] = HistoryEntry.objects.all()
    assert entry.message == entry.object_id == half.encode("utf-8", "replace").decode()
    assert storable("a\0b") == "a␀b"


# Whatever goes in the meantime


class Desk:
    """A member of the staff at work on one record, and somebody who may delete staff accounts."""

    def __init__(self, deployed: Deployed, root: Client) -> None:
        self.deployed, self.root = deployed, root
        [self.sub] = deployed.stuck(1)
        self.hire()

    def hire(self) -> None:
        self.staff = User.objects.create_user(f"sally-{next(numbers)}", is_staff=True)
        self.staff.groups.add(Group.objects.get(name="Support"))
        self.browser = logged_in(self.staff)

    def dismiss(self) -> None:
        form = {"reason": f"A test by {self.staff.username}"}
        self.browser.post(f"{STUCK}dismiss/?sub={self.sub}", form)

    def reopen(self) -> None:
        self.browser.post(f"{STUCK}reopen/", {"sub": self.sub})

    def retry(self) -> None:
        self.browser.post(NOW, {"sub": self.sub}, headers=JSON)

    def expire(self) -> None:
        key = {"sub": {"S": self.sub}}
        self.deployed.dynamodb.delete_item(TableName=self.deployed.table.name, Key=key)

    def demote(self) -> None:
        self.staff.groups.clear()

    def delete_account(self) -> None:
        address = f"/admin/auth/user/{self.staff.pk}/delete/"
        page = self.root.get(address)
        assert "istory entr" not in said(page)
        assert self.root.post(address, {"post": "yes"}).status_code == 302
        assert not User.objects.filter(pk=self.staff.pk).exists()
        self.hire()


ACTS = [Desk.dismiss, Desk.reopen, Desk.retry, Desk.expire, Desk.demote, Desk.delete_account]


@settings(PLAIN, max_examples=examples(12))
@given(acts=st.lists(st.sampled_from(ACTS), min_size=2, max_size=6))
def test_every_entry_stays_with_its_name_whatever_is_done_next(
    deployed: Deployed, superuser: Client, acts: list[Any]
) -> None:
    desk = Desk(deployed, superuser)
    for act in acts:
        before = history(desk.sub)
        act(desk)
        after = history(desk.sub)
        assert after[: len(before)] == before
        if after:
            shown = said(page_of(superuser, desk.sub))
            assert BEGUN not in shown  # as every retry here ends, and the end tells everything
            at = -1
            for name, message in after:
                if message != BEGUN:
                    at = shown.index(f"{name} {message}", at + 1)
    count("acts of staff with their entries kept", len(acts))


def test_an_account_is_deleted_by_who_may_only_delete_accounts(
    deployed: Deployed, superuser: Client
) -> None:
    desk = Desk(deployed, superuser)
    desk.dismiss()
    clerk = User.objects.create_user("clerk", is_staff=True)
    for codename in ("view_user", "delete_user"):
        clerk.user_permissions.add(Permission.objects.get(codename=codename))
    desk.root = logged_in(clerk)
    name = desk.staff.username
    desk.delete_account()
    assert history(desk.sub) == [(name, f"Dismissed: A test by {name}")]


# Who may read it, and when there is nothing


@pytest.mark.parametrize("kind", Kind)
def test_an_unknown_id_is_a_plain_page_and_nothing_is_told_without_permission(
    deployed: Deployed, viewer: Client, kind: str
) -> None:
    response = page_of(viewer, "nobody", kind)
    assert response.status_code == 404
    assert "There is no record with the id" in said(response)
    write_history(NOBODY, Action.OTHER, ["gone"], "Called them.", kind=kind)
    assert "Called them." in said(page_of(viewer, "gone", kind))
    for record_id in ("nobody", "gone"):
        sam, _ = User.objects.get_or_create(username="sam", is_staff=True)
        assert page_of(logged_in(sam), record_id, kind).status_code == 403
        assert page_of(Client(), record_id, kind).status_code == 302


def test_the_kinds_do_not_mix(deployed: Deployed, viewer: Client) -> None:
    write_history(NOBODY, Action.OTHER, ["gone"], "Called them.", kind=Kind.BUSINESS)
    assert page_of(viewer, "gone", Kind.ONBOARDING).status_code == 404


def test_a_long_history_has_pages(deployed: Deployed, viewer: Client) -> None:
    for number in range(201):
        write_history(NOBODY, Action.OTHER, ["gone"], f"Call {number:03}.")
    for page, shown in (("1", range(100)), ("3", [200]), ("x", range(100)), ("9" * 99, [200])):
        text = said(page_of(viewer, "gone", p=page))
        calls = [f"Call {number:03}." for number in range(201)]
        assert [call for call in calls if call in text] == [calls[number] for number in shown]
        assert "201 entries" in text


def test_the_history_is_shown_although_aws_does_not_answer(
    deployed: Deployed, viewer: Client
) -> None:
    write_history(NOBODY, Action.OTHER, ["gone"], "Called them.")
    deployed.aws.faults.fail("GetItem", "AccessDeniedException")
    assert "Called them." in said(page_of(viewer, "gone"))
    assert deployed.aws.faults.waiting == 1
    text = said(page_of(viewer, "nobody"))
    assert "The history is complete." in text
    assert "No member of staff has done anything" in text


# The list of everything


def test_the_list_is_for_who_may_see_it_and_nobody_changes_it(
    db: None, superuser: Client, support: Client
) -> None:
    write_history(NOBODY, Action.REOPENED, ["sub-1"], "Reopened.")
    write_history(NOBODY, Action.EXPORTED, [""], "Exported 3 businesses.", kind=Kind.BUSINESS)
    [entry, _] = HistoryEntry.objects.all()
    assert HISTORY in superuser.get("/admin/").content.decode()
    assert HISTORY not in support.get("/admin/").content.decode()
    assert support.get(HISTORY).status_code == 403
    sally = User.objects.get(username="sally")
    sally.user_permissions.add(Permission.objects.get(codename="view_historyentry"))
    for browser in (superuser, support):
        assert "Exported 3 businesses." in said(browser.get(HISTORY))
        assert "Reopened." in said(browser.get(f"{HISTORY}{entry.pk}/change/"))
        for page in ("add/", f"{entry.pk}/delete/"):
            assert browser.post(f"{HISTORY}{page}", {"post": "yes"}).status_code == 403
        assert browser.post(f"{HISTORY}{entry.pk}/change/", {"message": "x"}).status_code == 403
    assert HistoryEntry.objects.get(pk=entry.pk).message == "Reopened."


def test_the_list_is_filtered_and_searched(db: None, superuser: Client) -> None:
    write_history(NOBODY, Action.REOPENED, ["sub-1"], "Reopened.")
    write_history(Staff(None, "boris"), Action.REFUSED, ["sub-2"], "Refused.")
    for query in ("q=sub-2", "q=boris", "action__exact=refused", "q=SUB-2"):
        text = said(superuser.get(f"{HISTORY}?{query}"))
        assert "Refused." in text
        assert "Reopened." not in text


def test_the_front_page_lists_what_the_user_did_last_and_leads_there(
    deployed: Deployed, superuser: Client
) -> None:
    desk = Desk(deployed, superuser)
    front = desk.browser.get("/admin/")
    assert "My actions Nothing yet." in said(front)
    desk.dismiss()
    staff = Staff(desk.staff.pk, desk.staff.username)
    write_history(staff, Action.EXPORTED, [""], "Exported.", kind=Kind.BUSINESS)
    write_history(staff, Action.OTHER, ['<b>"/_2F'], "Odd.")
    front = desk.browser.get("/admin/")
    name = deployed.record(desk.sub).name
    assert 'Other <b>"/_2F' in said(front)
    assert f"Dismissed {name}" in said(front)
    assert f'<a href="/admin/businesses/person/{desk.sub}/">' in front.content.decode()
    assert '<a href="/admin/businesses/person/_3Cb_3E_22_2F_5F2F/">' in front.content.decode()
    assert "My actions Nothing yet." in said(superuser.get("/admin/"))
    desk.delete_account()
    assert desk.staff.username in User.objects.values_list("username", flat=True)
    assert "User" in said(superuser.get("/admin/"))
