"""Debian's Chromium, and a watch over what its pages do unasked."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

CHROMIUM = shutil.which("chromium")
PATIENCE = 60_000  # milliseconds; on a machine with nothing else to do, all comes much sooner
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`forbidden by the policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for as long as the block lasts; its loop would disturb Django's ORM for longer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


class Watch:
    """Collects, from every page of a context, what a well-behaved one never does.

    ``complaints`` holds errors of the console, breaches of the security policy, errors that
    nobody caught, and requests to anywhere but the portal at ``url``. Answers that a test asks
    for with a wrong status are named in ``expected`` beforehand.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.expected: set[int] = set()
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if not any(f"status of {status}" in message.text for status in self.expected):
            self.complaints.append(f"{message.page and message.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.complaints.append(f"a request to {request.url}")


@contextmanager
def watched_page(
    browser: Browser, url: str, session: Path | None = None
) -> Iterator[tuple[Page, Watch]]:
    """A page of a context of its own; at the end it must have nothing to complain about."""
    context = browser.new_context(base_url=url, storage_state=session)
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, url)
    yield context.new_page(), watch
    context.close()
    assert not watch.complaints, "\n".join(watch.complaints)
