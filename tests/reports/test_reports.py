import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.test import Client

from commitments import clock, tasks
from commitments.ledger import disputes, proposals, verbs
from commitments.ledger.canonical import canonical
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.verify import verify
from commitments.ledger.wellformed import Refused
from commitments.models.assessment import Assessment
from commitments.models.report import IssuedReport, Report, Schedule
from commitments.readings import changes, commitments, reports
from commitments.reports import build, content, due, recompute
from commitments.web import reportpages
from tests.conftest import CODE
from tests.story import ANNA, LIU, N6C, NURLAN, cast, judge, on, propose

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_loading_the_package_makes_51_reports_due_and_only_once() -> None:
    assert due.make_due(NOW) == 51
    assert due.make_due(NOW) == 0
    rows = Report.objects.values_list("period_end__year", "language")
    assert set(rows) == {(year, lang) for year in range(2009, 2026) for lang in ("en", "zh", "ru")}


def amend_schedule(change: dict[str, Any]) -> None:
    key = f"{CODE}:yearly"
    state = SUBJECTS["schedule"].states([key])[key]
    verbs.amend(subject_type="schedule", subject=key, state=state | change, by=LIU, because="changed")


def test_a_period_is_due_when_it_has_ended_where_the_schedule_lives() -> None:
    amend_schedule({"time_zone": "Asia/Kabul"})
    due.make_due(datetime(2025, 12, 31, 19, 29, tzinfo=UTC))
    assert not Report.objects.filter(period_end="2025-12-31").exists()
    due.make_due(
        datetime(2025, 12, 31, 19, 30, tzinfo=UTC)
    )  # midnight in Kabul, at half past the hour elsewhere
    assert Report.objects.filter(period_end="2025-12-31").count() == 3


def test_a_paused_schedule_makes_nothing_due() -> None:
    amend_schedule({"paused": True})
    assert due.make_due(NOW) == 0


def test_the_newest_is_built_first() -> None:
    due.make_due(NOW)
    assert build.work_off(lambda: NOW, limit=3) == 3
    assert set(Report.objects.filter(state="ready").values_list("period_end__year", flat=True)) == {2025}


def test_a_report_freezes_its_reading(client: Client, folder: Path) -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=6)
    found = reports.listing(on("2026-11-01"), period_end="2024-12-31", language="zh")[0]
    frozen = json.loads((folder / found["id"].replace(":", "/") / "report.json").read_text())
    rollup = commitments.listing(commitments.Filter(declaration=CODE), on("2024-12-31")).rollup
    assert {line["value"]: line["n"] for line in frozen["headline"] if line["n"]} == rollup.by_value
    assert frozen["figures"]["counting"] == 46
    page = client.get(f"/reports/{found['id']}/report.html")
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert "年度进展报告" in page.content.decode()
    assert client.get(found["url"]).status_code == 200
    assert list(verify()) == []


def test_2025_has_18_assessments_2_changes_and_46_became_48() -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    report = IssuedReport.objects.get()
    frozen = json.loads((build.folder_of(report.key) / "report.json").read_text())
    assert (len(frozen["assessments"]), sum(a["step"] == "changed" for a in frozen["assessments"])) == (18, 2)
    assert (frozen["before"]["counting"], frozen["figures"]["counting"]) == (46, 48)
    assert frozen["entered"] == [f"{CODE}:T2.a", f"{CODE}:T3.e"]


def test_a_second_build_gives_the_same_bytes_although_the_record_has_moved(folder: Path) -> None:
    due.make_due(NOW)
    claimed = due.claim(NOW)
    assert claimed
    first = build.render_of(claimed)
    judge(value="fulfilled", day="2025-12-30")
    state = SUBJECTS["commitment"].states([f"{CODE}:N6.c"])[f"{CODE}:N6.c"]
    verbs.amend(
        subject_type="commitment",
        subject=f"{CODE}:N6.c",
        state=state | {"title": {"en": "Another title"}},
        by=LIU,
        because="t",
    )
    amend_schedule({"title": {"en": "Other"}})
    due.failed(claimed, "the worker was killed", NOW)
    assert due.claim(NOW + timedelta(seconds=59)).report != claimed.report  # type: ignore[union-attr]  # it rests first
    again = next(
        c for c in iter(lambda: due.claim(NOW + timedelta(hours=1)), None) if c.report == claimed.report
    )
    assert again.attempt == 2
    assert build.render_of(again) == first


def test_what_a_release_before_froze_and_did_not_issue_is_read_anew_at_its_entry(folder: Path) -> None:
    """A report in the making while the product is deployed: its shape is that of the new release, its entry stays pinned."""
    due.make_due(NOW)
    claimed = due.claim(NOW)
    assert claimed
    pinned = changes.head()["number"]
    due.freeze(claimed, pinned, canonical({"format": 3, "form": "report"}))
    judge(day="2025-11-11")
    key = build.build(claimed)
    issued = IssuedReport.objects.get(pk=key)
    found = json.loads((folder / key.replace(":", "/") / "report.json").read_text())
    assert (found["format"], found["ledger_number"], issued.ledger_number) == (content.FORMAT, pinned, pinned)
    assert "2025-11-11" not in {a["effective_on"] for a in found["assessments"]} and found["events"]


def test_a_failed_report_can_be_made_due_again() -> None:
    due.make_due(NOW)
    report = Report.objects.order_by("-period_end", "pk")[0]
    Report.objects.filter(pk=report.pk).update(state="failed", attempt=3)
    due.retry(report)
    claimed = due.claim(NOW)
    assert claimed and (claimed.report, claimed.attempt) == (report.pk, 4)


def test_what_was_issued_is_never_built_again() -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=2)
    Report.objects.all().delete()
    assert due.make_due(NOW) == 49
    assert Report.objects.filter(state="ready").count() == 2


def test_what_is_due_follows_a_changed_rule_and_what_was_made_stays() -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    made = IssuedReport.objects.get()
    amend_schedule({"cadence": "monthly", "languages": ["en"]})
    due.make_due(NOW)
    rows = Report.objects.filter(period_end="2024-12-31")
    assert [(r.period_start.isoformat(), r.language) for r in rows] == [("2024-12-01", "en")]
    assert Report.objects.get(key=made.key).state == "ready"
    claimed = due.claim(NOW)
    amend_schedule({"paused": True})
    assert claimed and due.claim(NOW) is None and due.make_due(NOW) == 0


def test_rows_of_what_was_issued_come_back_whatever_its_schedule_and_edition() -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    issued = IssuedReport.objects.get()
    due.new_edition(issued, by=LIU, because="late evidence")
    build.work_off(lambda: NOW, limit=1)
    amend_schedule({"paused": True})
    Report.objects.all().delete()
    due.make_due(NOW)
    assert set(Report.objects.filter(state="ready").values_list("edition", flat=True)) == {1, 2}


def test_all_languages_of_an_edition_say_the_same_also_when_the_record_moves_between_them() -> None:
    cast()
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    first = IssuedReport.objects.get()
    latest = Assessment.objects.filter(effective_on__lte="2025-12-31").latest("effective_on")
    verbs.retract(assessment=latest.pk, because={"en": "It rests on a copy."}, by=LIU)
    build.work_off(lambda: NOW, limit=2)
    rows = IssuedReport.objects.filter(period_end="2025-12-31", edition=1)
    assert {row.language for row in rows} == {"en", "zh", "ru"}
    assert {(row.ledger_number, row.reading_sha256) for row in rows} == {
        (first.ledger_number, first.reading_sha256)
    }
    assert all(line.same for row in rows for line in recompute.recompute(row.pk))
    later = due.new_editions(first, by=LIU, because="a retraction")
    assert {(r.language, r.edition) for r in later} == {("en", 2), ("zh", 2), ("ru", 2)}
    build.work_off(lambda: NOW, limit=3)
    anew = IssuedReport.objects.filter(edition=2)
    assert len(anew) == 3 and len({(row.ledger_number, row.reading_sha256) for row in anew}) == 1
    assert anew[0].ledger_number > first.ledger_number and anew[0].reading_sha256 != first.reading_sha256
    with pytest.raises(Refused):
        due.new_editions(first, by=LIU, because="a double click")
    assert not Report.objects.exclude(frozen="").filter(state="ready").exists()


def test_two_hands_that_read_at_once_keep_one_reading() -> None:
    cast()
    due.make_due(NOW)
    en, zh = due.claim(NOW), due.claim(NOW)
    assert en and zh
    assert due.freeze(zh, 803, "read by the second") == (803, "read by the second")
    assert due.freeze(en, 802, "read by the first") == (803, "read by the second")
    rows = Report.objects.filter(period_end="2025-12-31")
    assert (
        set(rows.values_list("ledger_number", "frozen")) == {(803, "read by the second")}
        and rows.count() == 3
    )
    assert not Report.objects.exclude(period_end="2025-12-31").exclude(frozen="").exists()
    Report.objects.filter(pk=en.report).update(attempt=7)
    assert due.freeze(en, 804, "a zombie") is None


def test_a_new_edition_that_failed_is_read_anew_when_it_is_asked_for_again() -> None:
    cast()
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=3)
    first = IssuedReport.objects.get(language="en")
    due.new_editions(first, by=LIU, because="one")
    Report.objects.filter(edition=2).update(frozen="read long ago", ledger_number=5)
    Report.objects.filter(edition=2, language="en").update(state="failed", attempt=3)
    asked = due.new_editions(first, by=LIU, because="two")  # zh and ru are on their way, and hold nobody up
    assert [report.language for report in asked] == ["en"]
    again = Report.objects.get(edition=2, language="en")
    assert (again.state, again.frozen, again.ledger_number, again.because) == ("due", "", None, "two")


def test_what_was_published_is_never_called_failed() -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    key = IssuedReport.objects.get().key
    Report.objects.filter(key=key).update(state="building", attempt=3, lease_until=NOW - timedelta(hours=1))
    due.claim(NOW)
    assert Report.objects.get(key=key).state == "ready"


def test_a_released_claim_counts_as_no_attempt() -> None:
    due.make_due(NOW)
    for hours in range(6):
        claimed = due.claim(NOW + timedelta(hours=hours))
        assert claimed
        due.release(claimed, NOW + timedelta(hours=hours))
    assert Report.objects.filter(state="failed").count() == 0
    due.claim(NOW + timedelta(hours=7))
    assert Report.objects.get(pk=claimed.report).attempt == 7


def test_a_file_that_is_not_the_one_issued_is_not_served(client: Client) -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    key = IssuedReport.objects.get().key
    (build.folder_of(key) / "report.json").write_text('{"forged": true}')
    assert client.get(f"/reports/{key}/report.json").status_code == 503
    assert list(build.files_not_as_issued()) == [f"file: {key} report.json is not the one that was issued"]
    assert client.get(f"/reports/{key}/").status_code == 200


def test_a_zombie_loses_its_claim_and_publishes_nothing() -> None:
    due.make_due(NOW)
    zombie = due.claim(NOW)
    later = NOW + timedelta(hours=1)
    taken = due.claim(later)
    assert zombie and taken and (taken.report, taken.attempt) == (zombie.report, 2)
    head = changes.head()
    with pytest.raises(build.LostClaim):
        build.build(zombie)
    assert changes.head() == head
    build.build(taken)
    assert Report.objects.get(pk=taken.report).state == "ready"


def test_a_lease_that_holds_is_respected() -> None:
    due.make_due(NOW)
    first, second = due.claim(NOW), due.claim(NOW)
    assert first and second and first.report != second.report


def test_three_attempts_and_then_it_has_failed_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    due.make_due(NOW)

    def closed(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(build, "_write", closed)
    Report.objects.exclude(period_end="2025-12-31", language="en").delete()
    for hours in range(3):
        with pytest.raises(OSError, match="Permission"):
            build.work_off(lambda: NOW + timedelta(hours=hours), limit=1)  # noqa: B023
    failed = Report.objects.filter(state="failed").get()
    assert "PermissionError" in failed.failure
    assert not IssuedReport.objects.exists()


def test_a_full_disk_is_no_fault_of_a_report_and_asks_for_no_other_hand(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    due.make_due(NOW)
    Report.objects.exclude(period_end="2025-12-31", language="en").delete()
    write, asked = build._write, []
    usage = shutil.disk_usage(settings.REPORTS_DIR)
    shutil.rmtree(settings.REPORTS_DIR)
    assert build.has_room()  # as before the first report

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "_write", full)
    monkeypatch.setattr(tasks, "nudge", lambda task: asked.append(task.name.rsplit(".", 1)[1]))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=build.ROOM - 1))
    for minutes in range(0, 20, 2):  # more often than it has attempts
        monkeypatch.setattr(clock, "shared", lambda: NOW + timedelta(minutes=minutes))  # noqa: B023
        assert tasks.build_reports() == 0
    waiting = Report.objects.get()
    assert waiting.state == "due" and waiting.attempt == 10 and "No space left" in waiting.failure
    assert waiting.lease_until == NOW + timedelta(minutes=18, seconds=3) and asked == []
    monkeypatch.setattr(build, "_write", write)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=build.ROOM + 1))
    monkeypatch.setattr(clock, "shared", lambda: NOW + timedelta(minutes=20))
    assert tasks.build_reports() == 1 and IssuedReport.objects.count() == 1
    assert asked == ["build_reports", "build_reports", "deliver"]  # at its beginning, and when it was done


def test_a_report_that_takes_too_long_is_given_up_after_three_attempts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    due.make_due(NOW)
    Report.objects.exclude(period_end="2025-12-31", language="en").delete()

    def endless(*_: Any) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(build, "_render", endless)
    for hours in range(3):
        assert Report.objects.get().state == "due"
        with pytest.raises(SoftTimeLimitExceeded):
            build.work_off(lambda: NOW + timedelta(hours=hours))  # noqa: B023
    assert Report.objects.get().state == "failed" and not IssuedReport.objects.exists()
    assert build.work_off(lambda: NOW + timedelta(days=9)) == 0
    assert (
        "longer than a worker may take"
        in client.get(f"/reports/{Report.objects.get().key}/?lang=en").content.decode()
    )


def test_what_a_killed_builder_held_is_looked_at_when_its_lease_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, float | None]] = []
    monkeypatch.setattr(
        tasks, "nudge", lambda task, after=None: asked.append((task.name.rsplit(".", 1)[1], after))
    )
    monkeypatch.setattr(clock, "shared", lambda: NOW)
    due.make_due(NOW)
    assert due.ends(NOW, 30) == [] and tasks.reconcile() == 0
    assert [after for name, after in asked if name == "build_reports"] == [None]
    asked.clear()
    for seconds in (2, 12, 90):  # a rest, a lease, and one that the next ticks will see
        claimed = due.claim(NOW)
        assert claimed
        Report.objects.filter(pk=claimed.report).update(lease_until=NOW + timedelta(seconds=seconds))
    tasks.reconcile()
    planned = [after for name, after in asked if name == "build_reports"]
    assert planned == [None, pytest.approx(2.1), pytest.approx(12.1)]
    Schedule.objects.update(paused=True)  # then nobody waits for it
    assert due.ends(NOW, 30) == []


def test_files_that_the_ledger_does_not_name_cannot_be_fetched(client: Client, folder: Path) -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    key = IssuedReport.objects.get().key
    (build.folder_of(key) / "secret.json").write_text("{}")
    assert client.get(f"/reports/{key}/report.json").status_code == 200
    assert client.get(f"/reports/{key}/secret.json").status_code == 404


def test_a_long_list_has_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    due.make_due(NOW)
    monkeypatch.setattr(reportpages, "PERIODS", 7)
    seen, page = [], "/reports/?lang=en&language=zh"
    while page:
        text = client.get(page).content.decode()
        seen += re.findall(r'<th scope="row" class="d">([^<]+)</th>', text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        page = older.group(1).replace("&amp;", "&") if older else ""
    assert seen == [str(year) for year in range(2025, 2008, -1)]
    assert "17" in client.get("/reports/?lang=en&language=zh&page=3").content.decode()
    assert client.get("/reports/?page=0").status_code == 400
    assert client.get("/reports/?page=99").status_code == 200


def test_another_clothing_of_csv_is_asked_for_in_two_words(client: Client, settings: Any) -> None:
    settings.REPORT_FORMATS = ["csv", "json"]
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    file = f"/reports/{IssuedReport.objects.get().key}/report."
    assert client.get(f"{file}csv?bom=1").content.startswith(b"\xef\xbb\xbf")
    for bad in ("csv?bom=yes", "csv?raw=1&raw=1", "csv?x=1", "json?raw=1"):
        assert client.get(f"{file}{bad}").status_code == 400, bad


def test_progress_is_visible(client: Client) -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=2)
    assert "2 of 51 are ready" in client.get("/reports/?lang=en").content.decode()
    assert "hx-trigger" in client.get("/reports/progress/").content.decode()


def test_what_organizations_report_and_dispute_stands_beside_the_status(folder: Path, settings: Any) -> None:
    settings.ARCHIVE_DIR = folder / "archive"
    cast()
    amend_schedule({"languages": ["en"]})
    proposals.accept(key=propose(), by=NURLAN)
    assessment = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on").pk
    payload = {
        "assessment": assessment,
        "organization": "CSTO",
        "kind": "dispute",
        "text": {"en": "No."},
        "received_on": "2025-12-01",
    }
    disputes.raise_one(payload=payload, by=ANNA)
    due.make_due(NOW)
    key = build.build(due.claim(NOW))  # type: ignore[arg-type]
    frozen = json.loads((build.folder_of(key) / "report.json").read_text())
    assert [r["key"] for r in frozen["disagreements"]] == [N6C]
    assert [(x["commitment"], x["open"]) for x in frozen["disputes"]] == [(N6C, True)]
    assert (
        frozen["ledger_hash"] == changes.hash_of(frozen["ledger_number"]) and len(frozen["ledger_hash"]) == 64
    )
    page = (build.folder_of(key) / "report.html").read_text()
    assert frozen["ledger_hash"] in page and "disputed" in page and "1 dispute is open: N6.c" in page
