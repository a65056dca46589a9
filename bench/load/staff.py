"""What staff do in their browsers: `python -m bench.load.staff`, in a process of its own.

Each member of staff leafs, searches or retries, one after the other and in no order, and reads
each page for a few seconds. Forms and scripts are sent as the pages do it: what a page's
script sends is sent again if no answer comes, and nothing else is. The input is one line of JSON,
`{"address", "seconds", "cookies": one object for each}`. It says "ready" once everybody has opened
the front page, and at the end, as JSON, what `Told` has.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from html import unescape
from http import HTTPStatus
from random import Random
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, InsecureRequestWarning

ADMIN = "/admin/"
BUSINESSES, STUCK, SEARCH, PERSON = (
    f"{ADMIN}businesses/{each}/" for each in ("business", "onboarding", "search", "person")
)
WORDS = ("Business 1", "owner-2", "Nobody", "business 77", "owner-31@example.com", "Busi")
PAUSE = (2, 6)  # seconds before a click
ROWS = (2, 25)  # ticked in a list
LEAVES = 3
BATCH, WAITS = 20, (0, 1, 3, 7)  # as in businesses/static/businesses/retry.js
LATE = re.compile(r'class="late" hidden data-address="([^"]*)" data-rows="([^"]*)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = "a" * 32


@dataclass(slots=True)
class Told:
    """What came of it. answers: the kind, when (seconds after the start) and how long each took."""

    answers: list[tuple[str, float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)
    began: float = 0


class Refused(Exception):
    """Staff see an error."""


class Browser:
    """One member of staff. told: shared by all, each of whom only appends to it."""

    def __init__(self, given: Mapping[str, Any], number: int, told: Told) -> None:
        cookies = {**given["cookies"][number], "csrftoken": TOKEN}
        self._headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Referer": given["address"] + ADMIN,
            "Origin": given["address"],
        }
        self._pool = urllib3.PoolManager(1, cert_reqs="CERT_NONE", retries=False, timeout=130)
        self._address, self._told = given["address"], told
        self._random = Random(number)

    def open(self) -> None:
        """Open the front page, as everybody has by the time that it is measured."""
        self._ask("first page", "GET", ADMIN)

    def work(self, until: float) -> None:
        """Do one thing after another; nothing is begun later than that."""
        things: tuple[Callable[[], None], ...] = (
            self.leaf,
            self.search,
            self.retry,
            self.retry_row,
        )
        while time.monotonic() < until:
            thing = self._random.choice(things)
            try:
                thing()
            except Refused as error:
                self._told.errors.append(f"{time.monotonic() - self._told.began:.1f} s: {error}")

    def leaf(self) -> None:
        """Look at the front page, and at a few pages of the businesses, and at one of these."""
        self._get("front page", ADMIN)
        address, page = BUSINESSES, ""
        for _ in range(LEAVES):
            page = self._get("list", address)
            found = re.search(r'href="([^"]+)" rel="next"', page)
            if not found:
                break
            address = _joined(BUSINESSES, found[1])
        some = re.findall(r'href="(/admin/businesses/business/[^"/]+/change/[^"]*)"', page)
        if some:
            self._get("detail", unescape(self._random.choice(some)))

    def search(self) -> None:
        """Search everything for one word, and the list for another."""
        words = self._random.sample(WORDS, 2)
        self._get("search", f"{SEARCH}?{urlencode({'q': words[0]})}")
        self._get("list", f"{BUSINESSES}?{urlencode({'q': words[1]})}")

    def retry(self) -> None:
        """Tick some rows, confirm, and watch the run to its end."""
        subs = self._ticked(self._random.randint(*ROWS))
        if not subs:
            return
        form = f"{STUCK}retry/?{urlencode([('sub', sub) for sub in subs])}"
        self._get("confirmation", form)
        self._told.retried.extend(subs)
        sent = urlencode([("csrfmiddlewaretoken", TOKEN), *(("sub", sub) for sub in subs)])
        answer = self._ask("begin", "POST", f"{STUCK}retry/", sent)
        if answer.status == HTTPStatus.BAD_GATEWAY:  # which nobody sends again but the staff
            self._told.repeated.append(f"begin: {answer.status}")
            answer = self._ask("begin", "POST", f"{STUCK}retry/", sent)
        run = answer.headers.get("Location", "").partition("?")[0]
        if answer.status != HTTPStatus.FOUND or "/run/" not in run:
            raise Refused(f"begin: {answer.status} {answer.headers.get('Location')}")
        self._get("run", run)
        while not self._script("batch", run, {"size": BATCH})["over"]:
            pass

    def retry_row(self) -> None:
        """Retry one row where it stands."""
        for sub in self._ticked(1):
            self._told.retried.append(sub)
            self._script("row", f"{STUCK}retry/now/", {"sub": sub})

    def _ticked(self, number: int) -> list[str]:
        page = self._get("list of stuck", STUCK)
        rows = re.findall(r'name="_selected_action" value="([^"]+)"', page)
        return self._random.sample(rows, min(number, len(rows)))

    def _get(self, kind: str, address: str) -> str:
        time.sleep(self._random.uniform(*PAUSE))
        answer = self._ask(kind, "GET", address)
        if (found := answer.headers.get("Location", "")).startswith(PERSON):
            answer = self._ask("person", "GET", found)
        if answer.status != HTTPStatus.OK:
            raise Refused(f"{kind}: {answer.status} {found}")
        page: str = answer.data.decode()
        for late, rows in LATE.findall(page):
            self._later(_joined(address, late), unescape(rows))
        return page

    def _later(self, address: str, rows: str) -> None:
        """Ask once for what Cognito says about the rows, as the page's script does."""
        fields = urlencode({"rows": rows, "tab": str(self._headers["Cookie"])[-8:]})
        answer = self._ask("what Cognito says", "POST", address, fields, Accept="application/json")
        if answer.status != HTTPStatus.OK:  # the page then leaves these cells as they are
            self._told.unknown.append(str(answer.status))

    def _script(self, kind: str, address: str, fields: Mapping[str, object]) -> Any:
        """Return the answer's JSON; send again what was not answered, as the page's script does."""
        for seconds in WAITS:
            time.sleep(seconds)
            answer = self._ask(kind, "POST", address, urlencode(fields), Accept="application/json")
            if answer.headers.get("Content-Type", "").startswith("application/json"):
                break
            self._told.repeated.append(f"{kind}: {answer.status}")
        else:
            raise Refused(f"{kind}: {answer.status} after {len(WAITS)} tries")
        told = json.loads(answer.data)
        if told.get("problem") or not all(each["fine"] for each in told["results"]):
            raise Refused(f"{kind}: {told}")
        return told

    def _ask(self, kind: str, method: str, address: str, body: str = "", **headers: str) -> Any:
        began = time.monotonic()
        form = {**FORM, "X-CSRFToken": TOKEN} if method == "POST" else {}
        try:
            answer = self._pool.request(
                method,
                self._address + address,
                body=body or None,
                headers={**self._headers, **form, **headers},
                redirect=False,
            )
        except HTTPError as error:
            raise Refused(f"{kind}: {error}") from error
        self._told.answers.append((kind, began - self._told.began, time.monotonic() - began))
        return answer


def _joined(page: str, address: str) -> str:
    return page + unescape(address) if address.startswith("?") else unescape(address)


def main() -> None:
    """Read what to do, do it, and write what came of it."""
    urllib3.disable_warnings(InsecureRequestWarning)  # the certificate is nginx's own
    given = json.loads(sys.stdin.readline())
    told, numbers = Told(), range(len(given["cookies"]))
    browsers = [Browser(given, each, told) for each in numbers]
    _together(browsers, Browser.open)
    told.answers.clear()
    print("ready", flush=True)
    told.began = time.monotonic()
    _together(browsers, lambda each: each.work(told.began + given["seconds"]))
    print(json.dumps(asdict(told)))


def _together(browsers: list[Browser], act: Callable[[Browser], None]) -> None:
    threads = [threading.Thread(target=act, args=[each]) for each in browsers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


if __name__ == "__main__":
    main()
