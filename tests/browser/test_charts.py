"""Numbers over time: drawn, and tables all the same."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from pbins.web.charts import OUTCOMES, Chart, Series
from tests.browser.asking import ask_for_build, ended
from tests.browser.portals import Portal
from tests.browser.shifting import LOOK, OBSERVE, count_from_here, shifts

pytestmark = pytest.mark.browser
# So high that all of the dashboard is in view, where shifts are counted.
SIZES: Sequence[ViewportSize] = ({"width": 1280, "height": 3000}, {"width": 390, "height": 5000})
NAMES = {
    "builds": [name for name, _, _ in OUTCOMES],
    "lag": ["behind", "follow a channel"],
    "growth": ["pbins"],
}
PUT_IN = """([news, charts]) => {
  const part = new DOMParser().parseFromString(news, "text/html").querySelector("#news");
  const places = part.querySelectorAll(".chart, .chart-quiet");
  places.forEach((place, at) => { place.outerHTML = charts[at]; });
  return part.outerHTML;
}"""


@pytest.fixture
def page(page: Page) -> Page:
    page.context.add_init_script(OBSERVE)
    return page


def test_charts_are_drawn_and_are_tables_too(
    page: Page, browser: Browser, portal: Portal, session: Path
) -> None:
    ask_for_build(page, "app-misc/plain")
    assert ended(page) == "succeeded"
    page.goto("/")
    builds = page.get_by_role("region", name="Builds per day")
    expect(builds.locator("canvas")).to_be_visible()
    expect(builds.get_by_role("table")).to_be_hidden()
    builds.get_by_role("button", name="As a table").click()
    expect(builds.get_by_role("row").nth(1)).to_contain_text("20")
    drawn = builds.locator("canvas").element_handle()
    news = page.request.get(address_of_news(page)).text()
    page.route(
        "**/news*", lambda route: route.fulfill(body=news.replace("succeeded", "ended well"))
    )
    count_from_here(page)
    page.evaluate(LOOK)
    expect(builds.get_by_role("columnheader", name="ended well")).to_be_visible()
    assert drawn is not None
    assert not drawn.evaluate("canvas => canvas.isConnected")  # it was drawn again
    expect(builds.locator("canvas")).to_be_visible()
    assert shifts(page) == []
    context = browser.new_context(
        base_url=portal.url, storage_state=session, java_script_enabled=False
    )
    plain = context.new_page()
    plain.goto("/")
    expect(plain.get_by_role("region", name="Builds per day").get_by_role("table")).to_be_visible()
    context.close()


@pytest.mark.parametrize("size", SIZES, ids=["wide", "phone"])
def test_nothing_moves_about_when_a_chart_is_drawn_for_the_first_time(
    page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    page.goto("/")
    news = page.request.get(address_of_news(page)).text()
    quiet, drawn = (page.evaluate(PUT_IN, [news, charts(told)]) for told in (None, 7.0))
    bring(page, quiet)
    expect(page.locator(".chart-quiet")).to_have_count(len(NAMES))
    count_from_here(page)
    bring(page, drawn)
    expect(page.locator("#news canvas")).to_have_count(len(NAMES))
    assert shifts(page) == []


def address_of_news(page: Page) -> str:
    """With what it says of its lists, which keep their size by that."""
    return str(page.locator("#news").get_attribute("hx-get"))


def charts(told: float | None) -> list[str]:
    """Those of the dashboard, with something to draw or without."""
    drawn = [
        Chart(
            key,
            key.capitalize(),
            "area",
            "count",
            labels=["1 Nov 2026", "2 Nov 2026"],
            series=[Series(name, "green", [told, told]) for name in names],
        )
        for key, names in NAMES.items()
    ]
    return [render_to_string("pbins/_chart.html", {"chart": chart}) for chart in drawn]


def bring(page: Page, news: str) -> None:
    """As what the live part of the dashboard is told now."""

    def answer(route: Route) -> None:
        route.fulfill(body=news, content_type="text/html")

    page.route("**/news*", answer)
    page.evaluate(LOOK)
