"""What keeps people out of a page, as axe finds it (WCAG 2.2, levels A and AA)."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page, ViewportSize, expect

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}  # all that a theme can change
PLACES = {  # what another width can change
    "type": "rule",
    "values": [
        *("button-name", "color-contrast", "label", "link-in-text-block", "link-name"),
        *("scrollable-region-focusable", "target-size"),
    ],
}
RUN = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look_at(page: Page, path: str) -> list[str]:
    """Everything wrong with the page at an address."""
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return barriers(page)


def barriers(page: Page) -> list[str]:
    """Everything wrong with a page in both themes at both widths, of which it keeps the wide."""
    page.evaluate(AXE)
    found: list[str] = []
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found += _wrong(page, "desktop, light", RULES)
    page.emulate_media(color_scheme="dark")
    found += _wrong(page, "desktop, dark", COLOURS)
    page.set_viewport_size(NARROW)
    found += _wrong(page, "phone, dark", PLACES)
    page.emulate_media(color_scheme="light")
    found += _wrong(page, "phone, light", COLOURS)
    if page.evaluate(SIDEWAYS) > 0:
        found.append("is wider than a phone")
    page.set_viewport_size(WIDE)
    return found


def _wrong(page: Page, where: str, rules: Mapping[str, object]) -> list[str]:
    violations = page.evaluate(RUN, rules)["violations"]
    return [f"{where}: {one}" for one in _in_words(violations)]


def _in_words(violations: list[Mapping[str, Any]]) -> Iterator[str]:
    for violation in violations:
        for node in violation["nodes"]:
            checks = [*node["any"], *node["all"], *node["none"]]
            why = "; ".join(check["message"] for check in checks) or violation["help"]
            yield f"{violation['id']} at {node['target'][0]}: {why}"
