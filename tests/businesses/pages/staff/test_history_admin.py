"""The list of everything that staff did."""

import re

from django.test import Client

from businesses.audit.history import Action, Kind, Staff, write_history
from tests.businesses.pages.said import said

HISTORY = "/admin/businesses/historyentry/"


def test_the_list_is_leafed_through_by_the_numbers_of_its_pages(
    db: None, superuser: Client
) -> None:
    for number in range(60):
        write_history(Staff(None, "sally"), Action.REOPENED, [f"sub-{number}"], f"No. {number}.")
    page = superuser.get(HISTORY).content.decode()
    assert "No. 59." in page
    assert "No. 9." not in page
    [second] = re.findall(r'href="(\?p=2)"', page)
    assert "No. 9." in said(superuser.get(f"{HISTORY}{second}"))
    assert "60 entries" in page
    assert "60 results" not in page  # nothing is searched or filtered
    assert "60 results" in said(superuser.get(f"{HISTORY}?q=sub"))


def test_a_term_that_is_found_leads_nowhere_else(db: None, superuser: Client) -> None:
    write_history(Staff(None, "sally"), Action.REOPENED, ["sub-1"], "Reopened.")
    assert "Search everywhere" not in said(superuser.get(f"{HISTORY}?q=sub-1"))


def test_the_list_and_an_entry_speak_our_words_and_lead_to_the_person(
    db: None, superuser: Client
) -> None:
    write_history(Staff(None, "sally"), Action.REOPENED, ["sub-1"], "Reopened.")
    page = superuser.get(HISTORY)
    text = said(page)
    assert "What staff did" in text
    assert "Select history" not in text
    assert "just now" in text
    assert 'href="/admin/businesses/person/sub-1/">Person</a>' in page.content.decode()
    [entry] = re.findall(r'href="([^"]*/change/)"', page.content.decode())
    assert "Reopened by sally" in said(superuser.get(entry))
    record = superuser.get("/admin/businesses/onboarding/sub-1/history/")
    assert 'href="/admin/businesses/person/sub-1/">Person</a>' in record.content.decode()


def test_what_began_and_ended_is_one_row_and_what_has_no_end_is_seen(
    db: None, superuser: Client
) -> None:
    sally, sam = Staff(None, "sally"), Staff(None, "sam")
    for staff, action, message in (
        (sally, Action.RETRY_BEGUN, "First begun."),
        (sally, Action.RETRY_FAILED, "First failed."),
        (sally, Action.RETRY_BEGUN, "Second begun."),
        (sam, Action.RETRY_BEGUN, "Third begun."),
        (sally, Action.RETRY_BEGUN, "Fourth begun."),
        (sam, Action.RETRY_COMPLETED, "Third completed."),
        (sally, Action.REOPENED, "Reopened."),
        (sally, Action.RETRY_NOT_MADE, "Fourth not made."),
    ):
        write_history(staff, action, ["sub-1"], message)
    write_history(sally, Action.RETRY_BEGUN, ["sub-2"], "Of another.")
    write_history(sally, Action.RETRY_COMPLETED, ["sub-1"], "Alone.")
    shown = ("First failed.", "Second begun.", "Third completed.", "Fourth not made.", "Alone.")
    gone = ("First begun.", "Third begun.", "Fourth begun.")
    for address in (HISTORY, "/admin/businesses/onboarding/sub-1/history/"):
        text = said(superuser.get(address))
        assert [each for each in (*shown, *gone) if each in text] == [*shown]
    assert "Of another." in said(superuser.get(HISTORY))


def test_a_beginning_is_not_hidden_by_what_may_come_without_one(
    db: None, superuser: Client
) -> None:
    sally = Staff(None, "sally")
    for number, end in enumerate((Action.FOUND_SETTLED, Action.NOT_RETRIED)):
        write_history(sally, Action.RETRY_BEGUN, [f"sub-{number}"], f"Killed {number}.")
        write_history(sally, end, [f"sub-{number}"], f"Later {number}.")
    write_history(sally, Action.EXPORT_BEGUN, [""], "Export begun: all.", kind=Kind.BUSINESS)
    write_history(sally, Action.EXPORTED, [""], "Exported 3.", kind=Kind.BUSINESS)
    text = said(superuser.get(HISTORY))
    for words in ("Killed 0.", "Later 0.", "Killed 1.", "Later 1.", "Export begun: all."):
        assert words in text
    assert "Exported 3." in text
