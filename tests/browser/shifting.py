"""What moves on a page that its reader did not move, as Chromium counts it."""

from playwright.sync_api import Page

OBSERVE = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    for (const { node, previousRect, currentRect } of entry.sources)
      shifts.push(`${(node?.outerHTML || node?.textContent || "?").slice(0, 160)}
        ${JSON.stringify(previousRect)} → ${JSON.stringify(currentRect)}`);
}).observe({ type: "layout-shift", buffered: true });
"""
# One animation frame after the next: what a change has moved is known by then.
SETTLE = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LOOK = "document.querySelectorAll('[data-live]').forEach((part) => htmx.trigger(part, 'look'))"


def opened(page: Page, address: str) -> Page:
    """Another page of the same person, from which on shifts count."""
    other = page.context.new_page()
    assert page.viewport_size
    other.set_viewport_size(page.viewport_size)
    other.goto(address)
    other.wait_for_load_state("networkidle")
    return count_from_here(other)


def count_from_here(page: Page) -> Page:
    page.evaluate("document.fonts.ready")
    page.evaluate(SETTLE)
    page.evaluate("shifts.length = 0")
    return page


def shifts(page: Page) -> list[str]:
    """What has moved since; only what is in view is counted."""
    page.evaluate(SETTLE)
    found: list[str] = page.evaluate("shifts")
    return found
