"""Rules of the pages that no other test shows; docs/principles.md names them all."""

import gzip
import re
from html import unescape
from pathlib import Path

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.test import Client

from tests.conftest import CODE, PACKAGE
from tests.story import N6C

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]
READING = [
    "/", "/commitments/", f"/commitments/{N6C}/", "/organizations/", "/organizations/KAZ/", "/actions/", "/indicators/",
    f"/indicators/{CODE}:i-opium-ha/", "/sources/", "/assessments/", "/search/?q=毒品", "/compare/?from=2014", "/status-changes/",
]  # fmt: skip
WORDS = {  # of the tracks and the role, as the terms of the house are
    "en": ("analyst&#x27;s assessment", "who undertakes"), "zh": ("分析人员评估", "承诺方"), "ru": ("оценка аналитика", "принял на себя"),
}  # fmt: skip


@pytest.mark.parametrize("address", [*READING, f"/declarations/{CODE}/", "/help/", "/method/"])
def test_a_status_is_never_a_colour_alone(client: Client, address: str) -> None:
    """Each shape has its word beside it, or says it to who does not see it; the shapes are 13 and differ."""
    page = client.get(f"{address}{'&' if '?' in address else '?'}lang=en").content.decode()
    shapes = dict(re.findall(r'<symbol id="s-(\w+)"[^>]*>(.*?)</symbol>', page))
    assert len(shapes) == len(set(shapes.values())) == 13
    for mark, rest in re.findall(r'(<svg class="s s-\w+"[^>]*>)(.{0,400})', page, re.S):
        if 'role="img"' in mark:
            assert re.search(r'aria-label="\w[^"]+"', mark), mark
        else:
            assert 'aria-hidden="true"' in mark, mark
            after = re.sub(r"<[^>]+>", " ", rest)
            assert re.match(r"\s*\w", unescape(after)), (mark, rest[:120])


def test_a_share_always_says_of_how_many(client: Client) -> None:
    for address in ("/", "/commitments/", "/organizations/KAZ/", "/commitments/?section=narcotics"):
        page = re.sub(
            r"<[^>]+>", "", client.get(f"{address}{'&' if '?' in address else '?'}lang=en").content.decode()
        )
        assert re.search(r"\d+ fulfilled of \d+ that count", page), address
        assert not re.search(r"\d\s?%", page), address  # a percentage without its figures says too much


@pytest.mark.parametrize("address", READING)
def test_every_reading_page_has_the_year_rule(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    rule = page[page.rindex('<nav class="years"') :].split("</nav>")[0]
    days = re.findall(r"as_of=(\d{4})-", rule)
    assert days[:2] == ["2009", "2009"] and days[-1] == "2025" and 'aria-current="date"' in rule
    assert 'rel="prev"' in page  # the stepper of a phone


@pytest.mark.parametrize(
    "address", [*READING, f"/declarations/{CODE}/?c=N6.c", "/reports/", "/changes/", "/method/"]
)
def test_a_first_page_weighs_under_60_kilobytes(client: Client, address: str) -> None:
    """Over the wire: the page as it is sent to a browser, and everything that it asks for before it is used, compressed."""
    reply = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
    page, weight = gzip.decompress(reply.content).decode(), len(reply.content)
    for name in set(re.findall(r'(?:src|href)="/static/([^"]+\.(?:css|js|svg))"', page)):
        plain = re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", name)
        found = finders.find(plain)
        assert found, name
        weight += len(gzip.compress(Path(found).read_bytes(), 6))
    assert weight < 60_000, (address, weight)


def test_the_words_of_the_scale_are_those_of_the_record(client: Client) -> None:
    scale = yaml.safe_load((PACKAGE / "scale.yaml").read_text())
    for lang in ("en", "zh", "ru"):
        page = unescape(client.get(f"/method/?lang={lang}").content.decode())
        assert all(value["label"][lang] in page for value in scale["values"])
        one = (
            client.get(f"/commitments/{N6C}/?lang={lang}").content.decode()
            + client.get(f"/organizations/?lang={lang}").content.decode()
        )
        for word in WORDS[lang]:
            assert word in one, word
        assert "partially_fulfilled<" not in one  # no code where a person reads
