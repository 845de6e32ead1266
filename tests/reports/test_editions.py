"""An issued report never changes: it is recomputed, compared, and replaced by a new edition when a reviewer asks."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from commitments.accounts import tokens
from commitments.ledger import bodies, redact, verbs
from commitments.ledger.record import batch
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.verify import verify
from commitments.ledger.wellformed import Refused as RuleBroken
from commitments.models.assessment import Assessment
from commitments.models.declaration import Declaration
from commitments.models.entry import Entry
from commitments.models.person import Person
from commitments.models.report import IssuedReport, Report
from commitments.readings import changes
from commitments.reports import build, checking, comparing, due, editions, recompute, rendering, schedules
from tests.conftest import CODE
from tests.reports.test_reports import NOW
from tests.reports.test_schedules import signed_in
from tests.story import LIU, N2D, N6C, cast, judge, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


@pytest.fixture(autouse=True)
def with_tables(folder: Path, settings: Any) -> None:
    settings.REPORT_FORMATS = ["html", "xlsx", "json"]


YEARLY = f"{CODE}:yearly"


def issue(period: str = "2025-12-31", language: str = "en") -> str:
    """One report of a year, made and issued."""
    due.make_due(NOW)
    Report.objects.exclude(period_end=period, language=language).exclude(state="ready").delete()
    build.work_off(lambda: NOW)
    return str(IssuedReport.objects.filter(language=language, period_end=period).latest("edition").key)


def frozen(key: str) -> dict[str, Any]:
    found = editions.frozen_of(key, IssuedReport.objects.get(pk=key).reading_sha256)
    assert found
    return found


def test_what_was_tampered_with_is_told_and_what_a_new_renderer_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = issue()
    assert all(line.same for line in recompute.recompute(key))
    (build.folder_of(key) / "report.html").write_text("<p>Everything is fulfilled.</p>")
    lines = {line.what: line for line in recompute.recompute(key)}
    assert lines["html"].why == "tampered: the file is not the one that was issued" and lines["xlsx"].same
    changed = rendering.renderer() | {"release": "9.9.9+x"}
    monkeypatch.setattr(recompute, "renderer", lambda: changed)
    monkeypatch.setattr(
        recompute, "render", lambda frozen, language, formats: {"report.xlsx": b"other", "report.html": b"x"}
    )
    lines = {line.what: line for line in recompute.recompute(key)}
    assert lines["xlsx"].why == "renderer changed: release"
    (build.folder_of(key) / "report.json").write_text("{}")
    lines = {line.what: line for line in recompute.recompute(key)}
    assert (
        lines["reading"].why == "tampered: the file is not the one that was issued"
    )  # the ledger was not asked
    assert "tampered" in lines["html"].why and lines["xlsx"].same
    (build.folder_of(key) / "report.json").unlink()
    with pytest.raises(recompute.CannotRecompute, match="missing"):
        recompute.recompute(key)
    with pytest.raises(CommandError, match="missing"):
        call_command("recompute_report", key)
    with pytest.raises(CommandError, match="no report"):
        call_command("recompute_report", "nothing")


def test_the_command_says_what_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    key = issue()
    call_command("recompute_report", key)
    assert "3 of 3 are the same bytes" in capsys.readouterr().out


def test_a_redacted_record_says_that_it_cannot_be_rebuilt() -> None:
    key = issue()
    number = Entry.objects.filter(subject=f"{N6C}@2025-09-26.1").latest("number").number
    words = bodies.states("assessment", [number])[number]
    assert words
    redact.redact(entry=number, replacement=words | {"because": {"en": "[a name]"}}, because="a name", by=LIU)
    with pytest.raises(recompute.CannotRecompute, match="was redacted"):
        recompute.recompute(key, from_ledger=True)


def test_the_page_says_that_the_record_has_moved_and_what_would_differ(client: Client) -> None:
    key = issue()
    assert "The record has moved" not in client.get(f"/reports/{key}/?lang=en").content.decode()
    before = (build.folder_of(key) / "report.json").read_bytes()
    judge(commitment=N2D, day="2026-06-30", value="stalled")  # after the period: it would say the same
    page = client.get(f"/reports/{key}/?lang=en").content.decode()
    assert "The record has moved" in page and "it would say the same" in page
    latest = Assessment.objects.filter(commitment=N2D, effective_on__lte="2025-12-31").latest("effective_on")
    verbs.retract(assessment=latest.pk, because={"en": "It rests on a copy."}, by=LIU)
    page = client.get(f"/reports/{key}/?lang=en").content.decode()
    assert (
        "Another status" in page
        and "N2.d" in page
        and "6 fulfilled of 4" in page
        and "It rests on a copy." in page
    )
    assert (build.folder_of(key) / "report.json").read_bytes() == before


def test_a_reviewer_issues_a_new_edition_that_is_linked_both_ways(client: Client) -> None:
    cast()
    key = issue()
    liu, nurlan = signed_in("liu"), signed_in("nurlan")
    same = "a new edition would say the same"  # told to who may ask for one, and until something moves

    def said() -> bool:
        return same in nurlan.get(f"/reports/{key}/?lang=en").content.decode()

    assert said()
    yearly = SUBJECTS["schedule"].states([f"{CODE}:yearly"])[f"{CODE}:yearly"]
    for change in ({"title": yearly["title"] | {"en": "Another title"}}, {"formats": ["html", "json"]}):
        verbs.amend(
            subject_type="schedule", subject=f"{CODE}:yearly", state=yearly | change, by=LIU, because="t"
        )
        assert not said()  # nothing of the record moved, and yet it would be another
    verbs.amend(subject_type="schedule", subject=f"{CODE}:yearly", state=yearly, by=LIU, because="t")
    file = build.folder_of(key) / "report.json"
    whole = file.read_text()
    file.write_text(whole.replace('"format":6', '"format":5'))
    assert not said()  # it is not the one that was issued: nobody knows
    file.write_text(whole)
    assert said()
    latest = Assessment.objects.filter(commitment=N2D, effective_on__lte="2025-12-31").latest("effective_on")
    verbs.retract(assessment=latest.pk, because={"en": "It rests on a copy."}, by=LIU)
    assert not said()
    liu.post(f"/reports/{key}/act/", {"intent": "edition", "because": "late evidence"})
    assert not Report.objects.filter(edition=2).exists()
    with pytest.raises(RuleBroken, match="U\\+202E"), batch(by="p", because="\u202e"):
        pass
    for bad in ("  ", "bad \u202e reason", "a\x00b"):
        nurlan.post(f"/reports/{key}/act/", {"intent": "edition", "because": bad})
    assert not Report.objects.filter(edition=2).exists()
    too_long = nurlan.post(
        f"/reports/{key}/act/?lang=en", {"intent": "edition", "because": "x" * 501}, follow=True
    )
    assert "is longer than 500 characters" in too_long.content.decode()
    reply = nurlan.post(f"/reports/{key}/act/", {"intent": "edition", "because": "late evidence " * 20})
    assert reply.status_code == 302
    nurlan.post(f"/reports/{key}/act/", {"intent": "edition", "because": "a double click"})
    assert Report.objects.filter(edition__gt=1).count() == 1
    build.work_off(lambda: NOW, limit=1)
    second = IssuedReport.objects.get(edition=2)
    assert second.replaces_id == key
    entry = Entry.objects.get(subject=second.key)
    assert entry.actor == "p-nurlan" and "late evidence" in json.dumps(
        changes.feed(entry.number - 1, 1)[0]["body"]
    )
    old, new = (
        client.get(f"/reports/{key}/?lang=en").content.decode(),
        client.get(f"/reports/{second.key}/?lang=en").content.decode(),
    )
    assert second.key in old and key in new and "what differs" in old and "what differs" in new
    listed = client.get("/reports/?lang=en").content.decode()
    assert ">edition 2</a>" in listed and ">edition 1</a>" in listed
    found = client.get(f"/api/v1/reports/{key}/").json()
    assert (found["replaced_by"], found["replaces"]) == (second.key, None)
    compared = client.get(f"/api/v1/reports/compare/?a={key}&b={second.key}").json()
    assert [(r["code"], r["before"]) for r in compared["moved"]] == [("N2.d", "fulfilled")]
    assert [x["subject"] for x in compared["corrected"]] == [latest.pk] and not compared["empty"]
    page = client.get(f"/reports/compare/?a={key}&b={second.key}&lang=en").content.decode()
    assert "Another status" in page and "It rests on a copy." in page
    assert list(verify()) == []
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE commitments_issuedreport SET edition = 3")


def test_what_was_issued_is_told_by_the_schedule_of_then(client: Client) -> None:
    """Its title and its formats: a schedule may ask for something else since."""
    key = issue()
    assert "not made" in (before := client.get(f"/reports/{key}/?lang=en").content.decode())  # its PDF
    yearly = SUBJECTS["schedule"].states([YEARLY])[YEARLY]
    change = {"title": yearly["title"] | {"en": "Another title"}, "formats": ["html", "csv"]}
    verbs.amend(subject_type="schedule", subject=YEARLY, state=yearly | change, by=LIU, because="t")
    page = client.get(f"/reports/{key}/?lang=en").content.decode()
    assert "not made" not in page and before.split("<h1>")[1].split("</h1>")[0] in page
    due.new_edition(IssuedReport.objects.get(pk=key), by=LIU, because="another title")
    build.work_off(lambda: NOW, limit=1)
    second = IssuedReport.objects.get(edition=2)
    found = comparing.compare(frozen(key), frozen(second.key))
    assert found["empty"] and not found["other"]
    page = client.get(f"/reports/compare/?a={key}&b={second.key}&lang=en").content.decode()
    assert "Both say the same." in page
    assert "Yearly progress report, 2025 (edition 1) → Another title, 2025 (edition 2)" in page


def test_a_report_is_compared_with_its_neighbour(client: Client) -> None:
    state, period = schedules.check_once(
        {"form": "report", "scope": {"codes": "N6.c"}, "languages": ["en", "ru"], "formats": ["json"], "start": "2025-01-01", "end": "2026-01-31"},
        Declaration.objects.get(), date(2026, 11, 24),
    )  # fmt: skip
    single = [report.key for report in schedules.make_now(state=state, period=period, by=LIU)]
    due.make_due(NOW)
    Report.objects.exclude(period_end__gte="2023-01-01").delete()
    build.work_off(lambda: NOW)
    years = {year: f"{YEARLY}.{year}-01-01.{year}-12-31.en.1" for year in (2023, 2024, 2025)}

    def chosen(query: str) -> list[str]:
        page = client.get(f"/reports/compare/?lang=en{query}").content.decode()
        return re.findall(r'<option value="([^"]+)" selected', page)

    assert chosen("") == [years[2024], years[2025]]  # and not the newest, which has no other of its schedule
    assert chosen(f"&b={years[2024]}") == [years[2023], years[2024]]
    assert chosen(f"&b={years[2023]}") == [years[2024], years[2023]]
    assert chosen(f"&a={years[2023]}") == [years[2023], years[2024]]
    assert chosen(f"&b={single[0]}") == [single[0]]


def test_two_years_are_compared(client: Client) -> None:
    a, b = issue("2024-12-31"), issue("2025-12-31")
    found = comparing.compare(frozen(a), frozen(b))
    moved = {row["key"] for row in found["moved"]}
    changed = {s["commitment"] for s in frozen(b)["assessments"] if s["step"] == "changed"}
    assert moved == changed and len(moved) == 2
    assert {row["key"] for row in found["entered_count"]} == set(frozen(b)["entered"])
    page = client.get(f"/reports/compare/?a={a}&b={a}&lang=en").content.decode()
    assert "Both say the same." in page
    assert found["figures"]["a"]["counting"] == 46 and found["figures"]["b"]["counting"] == 48
    assert comparing.compare(frozen(b), frozen(b))["empty"]
    forwards, backwards = (
        client.get(f"/reports/compare/?a={one}&b={other}&lang=en").content.decode()
        for one, other in ((a, b), (b, a))
    )
    assert "told backwards" in backwards and "told backwards" not in forwards
    assert client.get(f"/reports/compare/?a={a}&b={b}").status_code == 200
    for bad in ("a=x&b=y", f"a={a}", "b="):
        assert client.get(f"/api/v1/reports/compare/?{bad}").status_code == 400
    assert client.get(f"/reports/compare/?a=nothing&b={b}").status_code == 400


def test_a_person_asks_for_a_recomputation_and_a_worker_does_it(client: Client) -> None:
    cast()
    key = issue()
    liu = signed_in("liu")
    assert "Recompute it" in liu.get(f"/reports/{key}/?lang=en").content.decode()
    assert "Recompute it" not in client.get(f"/reports/{key}/?lang=en").content.decode()
    liu.post(f"/reports/{key}/act/", {"intent": "recompute"})
    assert "hx-get" in liu.get(f"/reports/{key}/state/").content.decode()
    Report.objects.filter(key=key).update(check_until=NOW + timedelta(minutes=5))  # a worker has it
    assert checking.work_off(lambda: NOW) == 0
    # It died: another takes it. What a process of its own compares is seen in tests/processes/test_recompute.py; here the test
    # database cannot be copied, and that is told and not lost.
    assert checking.work_off(lambda: NOW + timedelta(minutes=6)) == 1
    page = client.get(f"/reports/{key}/?lang=en").content.decode()
    assert "it failed with" in page and not Report.objects.filter(check_wanted=True).exists()
    (build.folder_of(key) / "report.xlsx").write_bytes(b"forged")
    Report.objects.filter(key=key).update(checked=recompute.as_rows(recompute.recompute(key)))
    page = client.get(f"/reports/{key}/?lang=en").content.decode()
    assert "the same bytes" in page and "tampered" in page


def test_a_program_makes_a_report_and_follows_it(client: Client) -> None:
    cast()
    person("robot", "service", ["CSTO"])
    token = tokens.issue(Person.objects.get(code="p-robot"))
    body = {
        "form": "report",
        "scope": {"organization": "CSTO"},
        "languages": ["en"],
        "formats": ["html"],
        "start": "2025-01-01",
        "end": "2025-12-31",
    }

    def send(body: Any, secret: str = token) -> Any:
        return Client().post(
            "/api/v1/reports/",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )

    made = send(body)
    assert made.status_code == 202, made.content
    (row,) = made.json()["results"]
    assert row["state"] == "due" and row["scope"]["filters"] == {"organization": "CSTO"}
    assert send(body).json()["results"][0]["id"] == row["id"]
    build.work_off(lambda: NOW, limit=1)
    found = client.get(f"/api/v1/reports/{row['id']}/").json()
    assert (
        found["state"] == "ready"
        and {f["format"] for f in found["files"]} == {"html", "json"}
        and "commitments" in found["summary"]
    )
    for change, pointer in (({"scope": {"section": "x"}}, "/scope"), ({"end": "2999-01-01"}, "/end"), ({"odd": 1}, "/odd"), ({"languages": []}, "/languages"), ({"scope": 7}, "/scope")):  # fmt: skip
        reply = send(body | change)
        assert reply.status_code == 400 and pointer in {
            e["pointer"].replace("/payload", "") for e in reply.json()["errors"]
        }, reply.json()
    assert send(body, "dt_nope").status_code == 401
    assert Client().post("/api/v1/reports/", "{}", content_type="application/json").status_code == 401
    assert Report.objects.filter(schedule__cadence="once").count() == 1


def test_a_rendering_in_the_place_of_another_is_not_served(client: Client) -> None:
    key = issue()
    folder = build.folder_of(key)
    (folder / "report.html").write_bytes((folder / "report.json").read_bytes())
    assert client.get(f"/reports/{key}/report.html").status_code == 503
    assert client.get(f"/reports/{key}/report.json").status_code == 200


def test_a_closed_tracker_lists_no_reports(client: Client, settings: Any) -> None:
    issue()
    settings.PUBLIC_READING = False
    for address in ("/api/v1/reports/", "/api/v1/reports/compare/?a=x&b=y", "/reports/"):
        assert client.get(address).status_code in (302, 401, 403), address


def test_what_fell_back_to_an_earlier_judgement_was_not_judged_anew() -> None:
    before = frozen(issue())
    verbs.retract(assessment=f"{N6C}@2025-09-26.1", because={"en": "no"}, by=LIU)
    after = editions.as_it_would_be(before, changes.head()["number"])
    assert after
    found = comparing.compare(before, json.loads(json.dumps(after)))
    assert (
        [r["code"] for r in found["earlier"]] == ["N6.c"]
        and found["reaffirmed"] == []
        and found["moved"] == []
    )


def test_reports_of_one_day_are_one_line_of_the_changes(client: Client) -> None:
    due.make_due(NOW)
    for _ in range(3):
        build.work_off(lambda: NOW, limit=1)
    page = client.get("/changes/?lang=en").content.decode()
    assert "3 reports issued" in page and page.count("Yearly progress report, 2025") == 3
    assert page.count('href="/reports/sco-afg-2009:yearly.2025-01-01.2025-12-31.') == 3
    older = client.get("/changes/?lang=ru&before=2").content.decode()
    assert "доклад" not in older.partition("<tbody>")[2].partition("</tbody>")[0]


def test_a_comparison_says_that_two_reports_do_not_cover_the_same(client: Client) -> None:
    whole = issue()
    state, period = schedules.check_once(
        {"form": "report", "scope": {"section": "narcotics"}, "formats": ["json"], "languages": ["en"], "start": "2025-01-01", "end": "2025-12-31"},
        Declaration.objects.get(pk=CODE), NOW.date(),
    )  # fmt: skip
    narrow = schedules.make_now(state=state, period=period, by=LIU)[0].key
    build.work_off(lambda: NOW, limit=1)
    page = client.get(f"/reports/compare/?a={whole}&b={narrow}&lang=en").content.decode()
    assert "They do not cover the same: the first covers the whole declaration, the second" in page
    told = client.get(f"/reports/{narrow}/?lang=en").content.decode().partition("</h1>")[2][:600]
    assert "Combating drug smuggling" in told
    same = client.get(f"/reports/compare/?a={whole}&b={whole}&lang=en").content.decode()
    assert "do not cover the same" not in same


def test_a_reading_of_the_format_before_says_the_same_when_only_its_names_are_missing() -> None:
    """Format 6 names what narrows a report: that is no difference of what is reported."""
    now = frozen(issue())
    before = now | {
        "format": 5,
        "scope": {"filters": now["scope"]["filters"], "organization": None, "sections": []},
    }
    assert comparing.compare(before, now)["empty"] and not comparing.compare(before, now)["other"]
    narrower = before | {"scope": before["scope"] | {"filters": {"section": "narcotics"}}}
    assert comparing.compare(narrower, now)["other"]
