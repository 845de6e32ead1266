"""Pictures of every page at three widths and in three languages, to be looked at: `make shots`, into var/pictures/.

With --docs it makes the pictures of the documentation anew, so that they stay true.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from commitments.templatetags.tracker import HELP_PICTURES
from tests.product import ROOT, running

PAGES = {
    "overview": "/", "reader": "/declarations/sco-afg-2009/?c=N6.c", "commitments": "/commitments/?section=narcotics",
    "commitment": "/commitments/sco-afg-2009:N6.c/", "organizations": "/organizations/", "kazakhstan": "/organizations/KAZ/",
    "india": "/organizations/IND/", "actions": "/actions/", "indicators": "/indicators/", "opium": "/indicators/sco-afg-2009:i-opium-ha/",
    "sources": "/sources/", "source": "/sources/sco-afg-2009:src-sohu/", "assessments": "/assessments/?moved=true", "reports": "/reports/",
    "changes": "/changes/", "search": "/search/?q=毒品", "method": "/method/", "corrections": "/corrections/", "status_changes": "/status-changes/", "compare": "/compare/?from=2014-12-31", "help": "/help/", "embed": "/embed/years/", "login": "/accounts/login/", "error": "/commitments/?x=1",
}  # fmt: skip


# A picture of the whole page is drawn without scrolling to what only scrolling has drawn.
_DRAW_ALL = "for (const e of document.querySelectorAll('.t.stack tr')) e.style.contentVisibility = 'visible'"


def laid_out(page: Page) -> None:
    """Wait for what a page lays out after its first screen."""
    page.wait_for_load_state("load")
    page.locator(".late").first.wait_for(state="detached")


def main(docs: bool) -> None:
    folder = ROOT / "docs" / "pictures" if docs else ROOT / "var" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with running() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        names = ("overview", "reader", "commitment") if docs else tuple(PAGES)
        for width in (1440,) if docs else (1440, 768, 390):
            page = browser.new_page(viewport={"width": width, "height": 1000})
            for name in names:
                for lang in ("en",) if docs else ("en", "zh", "ru"):
                    address = PAGES[name]
                    page.goto(f"{product.address}{address}{'&' if '?' in address else '?'}lang={lang}")
                    page.wait_for_load_state("networkidle")
                    laid_out(page)
                    page.evaluate(_DRAW_ALL)
                    target = folder / (f"{name}.png" if docs else f"{name}-{width}-{lang}.png")
                    page.screenshot(path=target, full_page=not docs)
        if docs:
            _help(browser, product.address)
        browser.close()


def _help(browser: Browser, address: str) -> None:
    """The pictures of the help page, in each language, small enough for a page."""
    folder = ROOT / "static" / "help"
    folder.mkdir(exist_ok=True)
    page = browser.new_page(viewport={"width": 800, "height": 560})
    for name, (path, _words) in HELP_PICTURES.items():
        for lang in ("en", "zh", "ru"):
            page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=folder / f"{name}.{lang}.jpg", type="jpeg", quality=50)


if __name__ == "__main__":
    main("--docs" in sys.argv)
