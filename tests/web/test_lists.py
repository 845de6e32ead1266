"""Lists: what is shown can be narrowed, taken away as a file, and its columns chosen; the page and its files agree."""

import csv
import io
import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from commitments.ledger import proposals
from commitments.models.source import Source
from commitments.web.sorting import by_name
from tests.conftest import CODE
from tests.story import LIU, NURLAN, cast, propose

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]
LISTS = {
    "/commitments/?section=narcotics&status=fulfilled,ongoing&ordering=-since": r'<tr id="([A-Z]+\d+\.[a-z])">',
    "/commitments/?as_of=2014-12-31&counts=true": r'<tr id="([A-Z]+\d+\.[a-z])">',
    "/actions/?category=action&year=2025": r'<tr id="([\w.-]+)"',
    "/sources/?source_class=copy": r'<tr id="([\w.-]+)">',
    "/indicators/": r'<li id="([\w.-]+)">',
}


def files(page: str) -> dict[str, str]:
    return {
        name: unescape(address)
        for address, name in re.findall(r'<a href="(/api/v1/export/[^"]+)" download>(\w+)</a>', page)
    }


def content(reply: Any) -> bytes:
    return b"".join(reply.streaming_content)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_is_taken_away_as_exactly_what_is_shown(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    found = files(page)
    assert list(found) == ["CSV", "XLSX", "JSON"]
    shown = re.findall(LISTS[address], page)
    rows = json.loads(content(client.get(found["JSON"])))["results"]
    assert [row["code"] for row in rows] == shown and shown
    table = list(csv.DictReader(io.StringIO(content(client.get(found["CSV"])).decode())))
    assert [row["code"] for row in table] == shown
    assert content(client.get(found["XLSX"])).startswith(b"PK")
    assert all("at=" in address and "as_of=" in address for address in found.values())  # it can be cited


def test_columns_are_chosen_and_the_file_has_their_fields(client: Client) -> None:
    page = client.get("/commitments/?lang=en&columns=status,organizations,confidence").content.decode()
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)
    assert heads == ["Clause", "Organizations", "Status", "Confidence"]
    rows = json.loads(content(client.get(files(page)["JSON"])))["results"]
    assert set(rows[0]) == {"key", "code", "organizations", "status"} and len(rows) == 64
    assert client.get("/commitments/?columns=status,salary").status_code == 400
    plain = client.get("/commitments/?lang=en").content.decode()
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', plain) == [
        "Clause",
        "The words",
        "Kind",
        "Status",
        "Since",
        "Newest evidence",
    ]
    more = next(
        unescape(a)
        for a in re.findall(r'href="(/commitments/\?[^"]*columns=[^"]*)"', plain)
        if "strength" in a
    )
    assert "Firmness of wording</th>" in client.get(more).content.decode()


def test_what_rests_on_a_class_of_source(client: Client) -> None:
    every = client.get("/commitments/?lang=en").content.decode()
    counts = {name: int(k) for name, k in re.findall(r'source_class=(\w+)"?>[^<]*?(\d+)</a>', every)}
    assert set(counts) == {"primary", "press", "copy"}
    for name, k in counts.items():
        listed = client.get(f"/api/v1/commitments/?source_class={name}&page_size=1").json()["count"]
        assert listed == k, name
        page = client.get(f"/commitments/?lang=en&source_class={name}").content.decode()
        assert f'data-total="{k}"' in page and 'class="chip on"' in page
    cast()
    for source in Source.objects.filter(source_class="copy"):
        payload = {"source": source.pk, "because": {"en": "It cannot be found."}}
        proposals.accept(key=propose(payload, by=LIU, kind="withdrawal"), by=NURLAN)
    assert client.get("/api/v1/commitments/?source_class=copy").json()["count"] == 0
    assert client.get("/commitments/?source_class=rumour").status_code == 400


@pytest.mark.parametrize("wrong", ["changes&fields=key", "commitments&fields=salary"])
def test_a_field_that_there_is_not_is_refused(client: Client, wrong: str) -> None:
    reply = client.get(f"/api/v1/export/?of={wrong}")
    assert reply.status_code == 400 and reply.json()["errors"][0]["parameter"] == "fields"
    assert CODE in content(client.get("/api/v1/export/?of=commitments&fields=key&format=csv")).decode()


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("zh", ["阿富汗政府", "北大西洋公约组织（北约）", "独立国家联合体（独联体）", "集体安全条约组织", "联合国", "上海合作组织", "中亚地区禁毒信息协调中心"]),
        ("ru", ["Афганистан", "Европейский союз", "Казахстан", "Организация Объединённых Наций", "Шанхайская организация сотрудничества"]),
        ("en", ["Afghanistan", "China", "Kazakhstan", "Russia", "Uzbekistan"]),
    ],
)  # fmt: skip
def test_names_stand_as_their_language_sorts_them(client: Client, lang: str, wanted: list[str]) -> None:
    names = [by_name(name, lang) for name in wanted]
    assert names == sorted(names)
    page = client.get(f"/organizations/?lang={lang}&ordering=name").content.decode()
    for part in page.split('<tr class="grp">')[1:]:
        shown = [
            unescape(name)
            for name in re.findall(r'<th scope="row" class="wrapcell"><a [^>]*>(?:<[^>]+>)?([^<]+)', part)
        ]
        assert shown and shown == sorted(shown, key=lambda name: by_name(name, lang))


def test_a_topic_goes_across_the_sections_and_says_through_what(client: Client) -> None:
    page = client.get("/commitments/?lang=en&topic=precursors").content.decode()
    assert re.findall(r'<tr id="([A-Z]+\d+\.[a-z])">', page) == ["P4.b", "N1.b", "N2.c", "N7.c", "T4.a"]
    assert 'class="chip on"' in page and "Precursor chemicals" in page
    assert "Precursor chemicals 3" in client.get("/commitments/?lang=en&section=narcotics").content.decode()
    assert "易制毒化学品" in client.get("/commitments/?lang=zh").content.decode()
    one = client.get(f"/commitments/{CODE}:N1.b/?lang=en").content.decode()
    assert "Precursor chemicals" in one and "UNSCR-1817" in one
    detail = client.get(f"/api/v1/commitments/{CODE}:N1.b/").json()
    assert [(t["code"], t["through"]["code"]) for t in detail["topics"]] == [("precursors", "UNSCR-1817")]
    assert client.get(f"/api/v1/commitments/{CODE}:N2.c/").json()["topics"][0]["through"] is None
    assert client.get("/api/v1/commitments/?topic=precursors").json()["count"] == 5
    assert client.get("/api/v1/topics/").json()["results"][0]["commitments"] == [
        f"{CODE}:{code}" for code in ("P4.b", "N1.b", "N2.c", "N7.c", "T4.a")
    ]
    assert client.get("/commitments/?topic=poetry").status_code == 400
    found = client.get("/api/v1/search/?q=прекурс&group=topic").json()["results"][0]["hits"]
    assert [hit["url"] for hit in found] == ["/commitments/?topic=precursors"]
