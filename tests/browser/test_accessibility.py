"""WCAG 2.2 AA as axe-core sees it: every page, in every language, wide and narrow; and every page from right to left."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import npm, servers
from tests.browser.pictures import PAGES, laid_out
from tests.product import Product, running

pytestmark = [pytest.mark.browser, pytest.mark.engineless]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Dots of a timeline and marks of a drawing stand as close as they must: each leads to a row of a table that has the same link (2.5.8, “equivalent”).
EQUIVALENT = [[".track svg a"], ["svg.chart a:has(circle)"], ["svg.chart a:has(use)"]]


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    if "chromium" in servers.missing():
        pytest.skip("chromium missing")
    with running(CONTACT_EMAIL="errors@tracker.example") as found:
        yield found


# The phone finds most; the other five pairs take five times as long: `make storm` and `STORM=1` look at all six.
PAIRS = [("zh", 390)]
if os.environ.get("STORM"):
    PAIRS = [(lang, width) for lang in ("en", "zh", "ru") for width in (1440, 390)]


@pytest.mark.parametrize(("lang", "width"), PAIRS)
def test_axe_finds_nothing(browser: Browser, product: Product, lang: str, width: int) -> None:
    axe = (npm.installed() / "node_modules" / "axe-core" / "axe.min.js").read_text()
    page = browser.new_page(viewport={"width": width, "height": 900}, base_url=product.address)
    found = []
    for name, path in PAGES.items():
        reply = page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert reply and reply.status == (400 if name == "error" else 200), name
        laid_out(page)
        page.evaluate(axe)
        told = page.evaluate(
            "([exclude, values]) => axe.run({exclude}, {runOnly: values})", [EQUIVALENT, RULES]
        )
        found += [
            f"{name}: {v['id']}, {len(v['nodes'])}: {v['nodes'][0]['html'][:120]}: {v['nodes'][0]['failureSummary'][:200]}"
            for v in told["violations"]
        ]
    page.close()
    assert found == []


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_can_be_read_from_right_to_left(browser: Browser, product: Product, width: int) -> None:
    """Dari and Pashto can come: nothing is cut off or stands outside when a page is turned round."""
    page = browser.new_page(viewport={"width": width, "height": 900}, base_url=product.address)
    for name, path in PAGES.items():
        page.goto(path)
        laid_out(page)
        page.evaluate("document.documentElement.dir = 'rtl'")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
        left, right = page.evaluate(
            "(() => { const box = document.querySelector('h1').getBoundingClientRect(); return [box.left, innerWidth - box.right] })()"
        )
        assert right < 120 or right <= left, f"{name}: the title does not begin at the right"
    page.close()
