"""The page that retries, in the way that its script and its form call the site."""

import re
from html import unescape
from typing import Any

from django.test import Client

from businesses.models import HistoryEntry
from tests.businesses.pages.said import STUCK

RETRY = f"{STUCK}retry/"
JSON = {"Accept": "application/json"}


def named(*subs: str) -> str:
    return f"{RETRY}?{'&'.join(f'sub={sub}' for sub in subs)}"


def send(browser: Client, address: str, **form: Any) -> Any:
    """Send one batch as the page's script does; return the answer's JSON."""
    response = browser.post(address, form, headers=JSON)
    assert response.headers["Content-Type"] == "application/json"
    return response.json()


def results(answer: Any) -> dict[str, str]:
    return {each["sub"]: each["result"] for each in answer["results"]}


def position(response: Any) -> str:
    """Return the position at which a page's form would continue."""
    found = re.search(r'name="position" value="([^"]*)"', response.content.decode())
    assert found is not None
    return unescape(found[1])


def history(sub: str) -> list[tuple[str, str]]:
    """Return who did what to one record, oldest first."""
    entries = HistoryEntry.objects.filter(object_id=sub).order_by("pk")
    return [(entry.staff_name, entry.message) for entry in entries]
