"""axe-core, which npm installs: what is wrong with a page for people who see or press less well.

https://github.com/dequelabs/axe-core
"""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.processes import REPOSITORY

FILE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
# All of axe's rules, and that of WCAG 2.2 (2.5.8) that it leaves off.
ALL = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# Nothing else differs in the dark.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}

RUN = """async (options) => {
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => {
        const { message } = [...node.any, ...node.all, ...node.none][0];
        return `${id}: ${node.html.slice(0, 160)}: ${message}`;
    }));
}"""


def faults(page: Page, options: dict[str, Any]) -> list[str]:
    """Return what axe finds wrong with a page as it is now."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(RUN, options)
    return found


@cache
def _axe() -> str:
    return FILE.read_text("utf-8")
