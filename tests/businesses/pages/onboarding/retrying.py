"""The pages that retry, in the way that their script and their forms call the site."""

from typing import Any

from django.test import Client

from businesses.audit.runs import Run
from businesses.models import HistoryEntry
from tests.businesses.pages.said import STUCK

RETRY = f"{STUCK}retry/"
NOW = f"{RETRY}now/"
JSON = {"Accept": "application/json"}


def named(*subs: str) -> str:
    return f"{RETRY}?{'&'.join(f'sub={sub}' for sub in subs)}"


def begin(browser: Client, address: str, **form: Any) -> str:
    """Begin a run as the form does that the script helps; return the address of the run."""
    response = browser.post(address, form)
    assert response.status_code == 302
    run, _, query = response.headers["Location"].partition("?")
    assert query == "go=1"
    return run


def batch(browser: Client, run: str, **form: Any) -> Any:
    """Do one batch of a run as the page's script does; return the answer's JSON."""
    response = browser.post(run, form, headers=JSON)
    assert response.headers["Content-Type"] == "application/json"
    return response.json()


def send(browser: Client, address: str, **form: Any) -> Any:
    """Begin a run and do its first batch; add the run's address, and which named rows are left."""
    run = begin(browser, address, **form)
    return {**batch(browser, run), "run": run, "left": left(run)}


def left(run: str) -> list[str] | None:
    """Return which named rows of a run are still to be done."""
    return run_at(run).left


def run_at(address: str) -> Run:
    """Return the run with that address."""
    return Run.objects.get(pk=address.removeprefix(f"{STUCK}run/").rstrip("/"))


def results(answer: Any) -> dict[str, str]:
    return {each["sub"]: each["result"].removeprefix("retry ") for each in answer["results"]}


def history(sub: str) -> list[tuple[str, str]]:
    """Return who did what to one record, oldest first."""
    entries = HistoryEntry.objects.filter(object_id=sub).order_by("pk")
    return [(entry.staff_name, entry.message) for entry in entries]
