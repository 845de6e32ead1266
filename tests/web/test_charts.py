"""Charts by themselves: drawings that need nothing else, the same figures as a table, pages that others may embed."""

import csv
import io
import re
from datetime import date
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from django.test import Client

from commitments import clock, paint
from commitments.ledger import verbs
from commitments.models.happening import Happening
from commitments.readings import changes, overview
from commitments.readings.moment import Moment
from tests.conftest import CODE
from tests.product import ROOT
from tests.story import LIU, N6C, cast, judge

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]
SVG = "{http://www.w3.org/2000/svg}"
NAMES = ["years", "marks", "matrix", "actions", f"status.{N6C}", f"series.{CODE}:i-opium-ha"]


def table(client: Client, name: str, query: str = "") -> list[list[str]]:
    reply = client.get(f"/charts/{name}.csv?lang=en{query}")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8" and reply.headers["ETag"]
    return list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
@pytest.mark.parametrize("name", NAMES)
def test_a_chart_stands_by_itself(client: Client, name: str, lang: str) -> None:
    reply = client.get(f"/charts/{name}.svg?lang={lang}&as_of=2021-12-31")
    assert (
        reply.headers["Content-Type"] == "image/svg+xml"
        and reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    )
    drawn = reply.content.decode()
    tree = ElementTree.fromstring(reply.content)  # a file by itself is strict
    assert tree.tag == f"{SVG}svg" and tree.get("viewBox") == f"0 0 960 {tree.get('height')}"
    assert (
        "class=" not in drawn
        and "style=" not in drawn
        and "<style" not in drawn
        and "currentcolor" not in drawn.lower().replace('="currentcolor"', "")
    )
    for link in re.findall(r'href="([^"]+)"', drawn):
        assert link.startswith(("#s-", "http://testserver/")), link
    assert "as_of=2021-12-31" in drawn and "CC BY 4.0" in drawn
    used = set(re.findall(r'<use href="#([\w-]+)"', drawn)) | set(re.findall(r"url\(#(\w+)\)", drawn))
    assert used <= set(re.findall(r'id="([\w-]+)"', drawn))
    rects = [e for e in tree.iter(f"{SVG}rect") if e.get("height") != tree.get("height")]
    assert all(e.get("fill") for e in rects)
    page = client.get(f"/embed/{name}/?lang={lang}")
    assert (
        "frame-ancestors *" in page.headers["Content-Security-Policy"]
        and "X-Frame-Options" not in page.headers
    )
    assert "<script" not in page.content.decode() and "<h1" in page.content.decode()
    head, *rows = table(client, name)
    there = page.content.decode()
    assert rows and there.count("<tr>") == len(rows) + 1 and there.count('<th scope="col">') == len(head)
    again = client.get(
        f"/charts/{name}.svg?lang={lang}&as_of=2021-12-31", headers={"if-none-match": reply.headers["ETag"]}
    )
    assert again.status_code == 304


def test_each_run_of_a_status_band_leads_to_its_assessments(client: Client) -> None:
    page = client.get("/commitments/sco-afg-2009:N6.c/?lang=en").content.decode()
    band = page[page.index('aria-label="Status over the years"') :]
    runs = re.findall(r'<a href="(/assessments/[^"]+)"><rect', band[: band.index("Evidence over")])
    assert len(runs) >= 3
    for address in runs:
        listed = client.get(address.replace("&amp;", "&"))
        assert listed.status_code == 200 and "N6.c" in listed.content.decode()


def test_the_table_has_the_figures_of_the_drawing(client: Client) -> None:
    head, *rows = table(client, "years")
    summary = client.get("/api/v1/summary/").json()["by_status"]
    drawn = client.get("/charts/years.svg?lang=en").content.decode()
    assert sum(int(row[-1]) for row in rows) == 64 and head[1] == "2009-03-27"
    by_word = {row[0].lower(): row for row in rows}
    assert int(by_word["fulfilled"][-1]) == summary["fulfilled"]
    for row in rows:
        for day, k in zip(head[1:], row[1:], strict=True):
            year = day[:4]
            assert k == "0" or re.search(rf"<title>[^<]*{year} · {re.escape(row[0])}: {k}</title>", drawn), (
                day,
                row[0],
                k,
            )
    marks = table(client, "marks")
    assert len(marks) == 65 and client.get("/charts/marks.svg?lang=en").content.decode().count("<use") >= 64
    rows = {row["code"]: row for row in client.get("/api/v1/commitments/?page_size=200").json()["results"]}
    assert [row[0] for row in marks[1:]] == list(rows)
    for code, _section, _title, _status, since in marks[1:]:
        wanted = rows[code]["status"]
        assert since == wanted["since"][: {"year": 4, "month": 7, "day": 10}[wanted["since_precision"]]], code


def test_a_chart_moves_with_the_record_and_the_clock(client: Client) -> None:
    before = table(client, f"status.{N6C}")
    judge(value="stalled", day="2026-01-05", because={"en": "=1+1"})
    after = table(client, f"status.{N6C}")
    assert len(after) == len(before) + 1 and ["'=1+1" in row for row in after].count(True) == 1
    assert len(table(client, f"status.{N6C}", "&as_of=2012")) < len(before)


def test_the_table_of_a_status_has_what_stands(client: Client) -> None:
    cast()
    first = judge(value="stalled", day="2026-01-05", because={"en": "first"})
    judge(value="ongoing", day="2026-01-05", replaces=first, because={"en": "second"})
    verbs.retract(
        assessment=judge(value="reversed", day="2026-02-01", because={"en": "third"}),
        because={"en": "No."},
        by=LIU,
    )
    reasons = [row[2] for row in table(client, f"status.{N6C}")]
    assert "second" in reasons and "first" not in reasons and "third" not in reasons
    days = {row[0] for row in table(client, f"status.{CODE}:N1.b")[1:]}
    assert days and all(len(day) in (4, 7, 10) for day in days) and any(len(day) == 4 for day in days)


def test_the_chart_of_a_narrowed_list_is_narrowed(client: Client) -> None:
    page = client.get("/actions/?lang=en&organization=CSTO&as_of=2021").content.decode()
    address = next(unescape(a) for a in re.findall(r'href="(/charts/actions\.csv[^"]*)"', page))
    assert "at=" in address and "as_of=2021-12-31" in address
    rows = list(csv.reader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))
    assert f'data-total="{len(rows) - 1}"' in page and len(rows) < len(table(client, "actions"))
    assert client.get("/charts/years.svg?organization=CSTO").status_code == 400
    named = [row[0] for row in table(client, "matrix")[1:]]
    overview = client.get("/?lang=en").content.decode()
    shown = re.findall(r'<th scope="row" class="wrapcell"><a [^>]*>([^<]+)</a>', overview)
    assert [unescape(name) for name in shown] == named[: len(shown)] and len(shown) == 8


def test_a_drawing_has_the_colours_of_the_sheet() -> None:
    sheet = (ROOT / "static" / "css" / "tracker.css").read_text().split("prefers-color-scheme")[0]
    areas = dict(re.findall(r"--a-(\w+): (#\w+);", sheet))
    assert {k: v.lower() for k, v in paint._FILLS.items()} == areas
    tokens = dict(re.findall(r"--([\w-]+): (#\w+);", sheet))
    assert {
        paint._OTHER_STROKES[v] for v in ("stalled", "not_fulfilled", "reversed", "lapsed", "unknown")
    } == {tokens[t] for t in ("stall", "fail", "undo", "end", "none")}
    assert tokens["go"] in paint._CLASSES["ln"] and tokens["ink"] in paint._CLASSES["ink"]


@pytest.mark.parametrize(
    "name", ["nothing", "years.x", "status", f"status.{CODE}:X1.a", "series.none", "years.svg"]
)
def test_what_is_no_chart_is_not_found(client: Client, name: str) -> None:
    for address in (f"/charts/{name}.svg", f"/charts/{name}.csv", f"/embed/{name}/"):
        assert client.get(address).status_code == 404, address


def test_only_what_is_to_be_embedded_may_be(client: Client) -> None:
    page = client.get("/")
    assert (
        "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        and page.headers["X-Frame-Options"] == "DENY"
    )
    assert {f"/charts/{name}.svg" for name in ("years", "marks", "matrix")} <= set(
        re.findall(r'href="([^"?]+)', page.content.decode())
    )
    drawing = client.get("/charts/years.svg")
    assert "frame-ancestors 'none'" in drawing.headers["Content-Security-Policy"]


def test_a_series_marks_the_changes_of_circumstances(client: Client) -> None:
    """Each stands at its day, says what it was, and is not there before it happened."""
    name = f"series.{CODE}:i-opium-ha"
    events = overview.events(CODE, Moment(clock.today(), changes.head()["number"], changes.head()["number"]))
    assert [event["on"][:4] for event in events] == ["2014", "2021"]
    drawn = client.get(f"/charts/{name}.svg?lang=en").content.decode()
    for event in events:
        assert re.search(
            rf"<line [^>]*stroke-dasharray[^>]*><title>{re.escape(event['title']['en'])}, ", drawn
        )
    assert client.get(f"/charts/{name}.svg?as_of=2012").content.decode().count("stroke-dasharray") == 0
    page = client.get(f"/indicators/{CODE}:i-opium-ha/?lang=en").content.decode()
    assert page.count('class="mk"') == 2 and all(event["title"]["en"] in page for event in events)
    assert (
        "Broken lines" in page
        and "Broken lines" not in client.get("/indicators/?lang=en&as_of=2012").content.decode()
    )


@pytest.mark.parametrize("words", ["100% of 50 %3C/title%3E", "<&\"'\\)", "毒品\nдва"])
def test_a_drawing_as_an_address_is_the_drawing(words: str) -> None:
    address = paint.as_address(words)
    assert unquote(address.removeprefix("data:image/svg+xml,")) == words
    assert not set('"<>\n\\') & set(address)  # ends no attribute and no url() of a style


def test_events_are_those_that_were_cited_by_the_entry(client: Client) -> None:
    """The choice does not move with the record, and ties are no matter of the database."""
    head = changes.head()["number"]
    before = overview.events(CODE, Moment(clock.today(), head, head))
    others = Happening.objects.filter(category="event", kind__in=overview.MARKED_KINDS, verified=True)
    other = others.exclude(key__in=[event["key"] for event in before]).order_by("key")[0]
    for month in range(1, 10):
        verbs.assess(
            commitment=N6C, value="stalled", effective_on=date(2026, month, 5), because={"en": "seen"},
            confidence="low", by=LIU, basis=[other.key],
        )  # fmt: skip
    after = changes.head()["number"]
    assert overview.events(CODE, Moment(clock.today(), head, after)) == before
    cited = overview.events(CODE, Moment(clock.today(), after, after))
    assert other.key in {event["key"] for event in cited} and len(cited) == 2
