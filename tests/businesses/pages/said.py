"""Reads what a page of the list shows from its HTML."""

import re
from html import unescape
from typing import Any

from django.test import Client

LIST = "/admin/businesses/business/"
WAITING = f"{LIST}?wait=1"  # as a browser without scripts asks for it
STUCK = "/admin/businesses/onboarding/"


def text_of(html: str) -> str:
    """Return the text of a piece of HTML: of a time its exact form, of a badge the word alone."""
    bare = re.sub(r'<span aria-hidden="true">.*?</span> ?', "", html)
    exact = re.sub(r'<time [^>]*title="([^"]*)">.*?</time>', r"\1", bare)
    return unescape(re.sub(r"<[^>]+>", "", exact))


def names(response: Any) -> list[str]:
    """Return the texts of the rows' links, in the order of the page."""
    found = re.findall(r'<th class="field-title"><a [^>]*>(.*?)</a>', response.content.decode())
    return [text_of(cell) for cell in found]


def cells(response: Any, field: str) -> list[str]:
    """Return the rows' texts in one column."""
    found = re.findall(
        rf'<td[^>]* class="field-{field}">(.*?)</td>', response.content.decode(), re.DOTALL
    )
    return [text_of(cell) for cell in found]


def leaf(browser: Client, response: Any, label: str, page: str = LIST) -> Any:
    """Follow the paging link with that label. Raises LookupError if there is none."""
    nav = response.content.decode().split('aria-label="Pages of the list"')[1].split("</nav>")[0]
    for address, text in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', nav):
        if label in text:
            return browser.get(page + unescape(address))
    raise LookupError(f"no link {label} in {nav}")


def late_groups(browser: Client, response: Any) -> Any:
    """Ask for what the page's script asks for. Raises LookupError if that is nothing."""
    return late(browser, response, "groups")


def late(browser: Client, response: Any, name: str) -> Any:
    """Ask for one thing that the page's script asks for. Raises LookupError if it does not."""
    found = re.search(
        rf'id="late-{name}" class="late" hidden data-address="([^"]*)" data-rows="([^"]*)"',
        response.content.decode(),
    )
    if found is None:
        raise LookupError(f"the page asks for no {name}")
    address, rows = map(unescape, found.groups())
    return browser.post(address, {"rows": rows}, headers={"Accept": "application/json"})


def choices(response: Any, title: str) -> dict[str, str]:
    """Return one filter's choices and their addresses, in the order of the page."""
    found = re.search(
        rf'<details data-filter-title="{title}".*?</details>', response.content.decode(), re.DOTALL
    )
    assert found, f"no filter by {title}"
    links = re.findall(r'<a href="([^"]*)">(.*?)</a>', found[0], re.DOTALL)
    return {unescape(text.strip()): unescape(address) for address, text in links}


def chosen(response: Any) -> list[str]:
    """Return the selected choice of every filter."""
    found = re.findall(r'<li class="selected">\s*<a [^>]*>(.*?)</a>', response.content.decode())
    return [unescape(text) for text in found]


def words(response: Any, mark: str) -> list[str]:
    """Return the texts of the elements with that class or id, without tags."""
    found = re.findall(
        rf'<(\w+) [^>]*(?:class|id)="{mark}"[^>]*>(.*?)</\1>', response.content.decode(), re.DOTALL
    )
    return [text_of(text).strip() for _, text in found]


def field(response: Any, name: str) -> str:
    """Return the text of one field on the page of one row."""
    row = response.content.decode().split(f"field-{name}")[1]
    found = re.search(r'<div class="readonly">(.*?)</div>', row, re.DOTALL)
    assert found is not None
    return text_of(found[1])


def labelled(response: Any, label: str) -> list[str]:
    """Return the texts of a table's cells with that label."""
    found = re.findall(
        rf'<td data-label="{label}"[^>]*>(.*?)</td>', response.content.decode(), re.DOTALL
    )
    return [text_of(cell) for cell in found]


def said(response: Any) -> str:
    """Return all text of a page without tags, with each run of white space as one space.

    A place where a long word may break (wbr) is no space.
    """
    text = response.content.decode().split('id="content"')[1].split('id="footer"')[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text.replace("<wbr>", ""))).split())


def messages(response: Any) -> list[str]:
    """Return the messages at the top of the page."""
    return [str(message) for message in response.context["messages"]]


def hidden_subs(response: Any) -> list[str]:
    """Return the subs that a page's form names."""
    text = response.content.decode()
    found = re.findall(r'<input type="hidden" name="sub" value="([^"]*)">', text)
    return [unescape(sub) for sub in found]
