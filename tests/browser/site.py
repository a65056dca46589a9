"""The admin as a person uses it: clicks, types and reads by the names that are on the page."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser import axe
from tests.browser.serve import PASSWORD, USER

LIST = "/admin/businesses/business/"
STUCK = "/admin/businesses/onboarding/"


class Site:
    """One tab on one served site.

    Every navigation through this class checks that the page need not be scrolled sideways.
    `complaints` collects what a developer would see in red: errors on the console and exceptions of
    scripts. A request to anywhere but the site is among them: the site's policy forbids it, and the
    browser says on the console what it has blocked. Each opened page is checked for that policy, as
    to hear of each request would take a tenth of the time of a page.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self._expected_status = 200
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))

    # Navigation

    def open(self, path: str, *, status: int = 200) -> None:
        """Go to an address of the site and expect this status."""
        self._expected_status = status
        response = self.page.goto(self.address + path)
        assert response is not None
        assert response.status == status, f"{path} answered {response.status}"
        assert "default-src 'self'" in response.headers["content-security-policy"]
        self.check_width()

    def log_in(self, user: str = USER) -> None:
        """Log in through the form."""
        self.open("/admin/")
        self.page.get_by_label("Username").fill(user)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.follow(self.page.get_by_role("button", name="Log in"))

    def follow(self, way: Locator) -> None:
        """Click something that leads to another page."""
        self.leave_by(way.click)

    def leave_by(self, act: Callable[[], object]) -> None:
        """Do something that leads to another page, and wait until that page is there."""
        with self.page.expect_navigation():
            act()
        self.check_width()

    def leaf(self, name: str) -> None:
        """Follow one of the links under the list: Newest, Previous, Next or Oldest."""
        self.follow(self.page_links.get_by_role("link", name=name))

    def search(self, term: str) -> None:
        """Type into the search box and press Enter."""
        self.show_filters()
        self.search_box.fill(term)
        self.leave_by(lambda: self.search_box.press("Enter"))

    def show_filters(self) -> None:
        """Unfold the filters and the search of the list, on a narrow screen."""
        filters = self.page.get_by_role("link", name="Filters and search")
        if filters.is_visible():
            filters.click()

    def choose(self, title: str, choice: str) -> None:
        """Follow one choice of a filter."""
        self.show_filters()
        part = self.page.locator("details").filter(has=self.page.get_by_text(f"By {title}"))
        link = part.get_by_role("link", name=choice, exact=True)
        fold = part.get_by_text("Earlier months")
        expect(link.or_(fold).first).to_be_attached()  # the groups come after the rows
        if not link.count():
            fold.click()
        self.follow(link)

    # What is on the page

    @property
    def search_box(self) -> Locator:
        """The box for the search term."""
        return self.page.get_by_role("textbox", name="In this list")

    @property
    def page_links(self) -> Locator:
        """The links under the list."""
        return self.page.get_by_role("navigation", name="Pages of the list")

    @property
    def heading(self) -> str:
        """The page's main heading."""
        return self.page.get_by_role("heading", level=1).last.inner_text()

    @property
    def text(self) -> str:
        """All text of the page, including its header."""
        return self.page.locator("body").inner_text()

    def business(self, name: str) -> Locator:
        """Return the link of one row of the list."""
        return self.page.locator("#result_list").get_by_role("link", name=name, exact=True)

    def row(self, name: str) -> Locator:
        """Return one row of the list."""
        link = self.page.get_by_role("link", name=name, exact=True)
        return self.page.get_by_role("row").filter(has=link)

    def names(self) -> list[str]:
        """Return the names in the list, from the top."""
        return self.page.locator("#result_list tbody th").all_inner_texts()

    def field(self, label: str) -> str:
        """Return the text beside a label on the page of one business."""
        row = self.page.locator(".form-row").filter(
            has=self.page.get_by_text(re.compile(rf"^{re.escape(label)}:?$", re.IGNORECASE))
        )
        return row.first.locator(".readonly").inner_text()

    # What holds on every page

    def check_width(self) -> None:
        """Check that the page is the site's own, and fits into the window's width."""
        assert urlsplit(self.page.url).netloc == urlsplit(self.address).netloc, self.page.url
        wide = self.page.evaluate(
            """() => {
                const root = document.documentElement;
                if (root.scrollWidth <= root.clientWidth) return [];
                return [...document.querySelectorAll("body *")]
                    .filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1)
                    .map((each) => each.outerHTML.slice(0, 120));
            }"""
        )
        assert wide == [], f"{self.page.url} is wider than its window: {wide}"

    def check_plain_page(self, said: str) -> None:
        """Check that one plain page tells what is wrong with AWS."""
        heading = self.page.get_by_role("heading", name="The businesses cannot be shown")
        expect(heading).to_be_visible()
        expect(self.page.locator("#content")).to_contain_text(said)
        expect(self.page.locator("body")).not_to_contain_text("Traceback")

    def check_accessibility(self, *, in_every_look: bool) -> None:
        """Check with axe that nothing is wrong: in the light, and in the dark and on a phone."""
        size = self.page.viewport_size
        assert size is not None
        found = {"light": axe.faults(self.page, axe.ALL)}
        if in_every_look:
            self.page.emulate_media(color_scheme="dark")
            found["dark"] = axe.faults(self.page, axe.COLOURS)
            self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 390, "height": 844})
        self.check_width()
        if in_every_look:
            found["narrow"] = axe.faults(self.page, axe.LAYOUT)
        self.page.set_viewport_size(size)
        assert not any(found.values()), f"{self.page.url}: {found}"

    # With only the keyboard

    def tab_to(self, target: Locator, *, at_most: int = 160) -> None:
        """Press Tab until the target has the focus, which must then be visible."""
        element = target.element_handle()  # as finding it again after each key is slow
        for _ in range(at_most):
            self.page.keyboard.press("Tab")
            if element.evaluate("(each) => each === document.activeElement"):
                break
        else:
            raise AssertionError(f"pressing Tab {at_most} times did not reach {target}")
        assert target.evaluate(IN_SIGHT), f"{target} has the focus behind something else"

    def press_enter(self) -> None:
        """Follow the link or button that has the focus."""
        self.leave_by(lambda: self.page.keyboard.press("Enter"))

    # Complaints

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        # The browser itself reports the status of a requested page if it is not 200.
        if self._expected_status != 200 and f"status of {self._expected_status}" in message.text:
            return
        self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")


IN_SIGHT = """(each) => {
    const line = each.getClientRects()[0];
    const [x, y] = [line.left + line.width / 2, line.top + line.height / 2];
    const top = document.elementFromPoint(x, y);
    return top !== null && (each === top || each.contains(top) || top.contains(each));
}"""
