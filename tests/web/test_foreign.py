"""No page in Chinese or Russian shows an English sentence outside what is quoted: everything foreign says what language it is in."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from tests.conftest import CODE
from tests.story import N6C, cast, judge

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]
PAGES = [
    "/", f"/declarations/{CODE}/?c=N6.c", "/commitments/", f"/commitments/{N6C}/", f"/commitments/{CODE}:T3.e/", "/organizations/", "/organizations/KAZ/",
    "/organizations/CSTO/", "/actions/", "/indicators/", "/indicators/values/", f"/indicators/{CODE}:i-opium-ha/", "/sources/", f"/sources/{CODE}:src-sohu/", "/assessments/",
    "/reports/", "/reports/compare/", "/reports/subscribe/", "/changes/", "/changes/1/", "/status-changes/", "/compare/?from=2014", "/search/", "/search/?q=precursor", "/search/?q=毒品", "/method/", "/corrections/", "/help/",
    "/accounts/login/", "/commitments/?x=1", "/nothing/", "/embed/years/", "/?as_of=2009-03-01",
]  # fmt: skip
DESK = [
    "/desk/",
    f"/desk/new/?kind=assessment&target={N6C}",
    "/desk/sheets/",
    "/desk/rounds/",
    "/desk/people/",
    "/reports/new/",
    "/accounts/password/",
]
_VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "base", "area", "col", "source", "wbr"})
_NAMES = re.compile(r"(?:[a-z_]+, ){3,}[a-z_]+")  # of parameters, which are words of no language
_SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z’'-]*[,;:]? ){4,}[A-Za-z]")


class Words(HTMLParser):
    """The words of a page beside the language that they are said to be in."""

    def __init__(self, source: bool) -> None:
        super().__init__()
        self.source = source
        self.open: list[tuple[str, str, bool]] = []
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        lang = given.get("lang") or (self.open[-1][1] if self.open else "")
        quiet = tag in ("script", "style", "code", "pre") or bool(self.open and self.open[-1][2])
        for name in ("title", "aria-label", "placeholder", "alt", "content"):
            about_a_source = name == "content" and self.source
            if given.get(name) and not quiet and not about_a_source and given.get("name") != "htmx-config":
                self.found.append((lang or "", str(given[name])))
        if tag not in _VOID:
            self.open.append((tag, lang or "", quiet))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, _lang, _quiet = self.open.pop()
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if (
            self.open and self.open[-1][0] == "title" and " – " in data
        ):  # what a page is called may be the title of a source
            data = data.rpartition(" – ")[2] if self.source else data
        if data.strip() and self.open and not self.open[-1][2]:
            self.found.append((self.open[-1][1], " ".join(data.split())))


def english(page: str, language: str, address: str = "") -> list[str]:
    words = Words(address.startswith("/sources/"))
    words.feed(page)
    assert len(words.found) > 20
    return [
        text
        for lang, text in words.found
        if lang.startswith(language) and _SENTENCE.search(_NAMES.sub("", text))
    ]


@pytest.mark.parametrize("language", ["zh", "ru"])
@pytest.mark.parametrize("address", PAGES)
def test_no_page_shows_an_english_sentence_of_its_own(client: Client, address: str, language: str) -> None:
    page = client.get(f"{address}{'&' if '?' in address else '?'}lang={language}").content.decode()
    assert english(page, language, address) == []


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_nor_does_the_desk(client: Client, language: str) -> None:
    cast()
    judge(because={"en": "Only in English this was said so far.", "zh": "仅以中文说明。"})
    from django.contrib.auth.models import User

    client.force_login(User.objects.get(username="nurlan"))
    for address in DESK:
        page = client.get(f"{address}{'&' if '?' in address else '?'}lang={language}").content.decode()
        assert english(page, language) == [], address


def test_the_reader_of_pages_finds_one(client: Client) -> None:
    page = client.get("/?lang=zh").content.decode()
    broken = page.replace("</h1>", "</h1><p>This is a sentence of the house.</p>")
    assert english(broken, "zh") == ["This is a sentence of the house."]
    assert english(broken.replace("<p>This", '<p lang="en">This'), "zh") == []
