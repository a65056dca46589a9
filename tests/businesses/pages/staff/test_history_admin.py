"""The list of everything that staff did."""

import re

from django.test import Client

from businesses.audit.history import Action, Staff, write_history
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
    assert "60 history" in page


def test_a_term_that_is_found_leads_nowhere_else(db: None, superuser: Client) -> None:
    write_history(Staff(None, "sally"), Action.REOPENED, ["sub-1"], "Reopened.")
    assert "Search everywhere" not in said(superuser.get(f"{HISTORY}?q=sub-1"))
