"""Two moments side by side: the page, the API and the file say the same, and each figure leads to its list."""

import csv
import io
import json
import re
from html import unescape
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import Client

from tests.story import N6C, judge

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]


def listed(client: Client, query: str) -> dict[str, str]:
    rows = client.get(f"/api/v1/commitments/?page_size=200&fields=code,status&{query}").json()["results"]
    return {row["code"]: row["status"]["value"] for row in rows}


def test_each_moment_is_what_its_own_list_says(client: Client) -> None:
    then, now = listed(client, "as_of=2014-12-31"), listed(client, "as_of=2026-11-01")
    rows = client.get("/api/v1/comparison/?from=2014&as_of=2026-11-01&page_size=200").json()["results"]
    assert {row["code"]: row["before"]["value"] for row in rows} == then
    assert {row["code"]: row["after"]["value"] for row in rows} == now
    moved = [code for code in then if then[code] != now[code]]
    assert [row["code"] for row in rows if row["moved"]] == moved and 5 < len(moved) < 64
    assert client.get("/api/v1/comparison/?from=2014&as_of=2026-11-01&moved=true").json()["count"] == len(
        moved
    )
    entered = [row["code"] for row in rows if row["entered"]]
    counting = {
        name: len(listed(client, f"counts=true&as_of={day}"))
        for name, day in (("then", "2014-12-31"), ("now", "2026-11-01"))
    }
    assert counting["now"] - counting["then"] == len(entered) - sum(row["left"] for row in rows)
    page = client.get("/compare/?from=2014&as_of=2026-11-01&lang=en").content.decode()
    assert f'data-total="{len(moved)}"' in page
    assert re.findall(r'<tr id="([A-Z]+\d+\.[a-z])">', page) == moved


@pytest.mark.parametrize(
    "query",
    [
        "section=narcotics",
        "organization=CSTO&role=addressee",
        "topic=precursors&section=narcotics",
        "codes=N6.c,N2.d,T4.a&section=narcotics",
    ],
)
def test_each_figure_leads_to_the_list_that_makes_it(client: Client, query: str) -> None:
    page = client.get(f"/compare/?from=2014&as_of=2025-12-31&lang=en&{query}").content.decode()
    doors = re.findall(r'<a class="fig" href="([^"]+)"><b>(\d+)</b></a>', page)
    assert len(doors) >= 4
    for address, figure in doors:
        there = client.get(unescape(address)).content.decode()
        assert f'data-total="{figure}"' in there, address
    between = next(
        unescape(a) for a in re.findall(r'href="(/status-changes/[^"]+)"', page) if "from=2015-01-01" in a
    )
    wanted = dict(parse_qsl(query))
    assert wanted.items() <= dict(parse_qsl(between.partition("?")[2])).items()
    changes = client.get(between).content.decode()
    moved = re.findall(r'<tr id="([A-Z]+\d+\.[a-z])">', page)
    listed = re.findall(r'<span class="code">([^<]+)</span>', changes.partition("<tbody>")[2])
    assert {*moved} <= {*listed} and changes.count("remove this filter") == len(wanted)
    asked = urlencode({k: v for k, v in parse_qsl(between.partition("?")[2]) if k != "lang"})
    rows = client.get(f"/api/v1/status-changes/?{asked}&ordering=-on&page_size=200").json()["results"]
    assert [row["code"] for row in rows] == listed
    for shown in (page, changes):  # each chip leads to the list without it
        for chip in re.findall(r'<a class="chip on" href="([^"]+)"', shown):
            assert client.get(unescape(chip)).status_code == 200, chip


def test_it_is_taken_away_as_a_table(client: Client) -> None:
    page = client.get("/compare/?from=2014&lang=en").content.decode()
    address = next(
        unescape(a) for a in re.findall(r'href="(/api/v1/export/[^"]+)"', page) if "format=csv" in a
    )
    table = list(csv.DictReader(io.StringIO(b"".join(client.get(address).streaming_content).decode())))
    assert [row["code"] for row in table] == re.findall(r'<tr id="([A-Z]+\d+\.[a-z])">', page)
    assert (
        all(json.loads(row["before"])["value"] != json.loads(row["after"])["value"] for row in table)
        and table
    )


def test_every_link_of_the_rules_leads_somewhere(client: Client) -> None:
    for address in (
        "/compare/?from=2021-12-31",
        "/compare/?from=2014&as_of=2016-12-31",
        "/compare/?as_of=2009-03-01",
    ):
        page = client.get(address).content.decode()
        for link in re.findall(r'<nav class="years".*?</nav>', page, re.S):
            for href in re.findall(r'href="([^"]+)"', link):
                assert client.get(unescape(href)).status_code == 200, href


def test_it_moves_with_the_record(client: Client) -> None:
    before = client.get("/api/v1/comparison/?from=2026-01-01&moved=true").json()["results"]
    judge(value="stalled", day="2026-01-05")
    after = client.get("/api/v1/comparison/?from=2026-01-01&moved=true").json()["results"]
    (new,) = [row for row in after if row["key"] not in {r["key"] for r in before}]
    assert new["key"] == N6C and new["after"]["value"] == "stalled"


@pytest.mark.parametrize("wrong", ["from=2027", "from=abc", "from=2014&as_of=2013", "section=nope"])
def test_what_cannot_be_compared_is_refused(client: Client, wrong: str) -> None:
    assert client.get(f"/compare/?{wrong}").status_code == 400
    reply = client.get(f"/api/v1/comparison/?{wrong}")
    assert (
        reply.status_code == 400
        and reply.json()["errors"][0]["parameter"] == wrong.split("=")[0].split("&")[0]
    )
    assert (
        client.get("/compare/?as_of=2009-03-01").status_code == 200
    )  # before the adoption nothing is judged
