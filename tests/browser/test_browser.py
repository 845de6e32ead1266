"""Debian's Chromium: the pages as a person sees them."""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Route

from tests import servers
from tests.browser.pictures import laid_out
from tests.product import Product, running

pytestmark = [pytest.mark.browser, pytest.mark.engineless]
PAGES = [
    "/", "/declarations/sco-afg-2009/", "/declarations/sco-afg-2009/?c=N6.c", "/commitments/", "/commitments/sco-afg-2009:N6.c/",
    "/organizations/", "/organizations/KAZ/", "/actions/", "/indicators/", "/indicators/sco-afg-2009:i-opium-ha/", "/sources/",
    "/sources/sco-afg-2009:src-sohu/", "/assessments/", "/reports/", "/changes/", "/compare/?from=2014", "/help/", "/embed/matrix/", "/search/?q=毒品", "/method/", "/accounts/login/",
]  # fmt: skip


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    if "chromium" in servers.missing():
        pytest.skip("chromium missing")
    with running() as found:
        yield found


class Watched:
    """A page whose complaints are kept: policy violations, script errors, requests to other hosts."""

    def __init__(self, browser: Browser, product: Product, width: int = 1440, **more: object) -> None:
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": 900}, base_url=product.address, **more
        )  # type: ignore[arg-type]
        self.complaints: list[str] = []
        self.page.on(
            "console", lambda message: message.type == "error" and self.complaints.append(message.text)
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "request",
            lambda request: (
                request.url.startswith((product.address, "data:")) or self.complaints.append(request.url)
            ),
        )

    def open(self, path: str) -> Page:
        self.page.goto(path)
        self.page.wait_for_load_state("networkidle")
        return self.page


@pytest.mark.parametrize(
    ("lang", "width"), [("en", 1440), ("ru", 1440), ("ru", 768), ("en", 390), ("zh", 390), ("ru", 390)]
)
def test_no_page_complains_or_overflows(browser: Browser, product: Product, width: int, lang: str) -> None:
    watched = Watched(browser, product, width)
    for path in PAGES:
        page = watched.open(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        laid_out(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px too wide"
        assert page.locator("h1").count() == 1, path
    assert watched.complaints == []
    watched.page.close()


def test_what_is_below_the_first_screen_is_laid_out_after_it(browser: Browser, product: Product) -> None:
    watched = Watched(browser, product, 390)
    page, waiting_first = watched.page, 0
    page.add_init_script(
        "requestIdleCallback = (then) => { window.idle = then }"
    )  # idle when the test says so
    for path in ("/", "/declarations/sco-afg-2009/"):
        page.goto(path)
        waiting = page.locator(".late").count()
        assert waiting >= 4
        waiting_first = waiting if path == "/" else waiting_first
        assert page.evaluate("getComputedStyle(document.querySelector('.late')).contentVisibility") == "auto"
        page.evaluate("idle()")
        assert page.locator(".late").count() == waiting - 1, "a part at a time"
        page.evaluate("() => { while (document.querySelector('.late')) idle() }")
        height = page.evaluate("document.documentElement.scrollHeight")
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollHeight") == height, "nothing is left to come"
    # At once when a place in the page is asked for: by its address, or when it is loaded again where somebody was.
    for address in ("/declarations/sco-afg-2009/#N6.c", "/declarations/sco-afg-2009/?c=N6.c"):
        page.goto("about:blank")
        page.goto(address)
        assert page.locator(".late").count() == 0, address
    mark, panel = (page.locator(found).bounding_box() for found in (".margin a.m.on", ".panel"))
    assert mark and panel and 0 < mark["y"] < mark["y"] + mark["height"] < panel["y"], (
        "the clause chosen is seen"
    )
    page.goto("/")
    assert page.locator(".late").count() == waiting_first
    page.reload()
    assert page.locator(".late").count() == 0
    assert watched.complaints == []
    page.close()


def test_closing_the_panel_calls_off_the_one_under_way(browser: Browser, product: Product) -> None:
    page = Watched(browser, product).open("/declarations/sco-afg-2009/")
    page.click("#N6\\.b")
    page.locator("#panel h2", has_text="N6.b").wait_for()
    waiting: list[Route] = []
    page.route("**/panel/*", lambda route: waiting.append(route))
    page.click("#N6\\.c")
    page.wait_for_timeout(200)
    page.keyboard.press("Escape")
    for route in waiting:
        with contextlib.suppress(Error):  # the browser has called it off
            route.continue_()
    page.wait_for_timeout(500)
    assert waiting and page.locator(".panel.idle").count() == 1 and "c=" not in page.url
    page.close()


def test_a_panel_that_cannot_be_fetched_leads_to_the_page(browser: Browser, product: Product) -> None:
    page = Watched(browser, product).open("/declarations/sco-afg-2009/")
    page.route("**/panel/*", lambda route: route.abort())
    page.click("#N6\\.b")
    page.wait_for_url("**?c=N6.b**")
    page.locator("#panel h2", has_text="N6.b").wait_for()
    page.close()


def test_the_api_docs_work_under_the_policy(browser: Browser, product: Product) -> None:
    watched = Watched(browser, product)
    page = watched.open("/api/docs/")
    page.get_by_text("/api/v1/commitments/", exact=True).first.wait_for()
    assert watched.complaints == []


def test_the_admin_works_under_the_policy(browser: Browser, product: Product) -> None:
    password = re.search(r"one-time password:\s+(\S+)", product.output)
    assert password
    watched = Watched(browser, product)
    page = watched.open("/admin/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", password.group(1))
    page.click("form.form button")
    assert page.locator("h1").inner_text() == "Choose a password"
    page.fill("[name=old_password]", password.group(1))
    for name in ("new_password1", "new_password2"):
        page.fill(f"[name={name}]", "a long and own password 9")
    page.click("form.form button")
    watched.open("/admin/commitments/organization/KAZ/change/")
    page.fill("[name=because]", "spelling")
    page.fill("[name=valid_from]", "1991-12-16")
    page.click("[name=_save]")
    watched.open("/changes/")
    assert "spelling" in page.locator("tbody").inner_text()
    assert [c for c in watched.complaints if "404" not in c] == []


def test_the_reader_opens_a_clause_beside_the_text(browser: Browser, product: Product) -> None:
    watched = Watched(browser, product)
    page = watched.open("/declarations/sco-afg-2009/?lang=en")
    page.locator(".margin a.m", has_text="c").locator("visible=true").nth(0).wait_for()
    page.click('.margin [data-c="sco-afg-2009:N6.c"]')
    page.locator("#panel", has_text="Enlarge the number of “Channel” observer states").wait_for()
    assert page.locator('.clause.on[data-c="sco-afg-2009:N6.c"]').count() == 2  # in both languages
    assert page.url.endswith("c=N6.c#N6.c")
    page.keyboard.press("j")
    page.locator("#panel .code", has_text="N7.a").wait_for()
    page.keyboard.press("k")
    page.locator("#panel .code", has_text="N6.c").wait_for()
    panel = page.locator("#panel").bounding_box()
    assert panel and 0 <= panel["y"] < 900, "the panel stays in view"
    page.hover('.zh [data-c="sco-afg-2009:T1.a"]')
    assert page.locator('.clause.hover[data-c="sco-afg-2009:T1.a"]').count() == 2
    page.reload()
    page.locator("#panel .code", has_text="N6.c").wait_for()
    assert watched.complaints == []


def test_everything_is_reached_without_javascript(browser: Browser, product: Product) -> None:
    watched = Watched(browser, product, java_script_enabled=False)
    page = watched.open("/?lang=en")
    page.click("text=Read the text")
    page.click('.margin a[href*="c=N6.c"]')
    assert "Three observer states" in page.locator("#panel").inner_text()
    page.click("text=Everything on N6.c")
    assert page.locator(".judge .big").inner_text().strip() == "Partially fulfilled"
    page.click('.years a:has-text("2014")')
    assert page.locator(".judge .big").inner_text().strip() == "Fulfilled"
    assert "as_of=2014-12-31" in page.url
    page.click("text=中文")
    assert page.locator(".judge .big").inner_text().strip() == "已落实"
    assert "as_of=2014-12-31" in page.url


def test_two_clicks_from_a_status_to_its_source(browser: Browser, product: Product) -> None:
    page = Watched(browser, product).open("/?lang=en")
    page.click('.marks a[title^="N6.c"]')
    source = page.locator(".how .src a").first.get_attribute("href")
    assert source and source.startswith("https://www.vb.kg/")


def test_the_keyboard_reaches_search(browser: Browser, product: Product) -> None:
    page = Watched(browser, product).open("/search/?lang=en")
    page.keyboard.press("/")
    page.keyboard.type("边界")
    page.keyboard.press("Enter")
    page.locator("mark", has_text="边界").first.wait_for()


def test_a_clause_opened_by_key_is_read_and_closed_by_key(browser: Browser, product: Product) -> None:
    page = Watched(browser, product).open("/declarations/sco-afg-2009/?lang=en")
    legend = page.locator("#panel").inner_text()
    page.keyboard.press("j")
    page.locator("#panel .card").wait_for()
    assert page.evaluate("document.activeElement.matches('.margin a.m.on')")  # stepping on goes on
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'panel'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#panel') !== null")
    page.keyboard.press("Escape")
    page.wait_for_function("legend => document.querySelector('#panel').innerText === legend", arg=legend)
    assert page.evaluate("document.activeElement.matches('.margin a.m')") and "c=" not in page.url


def test_the_language_switch_keeps_the_clause_and_the_place(browser: Browser, product: Product) -> None:
    watched = Watched(browser, product)
    page = watched.open("/declarations/sco-afg-2009/?lang=en&show=ru#N6.c")
    page.locator(".margin .on").first.wait_for()
    page.click(".langs a[lang=zh-Hans]")
    page.locator("html[lang=zh-Hans] .margin .on").first.wait_for()
    assert (
        page.url.endswith("#N6.c")
        and "c=N6.c" in page.url
        and "show=ru" in page.url
        and "lang=zh" in page.url
    )
    page.keyboard.press("Escape")
    page.click(".langs a[lang=ru]")
    page.locator("html[lang=ru] .panel.idle").wait_for()
    assert "c=" not in page.url


def test_a_search_answers_while_it_is_typed(browser: Browser, product: Product) -> None:
    watched = Watched(browser, product)
    page = watched.open("/search/?lang=ru")
    page.locator("[data-search]").press_sequentially("毒", delay=30)
    page.locator("#found mark", has_text="毒").first.wait_for()
    one = page.locator("[data-told]").inner_text()
    page.locator("[data-search]").press_sequentially("品", delay=30)
    page.wait_for_function("told => document.querySelector('[data-told]').textContent !== told", arg=one)
    assert page.url.endswith("?lang=ru&q=%E6%AF%92%E5%93%81") and "毒品" in page.title()
    there = page.locator("#found").inner_text()
    page.click(".langs a[lang=en]")  # the words and the page are kept in another language
    assert page.locator("[data-search]").input_value() == "毒品"
    page.go_back()
    page.reload()
    assert page.locator("#found").inner_text() == there
    page.click(".facets a >> nth=0")
    assert "group=commitment" in page.url and page.locator("#found section").count() == 1
    page.fill("[data-search]", "границ")  # a word of Russian by its beginning
    page.locator("#found mark", has_text="границ").first.wait_for()
    page.fill("[data-search]", "qqqqq")
    page.locator("#found .empty").wait_for()
    assert watched.complaints == []


def test_a_report_reads_as_a_page_of_its_own(browser: Browser, product: Product, tmp_path: Path) -> None:
    watched = Watched(browser, product)
    page = watched.open("/reports/?lang=en")
    until = time.monotonic() + 90
    while not page.locator(".t.reports a").count() and time.monotonic() < until:
        page.wait_for_timeout(1000)  # of a product that has just begun, none is ready
        page.reload()
    page.click(".t.reports a >> nth=0")
    page.click("text=HTML")
    page.wait_for_url("**/report.html*")
    assert page.locator("h1").inner_text() == "Yearly progress report, 2025"
    assert (
        page.evaluate("getComputedStyle(document.body).maxWidth") == "1024px"
    )  # its own style is let through
    assert watched.complaints == []
