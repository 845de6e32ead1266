"""Everything at once: the same in each format, pinned to one number, resumable; a package that another tracker loads."""

import csv
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.test import Client

from commitments.api import export as exporting
from commitments.ledger import redact, subjects
from commitments.ledger.subjects import SUBJECTS
from commitments.models.declaration import Commitment
from commitments.models.entry import Entry
from commitments.packages import folder, stored
from commitments.readings import catalogue, changes, commitments, organizations
from tests.api.test_api import everything, get
from tests.conftest import CODE, PACKAGE
from tests.story import N6C, cast, judge

pytestmark = pytest.mark.django_db


def export(client: Client, query: str = "") -> tuple[Any, bytes]:
    reply = get(client, f"export/?{query}")
    assert reply.status_code == 200, reply.content
    return reply, b"".join(reply.streaming_content)


def test_the_ledger_is_the_same_in_every_format(client: Client) -> None:
    cast()
    judge(because={"en": "=1+1"})
    feed = [e for start in (0, 500) for e in get(client, f"changes/?after={start}").json()["results"]]
    reply, raw = export(client)
    lines = [json.loads(line) for line in raw.splitlines()]
    assert lines == feed and reply.headers["Ledger-Number"] == str(len(feed))
    assert f"changes.{len(feed)}.ndjson" in reply.headers["Content-Disposition"]
    found = json.loads(export(client, "format=json")[1])
    assert found["results"] == feed and found["head"] == changes.head()
    table = list(csv.DictReader(io.StringIO(export(client, "format=csv")[1].decode())))
    assert [json.loads(row["body"]) if row["body"] else None for row in table] == [e["body"] for e in feed]
    sheet = openpyxl.load_workbook(io.BytesIO(export(client, "format=xlsx")[1]), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == changes.HEADER and [row[0] for row in rows[1:]] == [e["number"] for e in feed]
    assert rows[-1][-1] == feed[-1]["hash"]


def test_an_export_is_pinned_and_resumed(client: Client) -> None:
    head = changes.head()
    whole = export(client, f"at={head['number']}")[1]
    judge()
    assert export(client, f"at={head['number']}")[1] == whole
    part = export(client, f"at={head['number']}&after=300")[1]
    assert whole.endswith(part) and len(part.splitlines()) == head["number"] - 300
    assert json.loads(export(client, f"at={head['number']}&format=json")[1])["head"] == head
    assert export(client, f"at={head['number']}&after={head['number']}")[1] == b""
    for bad in (
        f"after={head['number'] + 9}",
        "format=xml",
        "of=people",
        "after=3&of=commitments",
        "format=package&at=1",
        "format=package&after=1",
        f"of=changes&declaration={CODE}",
        "as_of=2014",
        "of=sources&status=stalled",
        f"of=organizations&declaration={CODE}",
        "of=commitments&format=package",
        "format=package&as_of=2014",
        "of=commitments&declaration=none",
        "at=99999",
    ):
        assert get(client, f"export/?{bad}").status_code == 400, bad


@pytest.mark.parametrize(
    "of", ["commitments", "assessments", "actions", "indicators", "organizations", "sources"]
)
def test_a_list_is_the_list_of_the_api(of: str, client: Client) -> None:
    judge(day="2026-01-01")
    listed = everything(client, f"{of}/?page_size=200")
    assert json.loads(export(client, f"of={of}&format=json")[1]) == {"count": len(listed), "results": listed}
    only = "" if of == "organizations" else f"&declaration={CODE}"
    assert [json.loads(line) for line in export(client, f"of={of}{only}")[1].splitlines()] == listed
    table = list(csv.reader(io.StringIO(export(client, f"of={of}&format=csv")[1].decode())))
    assert len(table) == len(listed) + 1
    sheet = openpyxl.load_workbook(
        io.BytesIO(export(client, f"of={of}&format=xlsx")[1]), read_only=True
    ).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == len(listed) + 1 and sheet.title == of
    for row in rows:  # for people: a text in a column for each language, and no cell is JSON
        assert not any(isinstance(value, str) and value[:2] in ('{"', '["', "[{") for value in row), row
    assert json.loads(export(client, f"of={of}&format=json&as_of=2009-03-26")[1])["count"] <= len(listed)


def test_the_comparison_of_two_moments_is_a_sheet_that_people_read(client: Client) -> None:
    file = export(client, "of=comparison&format=xlsx&from=2014-12-31&as_of=2026-11-01")[1]
    sheet = openpyxl.load_workbook(io.BytesIO(file)).worksheets[0]
    heads, *rows = sheet.iter_rows(values_only=True)
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    listed = json.loads(export(client, "of=comparison&format=json&from=2014-12-31&as_of=2026-11-01")[1])[
        "results"
    ]
    assert [r["code"] for r in found] == [r["code"] for r in listed] and len(found) == 64
    for row, said in zip(found, listed, strict=True):
        assert row["title.ru"] == said["title"]["ru"] and row["moved"] is said["moved"]
        for side in ("before", "after"):
            assert row[f"{side}.value"] == said[side]["value"]
            since = row[f"{side}.since"]
            assert (since.date().isoformat() if since else None) == said[side]["since"]
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref.startswith("A1:")


@pytest.mark.parametrize(
    "query",
    [
        "of=commitments&ordering=-since",
        "of=commitments&ordering=status&declaration=" + CODE,
        "of=commitments&ordering=-evidence",
        "of=assessments&moved=true",
        "of=actions&ordering=date",
        "of=indicators",
        "of=organizations&ordering=number",
        "of=sources&ordering=title",
        "of=status-changes&from=2014",
        "of=status-changes&organization=CSTO&section=narcotics",
        "format=package",
    ],
)
def test_parts_make_the_same_whole(query: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows in memory at a time, or all: the file is the same, in the order of the list."""
    whole = export(client, query)[1]
    name, *rest = query.removeprefix("of=").split("&")
    listed = everything(client, f"{name}/?page_size=200&{'&'.join(rest)}") if query.startswith("of=") else None  # fmt: skip
    for module in (exporting, stored):
        monkeypatch.setattr(module, "AT_ONCE", 10)
    assert export(client, query)[1] == whole
    if listed is not None:
        assert [json.loads(line) for line in whole.splitlines()] == listed


def test_status_changes_too(client: Client) -> None:
    found = json.loads(export(client, "of=status-changes&format=json")[1])
    assert found["results"] == get(client, "status-changes/?page_size=200").json()["results"]


def test_a_package_is_the_folder_byte_for_byte(client: Client, tmp_path: Path) -> None:
    reply, raw = export(client, "format=package")
    assert reply.headers["Content-Type"] == "application/zip" and raw == export(client, "format=package")[1]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        archive.extractall(tmp_path)
    for path in PACKAGE.iterdir():
        assert (tmp_path / CODE / path.name).read_bytes() == path.read_bytes(), path.name
    assert folder.read(tmp_path / CODE).content


def test_the_export_of_a_long_ledger_takes_no_more_memory(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are read one after the other: two thousand entries or two hundred thousand, a few hundred are in memory."""
    page = changes.feed(300, 500)
    monkeypatch.setattr(
        changes,
        "feed",
        lambda after, limit, **_more: [e | {"number": after + 1 + n} for n, e in enumerate(page[:limit])],
    )
    real = changes.head()

    def peak(length: int) -> int:
        monkeypatch.setattr("commitments.readings.moment.head", lambda: {**real, "number": length})
        tracemalloc.start()
        lines = sum(part.count(b"\n") for part in get(client, "export/").streaming_content)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert lines == length
        return most

    assert peak(20_000) < peak(2_000) * 1.5 + 1_000_000


def test_a_closed_tracker_exports_nothing(client: Client, settings: Any) -> None:
    settings.PUBLIC_READING = False
    assert get(client, "export/").status_code == 401
    assert client.get("/tracker_sync.py").status_code == 200 and N6C


@pytest.mark.parametrize(
    "query", ["", "format=csv", "format=xlsx", "format=json", "of=commitments", "of=sources&format=xlsx", "format=package"]
)  # fmt: skip
def test_each_export_is_resumed_at_any_byte(query: str, client: Client) -> None:
    address = f"export/?{query}&at={changes.head()['number']}"
    reply = get(client, address)
    whole, tag = b"".join(reply.streaming_content), reply.headers["ETag"]
    assert reply.headers["Accept-Ranges"] == "bytes"

    def part(wanted: str, **headers: str) -> Any:
        return client.get(f"/api/v1/{address}", headers={"range": wanted, **headers})

    middle = len(whole) // 2
    for wanted, start, end in ((f"bytes={middle}-", middle, len(whole)), ("bytes=0-9", 0, 10), ("bytes=-7", len(whole) - 7, len(whole))):  # fmt: skip
        found = part(wanted, **{"if-range": tag})
        assert found.status_code == 206 and b"".join(found.streaming_content) == whole[start:end]
        assert found.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"
        assert found.headers["Content-Length"] == str(end - start)
    beyond = part(f"bytes={len(whole)}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
    assert part("bytes=5-", **{"if-range": '"another"'}).status_code == 200
    assert client.get(f"/api/v1/{address}", headers={"if-none-match": tag}).status_code == 304
    asked = client.head(f"/api/v1/{address}")
    assert (asked.status_code, asked.headers["ETag"], b"".join(asked.streaming_content)) == (200, tag, b"")
    assert "Content-Length" not in asked.headers  # an empty file is what 0 would say
    assert client.head(f"/api/v1/{address}", headers={"range": "bytes=0-3"}).status_code == 200


def test_what_was_cut_off_goes_on_after_the_ledger_has_moved_unless_words_were_taken_out(
    client: Client,
) -> None:
    at = changes.head()["number"]
    before = get(client, f"export/?at={at}").headers["ETag"]
    key = judge(because={"en": "a private name"})
    assert get(client, f"export/?at={at}").headers["ETag"] == before
    state = SUBJECTS["assessment"].states([key])[key]
    number = Entry.objects.get(subject=key).number
    redact.redact(entry=number, replacement=state | {"because": {"en": "-"}}, because="a name", by="p")
    assert get(client, f"export/?at={at}").headers["ETag"] != before
    of = get(client, "export/?of=commitments").headers["ETag"]
    judge(day="2026-02-01")
    assert get(client, "export/?of=commitments").headers["ETag"] != of


def test_a_list_takes_the_filters_of_its_resource(client: Client) -> None:
    for of, query in (("commitments", "status=stalled,lapsed&organization=SCO-MS"), ("assessments", "year=2025&moved=true"), ("sources", "q=UNODC"), ("organizations", "role=obligor")):  # fmt: skip
        listed = everything(client, f"{of}/?{query}&page_size=200")
        rows = [json.loads(line) for line in export(client, f"of={of}&{query}")[1].splitlines()]
        assert rows == listed and 0 < len(rows) < 64, (of, len(rows))
    plain = export(client, f"declaration={CODE}&format=ndjson")[1]
    assert plain == export(client, "of=commitments")[1] and plain.count(b"\n") == 64


def test_an_export_is_the_same_file_tomorrow(client: Client) -> None:
    at = changes.head()["number"]
    with time_machine.travel("2026-11-01T12:00:00Z"):
        first = get(client, f"export/?at={at}").headers["ETag"]
    with time_machine.travel("2026-11-02T12:00:00Z"):
        assert get(client, f"export/?at={at}").headers["ETag"] == first


@pytest.mark.parametrize("path", ["/verify.py", "/tracker_sync.py", "/reports/report.schema.json"])
def test_files_for_programs_are_conditional(path: str, client: Client) -> None:
    reply = client.get(path)
    assert client.get(path, headers={"if-none-match": reply.headers["ETag"]}).status_code == 304
    assert client.get(path, headers={"range": "bytes=0-9"}).content == reply.content[:10]


@pytest.mark.parametrize("query", ["of=commitments", "of=assessments", "of=organizations", "format=package"])
def test_what_is_written_while_a_file_is_made_is_met_whole_or_not_at_all(
    query: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write in mid-file takes away what was listed first: the file is made once more."""
    cast()
    real, done = subjects.chunks, []

    def disturbed(items: Any, size: int = 400) -> Any:
        for n, part in enumerate(real(items, size)):
            if n == 1 and not done:
                done.append(judge(day="2026-02-02"))
                Commitment.objects.filter(pk="sco-afg-2009:K2.b").update(retired=True)
            yield part

    for module in (commitments, catalogue, organizations, stored):
        monkeypatch.setattr(module, "chunks", disturbed)
    for module in (exporting, stored):
        monkeypatch.setattr(module, "AT_ONCE", 10)
    reply, raw = export(client, query)
    assert done and int(reply.headers["Ledger-Number"]) == changes.head()["number"]
    assert raw == export(client, query)[1]


def test_a_wrong_filter_is_refused_before_anything_is_made(client: Client) -> None:
    for query in ("of=organizations&kind=nope", "of=sources&source_class=nope", "of=assessments&value=nope", "of=status-changes&from=x", "of=actions&kind=nope", "of=commitments&status=nope", "of=indicators&declaration=none"):  # fmt: skip
        assert client.head(f"/api/v1/export/?{query}").status_code == 400, query
        assert get(client, f"export/?{query}", **{"If-None-Match": "*"}).status_code == 400, query


@pytest.mark.parametrize("query", ["of=commitments", "of=sources&format=csv", "of=assessments&format=xlsx"])
def test_a_pinned_list_is_resumed_after_a_write_that_changes_nothing_in_it(
    query: str, client: Client
) -> None:
    address = f"export/?{query}&at=801&as_of=2014-12-31"
    reply = get(client, address)
    whole, tag = b"".join(reply.streaming_content), reply.headers["ETag"]
    cast()
    judge()
    part = client.get(f"/api/v1/{address}", headers={"range": "bytes=100-", "if-range": tag})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, whole[100:])
    head = client.head(f"/api/v1/{address}")
    assert (head.headers["ETag"], head.headers["Content-Disposition"]) == (
        tag,
        reply.headers["Content-Disposition"],
    )


@pytest.mark.parametrize("of", ["commitments", "assessments", "actions", "indicators", "organizations", "sources", "status-changes"])  # fmt: skip
def test_a_table_without_rows_has_its_header(of: str, client: Client) -> None:
    header = b"".join(get(client, f"export/?of={of}&format=csv").streaming_content).split(b"\r\n")[0]
    none = {"organizations": "q=zzzz", "indicators": "at=0", "actions": "q=zzzz", "commitments": "q=zzzz", "sources": "q=zzzz"}.get(of, "as_of=2008")  # fmt: skip
    assert b"".join(get(client, f"export/?of={of}&format=csv&{none}").streaming_content) == header + b"\r\n"
