"""Building: read at the pinned ledger number, freeze, render, write aside, publish in one transaction."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from commitments.ledger.canonical import canonical, sha256
from commitments.ledger.record import batch
from commitments.models.report import IssuedReport, Report, Schedule
from commitments.readings import changes
from commitments.readings.moment import Moment, Unsettled, consistent
from commitments.reports import due, faults, pdf
from commitments.reports.content import FORMAT, Asked, read
from commitments.reports.memory import give_back
from commitments.reports.rendering import missing_for_pdf, render, renderer, summary_of

ACTOR = "reports"
LARGE = 4_000_000  # characters of a reading
ROOM = 20 * 1024**2  # bytes; a report over 10,000 commitments takes about 15 million


class LostClaim(Exception):
    """Another worker has taken the report; what this one made is thrown away."""


def folder_of(key: str) -> Path:
    root = Path(settings.REPORTS_DIR)
    folder = root / key.replace(":", "/")
    if not folder.resolve().is_relative_to(root.resolve()) or folder == root:
        raise ValueError(f"“{key}” is not the key of a report")
    return folder


def build(claimed: due.Claim) -> str:
    """Build and issue a claimed report; returns its key. Raises LostClaim when the lease went to another."""
    report = Report.objects.select_related("schedule").get(pk=claimed.report)
    frozen, files = _render(claimed, report)
    _at(claimed, "writing", 85)
    place = folder_of(report.key)
    aside = place.with_name(f"{place.name}.{claimed.attempt}.part")
    described = _write(aside, files)
    _at(claimed, "publishing", 95)
    _publish(claimed, report, frozen, described, aside)
    faults.reached("published")
    return report.key


def _render(claimed: due.Claim, report: Report) -> tuple[str, dict[str, bytes]]:
    """The frozen reading and its renderings. A reading that an earlier attempt froze is rendered as it is."""
    frozen = report.frozen
    if "pdf" in {*report.schedule.formats} & {*settings.REPORT_FORMATS} and not missing_for_pdf():
        with contextlib.suppress(OSError):  # then it is started by the page, or says why not
            pdf.start()
    if frozen and json.loads(frozen)["format"] != FORMAT:  # of a release before, and not issued
        Report.objects.filter(pk=claimed.report, attempt=claimed.attempt).update(frozen="")
        frozen = ""
    if not frozen:
        _at(claimed, "reading the record", 10)
        frozen = _freeze(claimed, report)
    formats = report.schedule.formats
    percents = iter(range(40, 85, 8))
    files = render(frozen, report.language, formats, lambda name: _at(claimed, name, next(percents)))
    return frozen, files


def _freeze(claimed: due.Claim, report: Report) -> str:
    """Read at the head while it stands still; keep what was read, and take what another language's hand has kept before."""
    head = changes.head()["number"]
    replaced = due.edition_before(report)
    scope = IssuedReport.objects.values_list("scope", flat=True).get(pk=replaced) if replaced else None

    def reading_at(now: Moment) -> dict[str, Any]:
        schedule = Schedule.objects.get(pk=report.schedule_id)  # as it stands at this very number
        return read(Asked.of(schedule, scope, report.edition), report.period_start, report.period_end, now.at)

    pinned = report.ledger_number or head  # what a release before has read is read anew at its entry
    moment, reading = consistent(Moment(report.period_end, pinned, head), reading_at)
    frozen = canonical(reading)
    del reading  # of thousands of commitments it is four times as large as its text
    if len(frozen) > LARGE:
        give_back()
    _at(claimed, "freezing the reading", 30)
    kept = due.freeze(claimed, moment.at, frozen)
    if kept is None:
        raise LostClaim
    report.ledger_number, report.frozen = kept
    return report.frozen


def render_of(claimed: due.Claim) -> dict[str, bytes]:
    """The renderings of a claimed report, without issuing it."""
    return _render(claimed, Report.objects.select_related("schedule").get(pk=claimed.report))[1]


def _at(claimed: due.Claim, name: str, percent: int) -> None:
    if not due.step(claimed, name, percent):
        raise LostClaim
    faults.reached(name)


def _write(folder: Path, files: dict[str, bytes]) -> list[dict[str, Any]]:
    """Write files aside and to the disk itself, before anything says that they are there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    described = []
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        faults.reached("file synced")
        described.append(
            {
                "format": name.rsplit(".", 1)[1],
                "name": name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
            }
        )
    _fsync(folder)
    faults.reached("folder synced")
    return described


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _publish(
    claimed: due.Claim, report: Report, frozen: str, described: list[dict[str, Any]], aside: Path
) -> None:
    """One transaction: the claim still holds, the files are in their place, the ledger and the row say so."""
    place = folder_of(report.key)
    replaces = due.edition_before(report)
    because = report.because or ("asked for" if report.asked_by else f"due after {report.period_end}")
    with batch(by=report.asked_by or ACTOR, because=because) as work:
        held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
        ready = {
            "state": Report.State.READY, "step": "", "percent": 100, "lease_until": None, "frozen": "",
            "summary": summary_of(frozen, report.language),
        }  # fmt: skip
        if not held.update(**ready) or IssuedReport.objects.filter(pk=report.key).exists():
            raise LostClaim
        if any(not (aside / file["name"]).is_file() for file in described):
            raise LostClaim
        shutil.rmtree(place, ignore_errors=True)  # of an attempt that died between here and its commit
        aside.rename(place)
        _fsync(place.parent)
        faults.reached("renamed")
        work.record(
            "issue", "report", report.key,
            {
                "schedule": report.schedule_id, "declaration": report.schedule.declaration_id,
                "period_start": report.period_start.isoformat(), "period_end": report.period_end.isoformat(),
                "language": report.language, "edition": report.edition, "scope": json.loads(frozen)["scope"]["filters"],
                "replaces": replaces, "ledger_number": report.ledger_number, "reading_sha256": sha256(frozen), "renderer": renderer(), "files": described,
            },
            expected=0,
        )  # fmt: skip
        faults.reached("recorded")


def sweep() -> int:
    """Remove what attempts left aside that died: nothing names it, and an attempt that lives on loses its claim first."""
    root, gone = Path(settings.REPORTS_DIR), 0
    there = list(
        root.glob("*/*.part")
    )  # before it is asked who builds: what is begun meanwhile is not looked at
    building = set(Report.objects.filter(state=Report.State.BUILDING).values_list("key", "attempt"))
    kept = {f"{folder_of(key)}.{attempt}.part" for key, attempt in building}
    for folder in there:
        if str(folder) not in kept:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def files_not_as_issued() -> Iterator[str]:
    """What `verify` says of renderings that are missing or are not the bytes whose digest the ledger has."""
    for key, files in IssuedReport.objects.order_by("recorded").values_list("key", "files"):
        for file in files:
            path = folder_of(key) / file["name"]
            if not path.is_file():
                yield f"file: {key} {file['name']} is missing"
            elif hashlib.sha256(path.read_bytes()).hexdigest() != file["sha256"]:
                yield f"file: {key} {file['name']} is not the one that was issued"


def _is_full(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def reason_of(error: Exception) -> str:
    """Why an attempt failed, in words for the page."""
    if _is_full(error):
        return "No space left on device: there is no room in the folder of reports"
    if isinstance(error, pdf.PDFNotMade):
        return "the PDF could not be made"
    return f"an error of the program: {type(error).__name__}"  # the log says more: a message may name paths and words of the record


def has_room() -> bool:
    """Whether the folder of reports has room for some more of the largest; where that cannot be said, a build will say why."""
    try:
        return shutil.disk_usage(settings.REPORTS_DIR).free > ROOM
    except OSError:  # before the first report there is no folder
        return True


def work_off(now: Any, limit: int | None = None, begun: Callable[[], object] = lambda: None) -> int:
    """Build what is due, in its turn, until nothing is left or `limit` are done.

    `now()` gives the time. `begun()` is called for each report that is taken in hand, before it is built.
    """
    done = 0
    while limit is None or done < limit:
        claimed = due.claim(now())
        if claimed is None:
            break
        try:
            with due.renewed(claimed, now):
                begun()
                build(claimed)
        except LostClaim:
            continue
        except Unsettled:  # the ledger moved all the time: in some seconds it may be calmer
            due.release(claimed, now())
            continue
        except SoftTimeLimitExceeded:  # it may be the machine's fault or the report's: three times is enough
            due.failed(claimed, "it took longer than a worker may take for a report", now())
            raise
        except Exception as error:
            if _is_full(error):  # which is no fault of the report: it waits until there is room
                due.release(claimed, now(), reason_of(error), rest=3)
            else:
                due.failed(claimed, reason_of(error), now())
            raise
        done += 1
    return done
