"""axe-core, which npm installs: what is wrong with a page for people who see or press less well.

https://github.com/dequelabs/axe-core
"""

from typing import Any

from playwright.sync_api import Page

# Where the sites of these tests serve it, so that it need not be sent to the browser for each page.
ADDRESS = "/static/axe/axe.min.js"
_TOLD = {"resultTypes": ["violations"], "preload": False}  # or it would load the style sheets again
_SIZE = {"target-size": {"enabled": True}}  # of WCAG 2.2 (2.5.8), which axe leaves off
ALL = {**_TOLD, "rules": _SIZE}
# On a narrow screen the colours are the same, and in the dark all else is.
LAYOUT = {**_TOLD, "rules": {**_SIZE, "color-contrast": {"enabled": False}}}
COLOURS = {**_TOLD, "runOnly": ["color-contrast", "link-in-text-block"]}

RUN = """async (options) => {
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => {
        const messages = [...node.any, ...node.all, ...node.none].map(({ message }) => message);
        return `${id}: ${node.html.slice(0, 160)}: ${messages.join(" ")}`;
    }));
}"""


def faults(page: Page, options: dict[str, Any]) -> list[str]:
    """Return what axe finds wrong with a page as it is now."""
    if not page.evaluate("typeof axe === 'object'"):
        page.add_script_tag(url=ADDRESS)
    found: list[str] = page.evaluate(RUN, options)
    return found
