"""Journeys of people who read: what they came for, in the steps that they take, in a real browser."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Browser, expect

from tests import servers
from tests.browser.test_browser import Watched
from tests.browser.test_journey import PEOPLE, Person
from tests.product import Product, run_python, running

pytestmark = [pytest.mark.browser, pytest.mark.engineless]
PRECURSORS = {"P4.b", "N1.b", "N2.c", "N7.c", "T4.a"}


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    if "chromium" in servers.missing():
        pytest.skip("chromium missing")
    with running(
        REPORT_FORMATS="json,docx"
    ) as found:  # PDF of 51 reports takes minutes; tests/reports sets briefs in it
        run_python({**os.environ, "DATA_DIR": str(found.data)}, PEOPLE)
        yield found


def test_an_analyst_has_a_brief_on_precursors_in_russian_in_five_steps(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    liu = Person(browser, product, "liu", accept_downloads=True)
    page = liu.page
    page.goto("/?lang=ru")
    page.click("a.find")  # 1
    page.fill("[data-search]", "прекурсор")  # 2: it answers while it is typed
    page.locator("#found mark", has_text="Прекурсор").first.wait_for()
    page.click("#g-topic a")  # 3
    page.wait_for_url("**/commitments/?*topic=precursors*")
    assert {row.get_attribute("id") for row in page.locator("table tbody tr").all()} == PRECURSORS
    page.click(".deskbar a[href*='form=brief']")  # 4
    page.click("form.plainform button")  # 5
    page.locator("a[href$='.docx']").first.wait_for(
        timeout=150_000
    )  # a new tracker makes its 51 reports first
    with page.expect_download() as download:
        page.click("a[href$='.docx'] >> nth=0")
    download.value.save_as(tmp_path / "brief.docx")
    words = "\n".join(paragraph.text for paragraph in docx.Document(str(tmp_path / "brief.docx")).paragraphs)
    assert "Краткая справка" in words and all(code in words for code in PRECURSORS)
    assert "/reports/" in page.url and "lang=ru" in page.url
    assert liu.complaints == []


def test_only_what_kazakhstan_undertook(browser: Browser, product: Product, tmp_path: Path) -> None:
    watched = Watched(browser, product)
    page = watched.open("/?lang=en")
    page.click("header nav a[href^='/organizations/']")
    page.click("table a[href^='/organizations/KAZ/']")
    page.click("main .sub a[href*='via=membership'][href*='kind=commitment_to_act'] >> nth=0")
    assert page.locator("[data-total]").get_attribute("data-total") == "18"
    assert page.locator("tbody tr").count() == 18
    assert page.locator(".chip.on", has_text="Kazakhstan").count() == 1
    with page.expect_download() as download:
        page.click(".downloads a >> text=CSV")
    download.value.save_as(tmp_path / "list.csv")
    rows = list(csv.DictReader((tmp_path / "list.csv").open(encoding="utf-8-sig")))
    assert [row["code"] for row in rows] == [r.get_attribute("id") for r in page.locator("tbody tr").all()]
    assert {row["kind"] for row in rows} == {"commitment_to_act"}
    assert watched.complaints == []


def test_the_end_of_2014_against_today_is_exported(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    watched = Watched(browser, product)
    page = watched.open("/?lang=en")
    page.click("text=Compare two moments")
    page.click("nav.years >> nth=0 >> text=2014")
    assert "from=2014-12-31" in page.url and "31 December 2014" in page.inner_text("h1 + .lede")
    moved = page.locator("[data-total]").get_attribute("data-total")
    with page.expect_download() as download:
        page.click(".downloads a >> text=CSV")
    download.value.save_as(tmp_path / "moved.csv")
    rows = list(csv.DictReader((tmp_path / "moved.csv").open(encoding="utf-8-sig")))
    assert str(len(rows)) == moved and len(rows) > 10
    assert watched.complaints == []


def test_a_reader_in_chinese_on_a_phone(browser: Browser, product: Product) -> None:
    context = browser.new_context(
        base_url=product.address, locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )  # fmt: skip
    page = context.new_page()

    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url

    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    expect(page.locator("h1")).to_contain_text("上海合作组织")
    fits()
    page.tap("a.menu")
    page.tap(".allpages a[href^='/declarations/']")
    page.wait_for_url("**/declarations/**")
    fits()
    page.tap('.margin [data-c="sco-afg-2009:N6.c"]')
    panel = page.locator("#panel")
    expect(panel).to_contain_text("部分落实")
    page.wait_for_function(  # the panel comes into view and stays there
        "() => { const top = document.querySelector('#panel').getBoundingClientRect().top; return 0 <= top && top < innerHeight; }"
    )
    page.tap("#panel .more a")
    page.wait_for_url("**/commitments/sco-afg-2009:N6.c/**")
    fits()
    assert page.locator(".clause.on[class*='u-']").first.inner_text() == "应扩大该行动观察员国数量"
    assert page.locator(".how .src a").first.get_attribute("href")
    page.tap(".asof .step a[rel=prev]")
    page.wait_for_url("**as_of=**")
    fits()
    page.goto("/search/")
    page.fill("[data-search]", "毒")
    page.locator("#found mark", has_text="毒").first.wait_for()
    fits()
    context.close()
