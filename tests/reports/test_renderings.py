"""Every rendering says what the frozen reading says, and says it in the same bytes whenever it is made."""

import contextlib
import csv
import html
import io
import json
import os
import re
import subprocess
import threading
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import openpyxl
import pytest
from django.test import Client
from django.utils import translation
from docx import Document

from commitments.ledger.canonical import canonical, sha256
from commitments.models.assessment import Assessment
from commitments.models.declaration import Section
from commitments.models.happening import Measurement
from commitments.models.report import Schedule
from commitments.readings import changes, commitments, overview, scopes
from commitments.readings.moment import Moment
from commitments.reports import build, content, due, rendering, tables
from commitments.reports.sentences import summary
from commitments.reports.slots import PAGES, slot
from commitments.templatetags.reports import WHY, why
from commitments.templatetags.tracker import d, n, unit
from tests import servers
from tests.conftest import CODE
from tests.reports.test_reports import NOW
from tests.story import judge

pytestmark = pytest.mark.django_db
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def asked(**scope: str) -> content.Asked:
    return content.Asked.of(Schedule.objects.get(pk=f"{CODE}:yearly"), scope)


def reading(start: date = YEAR[0], end: date = YEAR[1]) -> dict[str, Any]:
    found = content.read(asked(), start, end, changes.head()["number"])
    again: dict[str, Any] = json.loads(canonical(found))
    return again


def html_text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def rendered(found: dict[str, Any], language: str, *formats: str) -> dict[str, bytes]:
    return rendering.render(canonical(found), language, formats)


def test_a_reading_has_the_published_shape(client: Client) -> None:
    schema = client.get("/reports/report.schema.json").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    judge()
    for year in (2009, 2014, 2025, 2026):
        jsonschema.validate(reading(date(year, 1, 1), date(year, 12, 31)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(reading() | {"more": 1}, schema)
    narrow = asked(
        section="narcotics,closing",
        topic="precursors",
        instrument="UNSCR-1817",
        organization="UN",
        role="named,addressee",
    )
    found = content.read(replace(narrow, form="brief"), *YEAR, changes.head()["number"])
    jsonschema.validate(json.loads(canonical(found)), schema)
    assert [(n["filter"], n["code"], sorted(n["name"])) for n in found["scope"]["named"]] == [
        (name, code, ["en", "ru", "zh"])
        for name, code in (
            ("organization", "UN"), ("instrument", "UNSCR-1817"), ("section", "narcotics"), ("section", "closing"), ("topic", "precursors"),
        )
    ]  # fmt: skip


def test_what_a_scope_names_is_that_of_its_declaration() -> None:
    filters = {"topic": "precursors", "section": "narcotics", "organization": "CSTO,NOBODY", "codes": "N6.c"}
    of_another, mine, whole = scopes.named([("another", filters), (CODE, filters), (CODE, {})])
    assert [(n["filter"], n["code"]) for n in of_another] == [("organization", "CSTO")]
    assert {n["filter"]: n["name"]["ru"] for n in mine} == {
        "organization": "Организация Договора о коллективной безопасности",
        "section": Section.objects.get(declaration=CODE, code="narcotics").title["ru"],
        "topic": "Прекурсоры наркотиков",
    }
    assert whole == []


def test_the_reading_of_a_year_has_the_same_bytes_in_every_release() -> None:
    """Pinned: what changes here changes reports that were issued. Then raise content.FORMAT and keep the reader of before."""
    found = reading(date(2024, 1, 1), date(2024, 12, 31))
    del found["ledger_hash"]  # the salts of bodies are random, so the hash differs from database to database
    assert (found["format"], found["ledger_number"]) == (6, 802)
    assert sha256(canonical(found)) == "c8526770fca0068b21b21ac755b7fb1238dd3e2ada3e8b53f7e503eb268d4e21"


@pytest.mark.parametrize("year", range(2009, 2026))
def test_every_figure_of_a_year_is_that_of_the_readings(year: int) -> None:
    end = date(year, 12, 31)
    found = reading(max(date(year, 1, 1), date(2009, 3, 27)), end)
    head = changes.head()["number"]
    listing = commitments.listing(commitments.Filter(declaration=CODE), Moment(end, head, head))
    figures = overview.summary(CODE, Moment(end, head, head))
    assert figures
    assert found["figures"]["by_status"] == listing.rollup.by_value
    assert (found["figures"]["counting"], found["figures"]["fulfilled"]) == (
        figures["counting"],
        figures["fulfilled"],
    )
    assert {s["code"]: s["by_status"] for s in found["sections"]} == {
        k: v["by_status"] for k, v in figures["sections"].items()
    }
    assert sum(s["commitments"] for s in found["sections"]) == found["figures"]["commitments"] == 64
    assert (
        sum(s["steps"]["assessments"] for s in found["sections"])
        == found["steps"]["assessments"]
        == len(found["assessments"])
    )
    assert sum(s["steps"]["changed"] for s in found["sections"]) == found["steps"]["changed"]

    def listed(day: date, **narrow: Any) -> dict[str, Any]:
        wanted = commitments.Filter(declaration=CODE, **narrow)
        return overview.figures(commitments.listing(wanted, Moment(day, head, head)).rollup)

    earlier = date.fromisoformat(found["period"]["start"]) - timedelta(days=1)
    assert found["before"] == listed(earlier)
    told = [({"section": (s["code"],)}, s) for s in found["sections"]]
    told += [({"organization": p["code"]}, p) for p in found["portfolios"]]
    for narrow, line in told:
        for day, said in ((end, line), (earlier, line["before"])):
            expected = listed(day, **narrow)
            assert {name: said[name] for name in expected} == expected, (narrow, day)
    for portfolio in found["portfolios"]:
        wanted = commitments.Filter(declaration=CODE, organization=portfolio["code"])
        rollup = commitments.listing(wanted, Moment(end, head, head)).rollup
        assert (portfolio["commitments"], portfolio["by_status"]) == (rollup.total, rollup.by_value), (
            portfolio["code"]
        )


@pytest.mark.engineless
@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_the_workbook_has_every_number_of_the_reading_in_typed_cells(language: str) -> None:
    found = reading()
    book = openpyxl.load_workbook(io.BytesIO(rendered(found, language, "xlsx")["report.xlsx"]))
    with translation.override(rendering.INTERFACE[language]):
        made = {table.name: table for table in tables.tables(found, language)}
    assert book.sheetnames == list(made)
    for sheet in book:
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref
        rows = list(sheet.iter_rows(min_row=2))
        assert len(rows) == len(made[sheet.title].rows)
        for cells, row in zip(rows, made[sheet.title].rows, strict=True):
            for cell, value in zip(cells, row, strict=True):
                got = cell.value.date() if cell.is_date and cell.value is not None else cell.value
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert got == (
                    float(value) if isinstance(value, Decimal) else value or (value if value == 0 else None)
                ), cell.coordinate
    sections = next(table for table in made.values() if table.key == "sections")
    assert [row[2] for row in sections.rows[:-1]] == [s["commitments"] for s in found["sections"]]
    assert sections.rows[-1][2:6] == [64, 48, 7, 15] and sections.rows[-1][6:9] == [46, 7, 15]
    headline = next(table for table in made.values() if table.key == "headline")
    assert [(r[0], r[2], r[3]) for r in headline.rows] == [
        (h["value"], h["n"], h["before"]) for h in found["headline"]
    ]


YEARS = [(year, language) for year in range(2009, 2026) for language in ("en", "zh", "ru")]


def of_year(year: int) -> dict[str, Any]:
    return reading(max(date(year, 1, 1), date(2009, 3, 27)), date(year, 12, 31))


@pytest.fixture(scope="module")
def readings() -> dict[int, dict[str, Any]]:
    return {}


@pytest.mark.engineless
@pytest.mark.parametrize(("year", "language"), YEARS)
def test_the_workbook_of_each_report_has_the_figures_of_its_reading(
    year: int, language: str, readings: dict[int, dict[str, Any]]
) -> None:
    """Of all 51, and against the reading itself: what `tables` makes of it is not asked, but for the order of the sheets."""
    found = readings.get(year) or readings.setdefault(year, of_year(year))
    book = openpyxl.load_workbook(io.BytesIO(rendered(found, language, "xlsx")["report.xlsx"]))
    with translation.override(rendering.INTERFACE[language]):
        keys = [table.key for table in tables.tables(found, language)]
    sheets = dict(zip(keys, ([[c.value for c in row] for row in sheet] for sheet in book), strict=True))

    def figures(part: dict[str, Any]) -> list[Any]:
        now, before = part["fulfilled"], part["before"]
        return [
            part["commitments"], part["counting"], now["k"], now["percent"],
            before["counting"], before["fulfilled"]["k"], before["fulfilled"]["percent"],
        ]  # fmt: skip

    rows = sheets["headline"][1:]
    assert [(r[0], r[2], r[3], r[4]) for r in rows] == [
        (h["value"], h["n"], h["before"], h["n"] - h["before"]) for h in found["headline"]
    ]
    parts = [part["by_status"] for s in found["sections"] for part in (s, s["before"])]
    by_section = {h["value"]: [part.get(h["value"], 0) for part in parts] for h in found["headline"]}
    assert {row[0]: row[2:] for row in sheets["by_section"][1:]} == by_section
    steps = ("assessments", "changed", "reaffirmed", "first")
    wanted = [[*figures(s), *(s["steps"][name] for name in steps)] for s in found["sections"]]
    assert [row[2:] for row in sheets["sections"][1:-1]] == wanted
    whole = found["figures"] | {"before": found["before"]}
    assert sheets["sections"][-1][2:] == [*figures(whole), *(found["steps"][name] for name in steps)]
    assert [row[2:9] for row in sheets["portfolios"][1:]] == [figures(p) for p in found["portfolios"]]
    values = [
        (i["code"], float(m["value"]), m["low"] and float(m["low"]), m["high"] and float(m["high"]))
        for i in found["indicators"]
        for m in i["measurements"]
    ]
    got = [
        (r[0], *(None if cell is None else float(cell) for cell in r[3:6]))
        for r in sheets["measurements"][1:]
    ]
    assert got == [tuple(None if cell == "" else cell for cell in value) for value in values]
    assert [row[0] for row in sheets["commitments"][1:]] == [c["code"] for c in found["commitments"]]
    with translation.override(rendering.INTERFACE[language]):
        labels = {v["value"]: v["label"][language] for v in found["scale"]}
        shown = [labels[c["status"]["value"]] for c in found["commitments"]]
    assert [row[6] for row in sheets["commitments"][1:]] == shown
    assert len(sheets["sources"]) - 1 == len(found["sources"]) and len(sheets["steps"]) - 1 == len(
        found["assessments"]
    )
    assert rendered(found, language, "json")["report.json"].decode() == canonical(found)


@pytest.mark.engineless
def test_no_text_becomes_a_formula() -> None:
    found = reading()
    found["commitments"][0]["title"] = {"en": "=1+1", "zh": "＝1+1", "ru": "@SUM(A1)"}
    found["commitments"][1]["status"]["because"] = {"en": "+cmd|' /C calc'!A0"}
    found["sources"][0]["title"] = '=HYPERLINK("http://x")'
    book = openpyxl.load_workbook(io.BytesIO(rendered(found, "en", "xlsx")["report.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {c.data_type for c in cells} <= {"s", "n", "d", "inlineStr"}
    assert "=1+1" in [c.value for c in cells]
    safe = list(csv.reader(io.StringIO(rendered(found, "en", "csv")["report.csv"].decode())))
    assert "'=1+1" in safe[1] and not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in safe for cell in row
    )
    raw = rendering.csv(found, "en", raw=True, bom=True)
    assert (
        raw.startswith(b"\xef\xbb\xbf")
        and "=1+1" in list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))[1]
    )
    assert "'＝1+1" in rendered(found, "zh", "csv")["report.csv"].decode()


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture(scope="module")
def no_pdf() -> Iterator[None]:
    if servers.missing():
        pytest.skip(f"missing: {', '.join(servers.missing())}")
    yield


@pytest.mark.engineless
@pytest.mark.parametrize(
    ("year", "language"),
    [
        row
        for row in YEARS
        if os.environ.get("STORM") or row[0] == 2025 or row[0] % 3 == ["en", "zh", "ru"].index(row[1])
    ],
)
def test_the_pdf_is_tagged_and_says_every_number(
    year: int, language: str, no_pdf: None, readings: dict[int, dict[str, Any]]
) -> None:
    """Of 2025 in every language and of each other year in one; of all 51 with the storms."""
    found = readings.get(year) or readings.setdefault(year, of_year(year))
    pdf = rendered(found, language, "pdf")["report.pdf"]
    text = " ".join(text_of(pdf).split())
    with translation.override(rendering.INTERFACE[language]):
        for sentence in summary(found):
            assert re.sub(r"\s", "", sentence) in re.sub(r"\s", "", text), sentence
    assert found["ledger_hash"][:32] in text.replace(" ", "")
    for row in found["commitments"]:
        assert row["code"] in text
    lines = text_of(pdf)
    for figures in (
        *found["sections"],
        *found["portfolios"],
        found["figures"] | {"before": found["before"], "steps": found["steps"]},
    ):
        share, before = figures["fulfilled"], figures["before"]["fulfilled"]
        row = [
            figures["commitments"],
            figures["counting"],
            "–" if share["k"] is None else share["k"],
            "–" if share["n"] is None else share["percent"],
        ]
        row += [f"{before['k']}/{before['n']}" if before["n"] else "–"]
        row += [figures["steps"]["changed"], figures["steps"]["reaffirmed"]] if "steps" in figures else []
        assert re.search(r"\s+".join(re.escape(str(cell)) for cell in row), lines), row
    for line in found["headline"]:
        value = line["value"]
        cells = [_with_change(line["n"], line["before"])]
        for section in found["sections"]:
            now, was = (f["by_status"].get(value, 0) for f in (section, section["before"]))
            cells.append(_with_change(now, was) if now or was else r"·")
        assert re.search(r"\s+".join(cells), lines), cells
    tight = re.sub(r"\s", "", text)
    with translation.override(rendering.INTERFACE[language]):
        for indicator in found["indicators"]:
            rows = [
                re.sub(r"\s", "", f"{d(m['date'], 'short')}{_as_shown(indicator, m['value'])}")
                for m in indicator["measurements"]
            ]
            for row in rows:  # a value beside its own date: a figure alone stands everywhere
                assert row in tight, (indicator["code"], row)
    raw = pdf
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"/Outlines", b"/Lang"):
        assert mark in raw or mark in _streams(raw), mark
    fonts = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    lines = fonts.splitlines()[2:]
    assert lines and all(re.search(r"\s(yes)\s+(yes|no)\s+(yes)\s", line) for line in lines), (
        fonts
    )  # embedded, with Unicode


def _as_shown(indicator: dict[str, Any], value: str) -> str:
    """A value as the table has it, without its unit, which may stand on the next line."""
    return unit({}, indicator, value) if indicator["unit"] == "boolean" else n(value)


def _with_change(now: int, before: int) -> str:
    """A number as a table of the PDF has it, with its change behind it; as a pattern."""
    change = f"{now - before:+d}".replace("-", "−")
    return str(now) if now == before else rf"{now}\s+{re.escape(change)}"


def _streams(pdf: bytes) -> bytes:
    import zlib

    found = b""
    for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found += zlib.decompress(part)
        except zlib.error:
            continue
    return found


@pytest.mark.engineless
def test_everything_is_the_same_bytes_when_it_is_made_again(no_pdf: None) -> None:
    found = reading()
    every = ("html", "pdf", "docx", "xlsx", "csv", "json")
    first, second = rendered(found, "zh", *every), rendered(found, "zh", *every)
    assert set(first) == {f"report.{name}" for name in every}
    assert {n: sha256(c.hex()) for n, c in first.items()} == {n: sha256(c.hex()) for n, c in second.items()}


@pytest.mark.engineless
@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_the_word_file_opens_and_has_the_summary_and_the_tables(language: str) -> None:
    found = reading()
    made = rendered(found, language, "docx")["report.docx"]
    doc = Document(io.BytesIO(made))
    paragraphs = [p.text for p in doc.paragraphs]
    with translation.override(rendering.INTERFACE[language]):
        for sentence in summary(found):
            assert sentence in paragraphs
    cells = {cell.text for table in doc.tables for row in table.rows for cell in row.cells}
    assert {"N6.c", "64"} <= cells
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {m.date_time for m in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}


@pytest.mark.engineless
def test_the_page_stands_alone_and_runs_nothing() -> None:
    page = rendered(reading(), "en", "html")["report.html"].decode()
    assert "<script" not in page and "<use" not in page and 'style="' not in page
    assert not re.findall(r'(?:src|href)="(?!https?://|#|data:image/svg)[^"]*"', page)


PLURALS = {
    "en": ["1 assessment falls into", "2 assessments fall into", "5 assessments fall into"],
    "ru": ["1 оценка", "2 оценки", "5 оценок"],
    "zh": ["1次评估", "2次评估", "5次评估"],
}


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_sentences_have_their_plurals_and_no_figure_means_no_sentence(language: str) -> None:
    found = reading()
    with translation.override(rendering.INTERFACE[language]):
        for k, words in zip((1, 2, 5), PLURALS[language], strict=True):
            found["steps"] = {"assessments": k, "changed": 0, "reaffirmed": k, "first": 0}
            assert any(words in sentence for sentence in summary(found)), (words, summary(found))
        if language != "en":  # no word of English is left; codes are short
            assert not re.findall(r"[A-Za-z]*[a-z]{3,}", " ".join(summary(found))), summary(found)
        whole = len(summary(found))
        empty = {
            "entered": [],
            "left": [],
            "silent": [],
            "disagreements": [],
            "disputes": [],
            "happenings": [],
            "corrections": [],
        }
        nothing = {"k": None, "n": None, "percent": None}
        bare = found | empty | {"steps": {"assessments": 0, "changed": 0, "reaffirmed": 0, "first": 0}}
        bare["figures"] = bare["before"] = found["figures"] | {"counting": 0, "fulfilled": nothing}
        bare["sections"] = []
        assert len(summary(bare)) == 2 < whole


def test_a_machine_without_fonts_makes_the_others(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    settings.REPORTS_DIR = tmp_path
    monkeypatch.setenv("PATH", str(tmp_path))  # no fc-match: the fonts cannot even be asked for
    rendering.font_digests.cache_clear()
    try:
        due.make_due(NOW)
        assert build.work_off(lambda: NOW, limit=1) == 1
    finally:
        rendering.font_digests.cache_clear()
        rendering.renderer.cache_clear()
    folder = next(p for p in tmp_path.glob("*/*") if p.is_dir())
    assert sorted(p.suffix for p in folder.iterdir()) == [".csv", ".docx", ".html", ".json", ".xlsx"]
    page = client.get(f"/reports/{CODE}:{folder.name}/?lang=en").content.decode()
    assert "PDF" in page and "not made" in page


@pytest.mark.engineless
def test_a_table_that_is_too_long_for_paper_says_how_much_of_it_stands_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = reading()
    actions, all_of = len(found["happenings"]), len(found["sources"])
    assert min(actions, all_of) > 5
    monkeypatch.setattr(rendering, "MOST_ROWS", 5)
    monkeypatch.setattr(rendering, "missing_for_pdf", lambda: [])
    monkeypatch.setattr(rendering, "setting", lambda page: contextlib.nullcontext(lambda: page))
    made = rendered(found, "en", "html", "pdf", "docx", "csv")
    whole, paper = made["report.html"].decode(), made["report.pdf"].decode()
    word = "\n".join(p.text for p in Document(io.BytesIO(made["report.docx"])).paragraphs)
    clause = '<th scope="row"><span class="code">'
    assert "Too long for paper" not in whole and whole.count("<tr id=") == 64
    assert whole[whole.index('<table class="words">') :].count(clause) >= 64 > 5 and "<tr id=" not in paper
    assert len(list(csv.reader(made["report.csv"].decode().splitlines()))) > 64
    for text in (paper, word):
        assert "the first 5 of 64." in text and f"the first 5 of {all_of}." in text
    with translation.override("en"):
        for sentence in summary(found):  # it is the summary of the whole
            assert sentence in html_text(paper) and sentence in word


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
@pytest.mark.parametrize(
    "codes", ["N6.c", "N6.c,N2.d,T3.e", "P4.b,N1.b,N2.c,N7.c,T4.a"]
)  # the last: precursors
def test_a_brief_of_a_short_list_is_one_page(codes: str, language: str, no_pdf: None) -> None:
    about = content.Asked(CODE, "brief", {"en": "Brief", "zh": "简报", "ru": "Справка"}, {"codes": codes})
    found = json.loads(canonical(content.read(about, YEAR[1], YEAR[1], changes.head()["number"])))
    pdf = rendered(found, language, "pdf")["report.pdf"]
    done = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert re.search(r"Pages:\s+1\n", done)
    text = re.sub(r"\s", "", text_of(pdf))
    for c in found["commitments"]:
        assert c["code"] in text and re.sub(r"\s", "", c["title"][language]) in text
        assert re.sub(r"\s", "", c["status"]["because"][language])[:20] in text
    for source in found["sources"]:
        assert re.sub(r"\s", "", source["title"])[:12] in text, source["title"]
    own = {"en": "an analyst's judgements", "zh": "分析人员", "ru": "суждения аналитика"}[language]
    word = Document(io.BytesIO(rendered(found, language, "docx")["report.docx"]))
    written = "\n".join(p.text for p in word.paragraphs)
    assert (
        re.sub(r"\s", "", own) in text and own in written
    )  # whose judgement it is stands on whatever leaves the house
    close = len(found["commitments"]) > 3  # then whom the words name is left to the words
    for c in found["commitments"]:
        told = [o for o in c["organizations"] if not close or o["role"] != "named"]
        assert told and all(o["name"][language] in written for o in told)
    assert (
        word.sections[0].page_height > word.sections[0].page_width
    )  # upright, and a page for so many (as LibreOffice sets it)


def test_two_pages_are_set_at_once_and_a_third_waits_while_the_rest_is_made(no_pdf: None) -> None:
    """So that a worker, the press and its copies stay under 400 MB together."""
    frozen, told, made = canonical(reading()), [], {}
    thread = threading.Thread(
        target=lambda: made.update(rendering.render(frozen, "en", ("html", "pdf", "csv"), told.append))
    )
    with slot("page", PAGES) as first, slot("page", PAGES) as second, slot("page", PAGES) as third:
        assert (first, second, third) == (True, True, False)
        thread.start()
        thread.join(3)
        assert told == ["html", "csv"] and thread.is_alive()
    thread.join(30)
    assert told == ["html", "csv", "pdf"] and made["report.pdf"].startswith(b"%PDF-")


@pytest.mark.parametrize("form", ["report", "brief"])
def test_every_style_that_word_is_told_is_there(form: str) -> None:
    """They are written by their identifiers, which nobody looks up: those of the template, and of tables our own."""
    about = content.Asked(CODE, form, {"en": "x"}, {"codes": "N6.c,N2.d"})
    files = rendered(content.read(about, *YEAR, changes.head()["number"]), "en", "docx")
    document = Document(io.BytesIO(files["report.docx"]))
    used = set(re.findall(r'<w:(?:pStyle|tblStyle) w:val="([^"]+)"', document.element.xml))
    names = {style.style_id: style.name for style in document.styles}
    assert used <= names.keys() and {"Title", "Heading 1", "Body Text"} <= {names[style] for style in used}


def test_a_brief_of_nothing_says_so(no_pdf: None) -> None:
    """Of a schedule by status: in some year nothing may have it."""
    about = content.Asked(
        CODE, "brief", {"en": "Brief", "zh": "简报", "ru": "Справка"}, {"status": "stalled", "codes": "N6.c"}
    )
    found = content.read(about, *YEAR, changes.head()["number"])
    assert found["commitments"] == []
    files = rendered(found, "zh", "html", "docx")
    words = "\n".join(p.text for p in Document(io.BytesIO(files["report.docx"])).paragraphs)
    for text in (html_text(files["report.html"].decode()), words):
        assert "在该日" in text and "来源" not in text, text


@pytest.mark.parametrize("form", ["report", "brief"])
def test_every_drawing_in_a_file_can_be_read_alone(form: str) -> None:
    about = content.Asked(CODE, form, {"en": "x"}, {"codes": "N6.c,N2.d"} if form == "brief" else {})
    found = json.loads(canonical(content.read(about, *YEAR, changes.head()["number"])))
    page = rendered(found, "en", "html")["report.html"].decode()
    pictures = re.findall(r'src="data:image/svg\+xml,([^"]+)"', page)
    assert len(pictures) >= (2 if form == "brief" else 4)
    for picture in pictures:
        drawn = ElementTree.fromstring(unquote(unescape(picture)))
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg" and len(list(drawn.iter())) > 5


@pytest.mark.parametrize("form", ["report", "brief"])
def test_words_that_do_not_follow_each_other_in_the_text_have_an_ellipsis_between(form: str) -> None:
    about = content.Asked(CODE, form, {"en": "x"}, {"codes": "N2.c"})
    found = json.loads(canonical(content.read(about, *YEAR, changes.head()["number"])))
    made = rendered(found, "en", "html", "docx", "csv")
    parts = [
        q["exact"]
        for q in found["commitments"][0]["quotations"]
        if q["role"] == "clause" and q["language"] == "en"
    ]
    assert len(parts) > 1
    whole = " … ".join(parts)
    written = Document(io.BytesIO(made["report.docx"]))
    cells = [cell.text for table in written.tables for row in table.rows for cell in row.cells]
    assert whole in html_text(made["report.html"].decode()) and whole in made["report.csv"].decode()
    assert any(whole in text for text in (*(p.text for p in written.paragraphs), *cells)) or form == "report"


def test_a_scope_narrows_everything() -> None:
    found = content.read(asked(section="narcotics"), *YEAR, changes.head()["number"])
    assert {c["section"] for c in found["commitments"]} == {"narcotics"} and len(found["sections"]) == 1
    assert found["figures"]["commitments"] == found["sections"][0]["commitments"] == 19
    keys = {c["key"] for c in found["commitments"]}
    assert {a["commitment"] for a in found["assessments"]} <= keys
    assert all(set(h["commitments"]) <= keys and h["commitments"] for h in found["happenings"])
    assert all(i["commitments"] for i in found["indicators"])
    assert [n["code"] for n in found["scope"]["named"]] == ["narcotics"]


def test_the_portfolio_of_a_state_has_what_it_undertook_through_its_group() -> None:
    found = content.read(asked(organization="KAZ", via="membership"), *YEAR, changes.head()["number"])
    mine = next(row for row in found["portfolios"] if row["code"] == "KAZ")
    assert mine["commitments"] == found["figures"]["commitments"] == len(found["commitments"]) > 20
    assert {k: mine[k] for k in ("counting", "fulfilled", "by_status")} == {
        k: found["figures"][k] for k in ("counting", "fulfilled", "by_status")
    }
    of_all = content.read(asked(), *YEAR, changes.head()["number"])
    assert "KAZ" not in {row["code"] for row in of_all["portfolios"]}


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "the one that counts is not fulfilled", "fulfilled (15%)"),
        ("ru", "единственное учитываемое не выполнено", "из учитываемых выполнено 7 из 48"),
        ("zh", "计入的一项尚未履行", "48"),
    ],
)
def test_one_that_counts_is_told_as_one(language: str, one: str, many: str) -> None:
    codes = next(
        c["code"]
        for c in reading()["commitments"]
        if c["status"]["counts"] and c["status"]["value"] == "stalled"
    )
    found = content.read(asked(codes=codes), *YEAR, changes.head()["number"])
    with translation.override(rendering.INTERFACE[language]):
        assert one in " ".join(summary(found)) and many in " ".join(summary(reading()))


def test_a_later_edition_says_so_in_every_file() -> None:
    found = content.read(replace(asked(), edition=2), *YEAR, changes.head()["number"])
    made = rendered(json.loads(canonical(found)), "ru", "html", "docx", "xlsx", "json")
    assert "(редакция 2)</h1>" in made["report.html"].decode()
    assert "(редакция 2)" in " ".join(p.text for p in Document(io.BytesIO(made["report.docx"])).paragraphs)
    about = openpyxl.load_workbook(io.BytesIO(made["report.xlsx"])).worksheets[0]
    assert ["Редакция", 2] in [[cell.value for cell in row[:2]] for row in about]
    assert json.loads(made["report.json"])["edition"] == 2
    assert "редакция" not in rendered(reading(), "ru", "html")["report.html"].decode().split("</header>")[0]


def test_a_scope_that_depends_on_the_status_is_asked_before_too() -> None:
    at = changes.head()["number"]
    before = content.read(asked(status="unknown"), date(2024, 1, 1), date(2024, 12, 31), at)
    found = content.read(asked(status="unknown"), *YEAR, at)
    assert (found["before"]["commitments"], found["figures"]["commitments"]) == (6, 4)
    assert found["before"] == before["figures"]
    assert {r["code"] for r in found["gone"]} == {"T2.a", "T3.e"} and found["joined"] == []
    with translation.override("en"):
        assert any(
            "Left the report: T2.a, T3.e." in sentence for sentence in summary(json.loads(canonical(found)))
        )


def test_what_was_taken_back_is_listed_in_the_report_whose_judgement_it_was() -> None:
    replaced = Assessment.objects.get(commitment=f"{CODE}:T3.e", effective_on="2025-02-28")
    judge(commitment=f"{CODE}:T3.e", value="unknown", day="2026-02-01", replaces=replaced.pk)
    found = reading()
    assert [(x["kind"], x["subject"]) for x in found["corrections"]] == [("replaced", replaced.pk)]
    assert reading(date(2026, 1, 1), date(2026, 12, 31))["corrections"]  # recorded in this period
    other = content.read(asked(section="narcotics"), *YEAR, changes.head()["number"])
    assert other["corrections"] == []


def test_a_report_has_the_drawings_of_the_pages(client: Client) -> None:
    """The same points at the same place of the year rule and of the scale; what they say stands in the table below."""
    found = reading()
    page = rendered(found, "en", "html")["report.html"].decode()
    pictures = [unquote(address) for address in re.findall(r'<img class="chart"[^>]*src="([^"]+)"', page)]
    drawn = {i["key"]: i for i in found["indicators"] if len(i["measurements"]) > 1}
    years, marks = pictures[:2]
    pictures = pictures[2:]
    of_page = client.get("/?lang=en&as_of=2025-12-31").content.decode()
    column = re.compile(r'<rect[^>]* x="([\d.]+)%"[^>]*><title>([^<]+)</title>')
    there = {said.rsplit(" ", 1)[0]: said.rsplit(" ", 1)[1] for _x, said in column.findall(of_page)}
    assert len(column.findall(years)) > 100
    assert all(there[said.rsplit(" ", 1)[0]] == said.rsplit(" ", 1)[1] for _x, said in column.findall(years))
    assert [m.split(" ")[0] for m in re.findall(r"<title>([^<]+)</title>", marks)] == [
        c["code"] for c in found["commitments"]
    ]
    assert len(pictures) == len(drawn) > 10 and all(p.count("stroke-dasharray") >= 2 for p in pictures)
    for key, picture in zip(drawn, pictures, strict=True):
        there = client.get(f"/indicators/{key}/?lang=en&as_of=2025-12-31").content.decode()
        points = re.compile(r'<circle[^>]* cx="([\d.]+)%" cy="([\d.]+)"')
        small, big = points.findall(picture), points.findall(there)
        assert small, key
        for (x, y), (there_x, wanted) in zip(small, big, strict=True):
            # the report's rule ends with 2025, the page's a year later: 18 and 19 columns
            assert float(x) * 18 == pytest.approx(float(there_x) * 19, abs=0.03), (key, x)
            # of what lies between the floor and the top
            assert (128 - float(y)) / (128 - 22) == pytest.approx(
                (232 - float(wanted)) / (232 - 22), abs=0.002
            ), (key, x)
        assert [t for t in re.findall(r"<text[^>]*>([^<]+)</text>", picture) if t in ("2009", "2025")] == [
            "2009",
            "2025",
        ]
    assert "class=" not in "".join(pictures) and "<a " not in "".join(pictures)


def test_a_month_is_no_day_in_any_format() -> None:
    found = reading()
    a = next(a for a in found["assessments"] if a["code"] == "T3.e")
    assert (a["effective_on"], a["effective_precision"]) == ("2025-02-28", "month")
    made = rendered(found, "en", "xlsx", "csv", "docx")
    book = openpyxl.load_workbook(io.BytesIO(made["report.xlsx"]))
    row = next(row for row in book["What changed"].iter_rows(values_only=True) if row[0] == "T3.e")
    assert row[2] == "2025-02"
    word = Document(io.BytesIO(made["report.docx"]))
    cells = {cell.text for table in word.tables for cell in table._cells}
    assert "Feb 2025" in cells and "28 Feb 2025" not in cells
    assert not {
        text for text in cells if re.fullmatch(r"\d{4}-\d{2}", text)
    }  # nor is one left as it is stored


def test_word_has_a_chart_of_its_own_for_each_indicator() -> None:
    found = reading()
    file = zipfile.ZipFile(io.BytesIO(rendered(found, "en", "docx")["report.docx"]))
    drawn = [i for i in found["indicators"] if i["measurements"]]
    document = ElementTree.fromstring(file.read("word/document.xml"))
    words = [e.get("descr") or "" for e in document.iter() if e.tag.endswith("}docPr")]
    assert len(words) == len(drawn) > 20
    for number, indicator in enumerate(drawn, start=1):
        chart = ElementTree.fromstring(file.read(f"word/charts/chart{number}.xml"))
        assert words[number - 1].startswith(indicator["name"]["en"])
        dots = []
        lengths = []
        for series in (e for e in chart.iter() if e.tag.endswith("}ser")):
            ys = [v.text for e in series if e.tag.endswith("}yVal") for v in e.iter() if v.tag.endswith("}v")]
            lengths.append(len(ys))
            if any(e.get("val") == "circle" for e in series.iter() if e.tag.endswith("}symbol")):
                dots += ys
        assert sorted(dots, key=str) == sorted(m["value"] for m in indicator["measurements"]), indicator[
            "code"
        ]
        assert lengths == sorted(
            lengths, reverse=True
        )  # LibreOffice draws none that is longer than the first


def test_no_report_has_a_value_without_a_date() -> None:
    """It belongs to no period: the report of 2009 had two that nobody can date."""
    undated = Measurement.objects.filter(on=None).count()
    assert undated and all(m["on"] for i in reading()["indicators"] for m in i["measurements"])


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_why_a_report_failed_or_differs_is_told_in_the_language_of_the_reader(language: str) -> None:
    names = "release, fonts_sha256"
    with translation.override(rendering.INTERFACE[language]):
        for text in WHY:
            assert text not in why(text) and why(f"{text}; {text}").count(why(text)) == 2
            if ": " not in text:
                assert why(f"{text}: {names}").endswith(names) and text not in why(f"{text}: {names}")
