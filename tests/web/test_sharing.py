"""What is taken back is listed with what stands in its place; search engines find each page once in each language."""

import re
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client

from commitments.ledger import verbs
from commitments.models.dispute import Dispute
from commitments.readings import changes, corrections
from commitments.readings.moment import resolve
from tests.story import LIU, N6C, cast, judge

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_what_was_taken_back_is_listed_with_its_reason(client: Client) -> None:
    cast()
    before = changes.head()["number"]
    first = judge(value="stalled", day="2026-01-05")
    judge(value="ongoing", day="2026-01-05", replaces=first, because={"en": "A better source."})
    verbs.retract(
        assessment=judge(day="2026-02-01"),
        because={"en": "It was another operation.", "zh": "并非该行动。"},
        by=LIU,
    )
    page = client.get("/corrections/?lang=en").content.decode()
    assert page.count("<tr>") >= 3 and N6C in page
    assert "A better source." in page and "It was another operation." in page and "retracted" in page
    assert "并非该行动。" in client.get("/corrections/?lang=zh").content.decode()
    assert "A better source." not in client.get(f"/corrections/?lang=en&at={before}").content.decode()
    assert not Dispute.objects.exists() and "No organization has disputed" in page
    assert corrections.disputes(resolve(None, None, date(2026, 3, 1))) == []


def test_each_page_is_found_once_in_each_language(client: Client) -> None:
    reply = client.get("/sitemap.xml")
    assert reply.headers["Content-Type"].startswith("application/xml")
    listed = [url.findtext(f"{SITEMAP}loc") for url in ElementTree.fromstring(reply.content)]
    assert len(listed) == len(set(listed)) > 700 and all(listed)
    for address in listed[::97]:
        parts = urlsplit(str(address))
        page = client.get(f"{parts.path}?{parts.query}")
        assert page.status_code == 200, address
        assert f'<link rel="canonical" href="{address}">' in page.content.decode(), address
    robots = client.get("/robots.txt").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in robots and "Disallow: /desk/" in robots


def test_the_canonical_address_keeps_the_filters_and_the_moment(client: Client) -> None:
    page = client.get("/commitments/?section=narcotics&as_of=2014-12-31", headers={"accept-language": "ru"}).content.decode()  # fmt: skip
    assert 'rel="canonical" href="http://testserver/commitments/?as_of=2014-12-31&amp;section=narcotics&amp;lang=ru"' in page  # fmt: skip
    assert 'hreflang="x-default" href="http://testserver/commitments/?as_of=2014-12-31&amp;section=narcotics"' in page  # fmt: skip


def test_a_closed_tracker_is_nobodys_to_index(client: Client, settings: Any) -> None:
    settings.PUBLIC_READING = False
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"
    assert b"<loc>" not in client.get("/sitemap.xml").content


def test_an_error_is_reported_with_the_page_and_its_moment(client: Client, settings: Any) -> None:
    assert "mailto:" not in client.get("/commitments/?lang=en").content.decode()
    settings.CONTACT_EMAIL = "errors@tracker.example"
    page = client.get("/commitments/?lang=en&section=narcotics").content.decode()
    mail = page.split('href="mailto:')[1].split('"')[0].replace("&amp;", "&")
    said = parse_qs(urlsplit(f"mailto:{mail}").query)
    assert "section=narcotics" in said["body"][0] and str(changes.head()["number"]) in said["body"][0]


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/commitments/?section=narcotics",
        "/organizations/KAZ/",
        "/compare/?from=2014",
        "/search/?q=毒品",
        "/actions/?year=2025",
        "/status-changes/",
    ],
)
def test_a_page_is_cited_and_found_again_as_it_was(client: Client, address: str) -> None:
    """The address of a citation names the day and the entry: what is recorded later changes nothing of what it gives."""

    def main(page: str) -> str:
        said = page.split("<main")[1].split("</main>")[0]
        return " ".join(
            re.sub(r"<details class=.known.*|<[^>]+>", " ", said.split('class="known"')[0]).split()
        )

    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    cited = unescape(page.split('class="cite"')[-1].split('href="')[1].split('"')[0])
    assert "as_of=" in cited and f"at={changes.head()['number']}" in cited and "lang=en" in cited
    judge(value="stalled", day="2026-01-05")
    again = client.get(
        cited.removeprefix("http://testserver"), headers={"accept-language": "zh"}
    ).content.decode()
    assert main(again) == main(page)
    assert '<details class="citepage"' in again


@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
def test_each_page_says_what_it_is_in_a_sentence_of_its_own(client: Client, lang: str) -> None:
    """What a search engine and a shared link show: a title and a description that no other page has."""
    pages = [
        "/", "/declarations/sco-afg-2009/", "/commitments/", f"/commitments/{N6C}/", "/organizations/", "/organizations/KAZ/", "/actions/",
        "/indicators/", "/indicators/sco-afg-2009:i-opium-ha/", "/sources/", "/sources/sco-afg-2009:src-sohu/", "/assessments/", "/reports/", "/changes/",
        "/status-changes/", "/compare/", "/search/", "/method/", "/corrections/", "/help/",
    ]  # fmt: skip
    said = {}
    for address in pages:
        page = client.get(f"{address}?lang={lang}").content.decode()
        title = re.search(r"<title>([^<]+)</title>", page)
        description = re.search(r'<meta name="description" content="([^"<>]+)">', page)
        assert title and description and 10 < len(description.group(1)) < 400, address
        said[address] = (title.group(1), description.group(1))
    assert (
        len({title for title, _ in said.values()}) == len({words for _, words in said.values()}) == len(pages)
    )
