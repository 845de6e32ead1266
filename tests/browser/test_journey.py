"""The journey of a report and of a retraction, in a real browser: from a focal point's desk to an outsider's proof."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import npm, servers
from tests.browser.pictures import laid_out
from tests.browser.test_accessibility import EQUIVALENT, RULES
from tests.product import Product, run_python, running

pytestmark = [pytest.mark.browser, pytest.mark.engineless]
PASSWORD = "correct horse battery"
PEOPLE = """
from django.contrib.auth.models import User
from tests.story import cast
cast()
for user in User.objects.exclude(username="admin"):
    user.set_password("correct horse battery")
    user.save()
"""
N6C, N2D = "sco-afg-2009:N6.c", "sco-afg-2009:N2.d"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    if "chromium" in servers.missing():
        pytest.skip("chromium missing")
    with running() as found:
        run_python({**os.environ, "DATA_DIR": str(found.data)}, PEOPLE)
        yield found


class Person:
    """Somebody with a browser of their own; complaints of the browser are kept."""

    def __init__(self, browser: Browser, product: Product, name: str, **more: object) -> None:
        self.context = browser.new_context(base_url=product.address, **more)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on(
            "console",
            lambda m: m.type == "error" and "status of 4" not in m.text and self.complaints.append(m.text),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto("/accounts/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/accounts/" not in url)

    def accepts(self, address: str) -> None:
        self.page.goto(address)
        self.page.click("button[value=accept]")
        self.page.wait_for_url("**/desk/")


def api(product: Product, path: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{product.address}/api/v1/{path}") as reply:
        found: dict[str, object] = json.load(reply)
    return found


def fulfilled(product: Product) -> tuple[int, int]:
    share = api(product, "summary/")["fulfilled"]
    assert isinstance(share, dict)
    return share["k"], share["n"]


def fill(page: Page, reason: str) -> None:
    page.check("input[name=value][value=largely_fulfilled]")
    page.fill("#id_effective_on", "2025-10-31")
    page.fill("textarea[name=because_0], textarea[name=because_en]", reason)
    page.select_option("#id_confidence", "medium")


def test_a_report_by_csto_is_returned_comes_back_and_stands_beside_the_status(
    browser: Browser, product: Product
) -> None:
    before = fulfilled(product)
    anna = Person(browser, product, "anna")
    anna.page.goto(f"/commitments/{N6C}/")
    anna.page.click(".deskbox >> text=Assess it")
    anna.page.wait_for_url("**/desk/drafts/**")
    fill(anna.page, "The operation took place again.")
    expect(anna.page.locator("[data-saved]")).to_contain_text("Saved", timeout=8000)
    anna.page.wait_for_timeout(1500)
    anna.page.reload()  # what was typed saved itself
    assert anna.page.input_value("#id_effective_on") == "2025-10-31"
    anna.page.click("text=Submit for review")
    expect(
        anna.page.locator("#f-basis .fault, #f-basis_more .fault, .errors")
    ).to_be_visible()  # no evidence yet
    for name, text in (
        ("url", "https://www.odkb-csto.org/example"),
        ("title", "Operation Channel"),
        ("publisher", "CSTO"),
        ("date", "2025-10-01"),
    ):
        anna.page.fill(f"#id_source_{name}", text)
    anna.page.select_option("#id_source_class", "primary")
    anna.page.select_option("#id_source_language", "ru")
    anna.page.set_input_files(
        "#id_upload", {"name": "report.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    anna.page.click("text=Submit for review")
    anna.page.wait_for_url("**/desk/proposals/**")
    assert "The status stays" in anna.page.inner_text("aside.preview")

    nurlan = Person(
        browser, product, "nurlan", java_script_enabled=False
    )  # without JavaScript, and with the keyboard
    nurlan.page.goto("/desk/")
    link = nurlan.page.locator("section:has(h2:text('To review')) a").first
    link.focus()
    nurlan.page.keyboard.press("Enter")
    nurlan.page.wait_for_url("**/desk/proposals/**")
    nurlan.page.locator("#id_reason").focus()
    nurlan.page.keyboard.type("Which of the two operations of 2025?")
    nurlan.page.locator("button[value=return]").focus()
    nurlan.page.keyboard.press("Enter")
    nurlan.page.wait_for_url("**/desk/")

    anna.page.goto("/desk/")
    assert "Which of the two operations" in anna.page.inner_text("main")
    anna.page.click("section:has(h2:text('Returned to me')) a >> nth=0")
    anna.page.wait_for_url("**/desk/drafts/**")
    fill(anna.page, "The operation of September 2025.")
    anna.page.click("text=Submit for review")
    anna.page.wait_for_url("**/desk/proposals/**")
    address = anna.page.url

    nurlan.page.goto(address)
    assert nurlan.page.is_checked("input[name=track][value=reported]")
    nurlan.page.locator("button[value=accept]").focus()
    nurlan.page.keyboard.press("Enter")
    nurlan.page.wait_for_url("**/desk/")

    page = browser.new_page(base_url=product.address)
    page.goto(f"/commitments/{N6C}/")
    assert "Partially fulfilled" in page.inner_text("aside.judge .big")
    beside = page.inner_text(".tracks-beside")
    assert "Largely fulfilled" in beside and "CSTO" in beside and "differs from the status" in beside
    commitment = api(product, f"commitments/{N6C}/")
    status = commitment["status"]
    assert (
        isinstance(status, dict)
        and status["value"] == "partially_fulfilled"
        and commitment["disagrees"] is True
    )
    assert fulfilled(product) == before == (7, 48)
    page.goto("/")
    assert "7" in page.inner_text("main") and api(product, "summary/")["disagreements"] == 1
    feed = api(product, "changes/?after=800&limit=500")["results"]
    assert isinstance(feed, list)
    verbs = [
        entry["verb"]
        for entry in feed
        if entry["subject_type"] in ("proposal", "assessment", "source", "file")
    ]
    assert verbs == ["submit", "return", "submit", "attach", "attach", "assess", "accept"]
    sha = next(e["subject"] for e in feed if e["subject_type"] == "file")
    with urllib.request.urlopen(f"{product.address}/files/{sha}/") as reply:
        assert reply.read() == b"%PDF-1.7\n%%EOF\n" and reply.headers["Content-Disposition"].startswith(
            "attachment"
        )
    assert anna.complaints == [] and nurlan.complaints == []


def test_a_retraction_moves_the_overview_and_a_new_judgement_moves_it_back(
    browser: Browser, product: Product
) -> None:
    liu, olga = Person(browser, product, "liu"), Person(browser, product, "olga")
    liu.page.goto(f"/commitments/{N2D}/")
    row = liu.page.locator("table.every tr:has-text('Fulfilled')").first
    row.locator("text=Retract").click()
    liu.page.wait_for_url("**/desk/drafts/**")
    preview = liu.page.inner_text("aside.preview")
    assert "7 fulfilled of 48" in preview and "6 fulfilled of 48" in preview
    liu.page.fill("textarea >> nth=0", "It rests on a copy.")
    liu.page.click("text=Submit for review")
    liu.page.wait_for_url("**/desk/proposals/**")
    olga.accepts(liu.page.url)
    assert fulfilled(product) == (6, 48)
    page = browser.new_page(base_url=product.address)
    page.goto(f"/commitments/{N2D}/")
    gone = page.locator("tr.gone").first
    assert "It rests on a copy." in gone.inner_text() and "p-liu" in gone.inner_text()
    assert gone.locator(".why").evaluate("e => getComputedStyle(e).textDecorationLine") == "line-through"

    liu.page.goto(f"/commitments/{N2D}/")
    liu.page.click(".deskbox >> text=Assess it")
    liu.page.wait_for_url("**/desk/drafts/**")
    liu.page.check("input[name=value][value=fulfilled]")
    liu.page.fill("#id_effective_on", "2026-01-31")
    liu.page.fill("textarea >> nth=0", "The original is found.")
    liu.page.select_option("#id_confidence", "high")
    liu.page.locator("#f-basis input").first.check()
    liu.page.click("text=Save draft")
    expect(liu.page.locator("aside.preview")).to_contain_text("7 fulfilled of 48")
    liu.page.click("text=Submit for review")
    liu.page.wait_for_url("**/desk/proposals/**")
    olga.accepts(liu.page.url)
    assert fulfilled(product) == (7, 48)
    assert liu.complaints == [] and olga.complaints == []


def test_an_outsider_proves_the_chain_from_the_feed_alone(product: Product, tmp_path: Path) -> None:
    with urllib.request.urlopen(f"{product.address}/verify.py") as reply:
        (tmp_path / "verify.py").write_bytes(reply.read())
    after, lines = 0, []
    while True:
        page = api(product, f"changes/?after={after}&limit=500")
        results = page["results"]
        assert isinstance(results, list)
        if not results:
            break
        lines += [json.dumps(entry, ensure_ascii=False) for entry in results]
        after = results[-1]["number"]
    (tmp_path / "feed.ndjson").write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-I", "verify.py", "feed.ndjson"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"{after} entries" in done.stdout, done.stderr
    (tmp_path / "feed.ndjson").write_text(
        "\n".join(lines).replace("It rests on a copy.", "It rests on a cop.")
    )
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
@pytest.mark.parametrize("width", [1440, 768, 390])
def test_no_page_of_the_desk_complains_or_overflows(
    browser: Browser, product: Product, lang: str, width: int
) -> None:
    olga = Person(browser, product, "olga", viewport={"width": width, "height": 900})
    for path in (
        "/desk/",
        "/desk/new/",
        "/desk/rounds/",
        "/desk/people/",
        "/desk/sheets/",
        f"/commitments/{N6C}/",
        "/sources/sco-afg-2009:src-sohu/",
    ):
        olga.page.goto(f"{path}?lang={lang}")
        olga.page.wait_for_load_state("networkidle")
        assert olga.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert olga.page.locator("h1").count() == 1, path
    assert olga.complaints == []


@pytest.mark.parametrize(("lang", "width"), [("ru", 1440), ("zh", 390)])
def test_axe_finds_nothing_on_the_desk(browser: Browser, product: Product, lang: str, width: int) -> None:
    axe = (npm.installed() / "node_modules" / "axe-core" / "axe.min.js").read_text()
    olga = Person(browser, product, "olga", viewport={"width": width, "height": 900})
    found = []
    for path in (
        "/desk/", "/desk/new/", "/desk/rounds/", "/desk/sheets/", "/reports/new/?codes=N6.c", f"/commitments/{N6C}/", "/organizations/KAZ/",
    ):  # fmt: skip
        olga.page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        laid_out(olga.page)
        olga.page.evaluate(axe)
        told = olga.page.evaluate(
            "([exclude, values]) => axe.run({exclude}, {runOnly: values})", [EQUIVALENT, RULES]
        )
        found += [
            f"{path}: {v['id']}: {v['nodes'][0]['html'][:120]}: {v['nodes'][0]['failureSummary'][:200]}"
            for v in told["violations"]
        ]
        assert olga.page.evaluate("document.querySelector('.top').getBoundingClientRect().height") < 70, path
    assert found == []


def test_drafting_needs_neither_a_mouse_nor_javascript(browser: Browser, product: Product) -> None:
    bek = Person(browser, product, "bek", java_script_enabled=False)
    page = bek.page
    page.goto(f"/commitments/{N6C}/")
    page.locator(".deskbox button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/drafts/**")
    page.locator("input[name=value][value=partially_fulfilled]").focus()
    page.keyboard.press("Space")
    page.locator("textarea[name=because_0], textarea[name=because_en]").focus()
    page.keyboard.type("Nothing was announced.")
    for _ in range(2):  # first without a date: told beside its field, with everything kept
        page.locator("button[value=submit]").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if "/drafts/" not in page.url:
            break
        assert page.locator(".fault").count() >= 1
        text = page.locator("textarea[name=because_0], textarea[name=because_en]")
        assert text.input_value() == "Nothing was announced."
        for name, value in (("effective_on", "2025-10-31"), ("source_url", "https://kaz.example/x"), ("source_title", "Statement"), ("source_publisher", "KAZ")):  # fmt: skip
            page.fill(f"#id_{name}", value)
        for name, value in (("confidence", "medium"), ("source_class", "primary"), ("source_language", "ru")):
            page.select_option(f"#id_{name}", value)
    assert "/desk/proposals/" in page.url
    assert bek.complaints == []
