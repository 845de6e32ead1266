"""Faults while reports are built: real workers and beats as processes, killed, stopped and starved. `make storm` runs them.

After each storm: exactly one report a period and language, no half file, the same bytes on recomputation, and everything that is
due is made within a minute of the recovery (on a machine as quick as the one of the figures). So that many kills take minutes and
not hours, leases and ticks are shorter than as shipped, attempts are many and there is no PDF; the kills while the PDF is set have
lease, tick and PDF as shipped.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from commitments.management.commands.run import worker_command
from commitments.reports.faults import POINTS
from tests import servers
from tests.product import ROOT, environment, load, run_python, told
from tests.test_queries import slowness

pytestmark = pytest.mark.processes
SECRET = "only-for-tests-" + "0123456789abcdef" * 4
RECOVERED = (
    60 * slowness()
)  # seconds after a recovery, or from the start where nothing fails, in which all that is due is made
FORMATS = "html,docx,xlsx,csv,json"
TIMES = int(os.environ.get("STORM_TIMES", "5"))
SCHEDULES = """
from commitments.ledger import verbs
from commitments.ledger.subjects import SUBJECTS
state = SUBJECTS["schedule"].states(["sco-afg-2009:yearly"])["sco-afg-2009:yearly"]
for code, change in {"half": {"cadence": "half-yearly", "start": "2009-07-01"}, "quarters": {"cadence": "quarterly", "start": "2020-01-01"}}.items():
    verbs.amend(subject_type="schedule", subject=f"sco-afg-2009:{code}", state=state | change | {"languages": ["en"]}, by="p", because="storm")
"""

ONE_YEAR = """
from commitments.ledger import verbs
from commitments.ledger.subjects import SUBJECTS
key = "sco-afg-2009:yearly"
state = SUBJECTS["schedule"].states([key])[key] | {"start": "2025-01-01", "end": "2025-12-31"}
verbs.amend(subject_type="schedule", subject=key, state=state, by="p", because="storm")
"""

MONTHS = """
from commitments.ledger import verbs
from commitments.ledger.subjects import SUBJECTS
key = "sco-afg-2009:yearly"
more = {"cadence": "monthly", "start": "YEAR-01-01", "end": "YEAR-12-31", "languages": ["en"]}
state = SUBJECTS["schedule"].states([key])[key] | more
verbs.amend(subject_type="schedule", subject="sco-afg-2009:months-of-YEAR", state=state, by="p", because="storm")
"""


@dataclass
class Stack:
    """A record with its workers and beats, each a process of its own."""

    env: dict[str, str]
    data: Path
    embedded: bool
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    redis_url: str = ""

    def manage(self, *words: str) -> str:
        return told(self.env, *words)

    def python(self, code: str) -> str:
        return run_python(self.env, code)

    def start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command, cwd=ROOT, env={**self.env, "PYTHONWARNINGS": "ignore"}, stdout=subprocess.DEVNULL,
            stderr=(self.data / "celery.log").open("ab"), start_new_session=True,
        )  # fmt: skip
        self.running.append(process)
        return process

    def worker(self) -> "subprocess.Popen[bytes]":
        """As it is shipped; the embedded one has the beat inside, and a second one keeps its own times."""
        times = ["--schedule", str(self.data / f"beat-{len(self.running)}")] if self.embedded else []
        return self.start([*worker_command(embedded=self.embedded), *times])

    def tended(self) -> Callable[[], None]:
        """A worker, and what starts it again when it has ended, as `manage.py run` does: what its group has left, the beat of an
        embedded one, goes too."""
        current = [self.worker()]

        def tend() -> None:
            if current[0].poll() is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(current[0].pid, signal.SIGKILL)
                current[0] = self.worker()

        return tend

    def beat(self) -> None:
        if not self.embedded:
            self.start([sys.executable, "manage.py", "tick"])

    def counts(self) -> dict[str, int]:
        code = "import json; from commitments.readings import reports; print(json.dumps(reports.progress()))"
        found: dict[str, int] = json.loads(self.python(code))
        return found

    def all_ready(self, seconds: float, tend: Any = lambda: None) -> float:
        """Wait until every report is ready; how long that took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            tend()
            counts = self.counts()
            if counts["total"] and counts["ready"] == counts["total"]:
                return time.monotonic() - started
            time.sleep(1)
        raise AssertionError(
            f"not all are ready after {seconds} s: {self.counts()}\n{(self.data / 'celery.log').read_text()[-2000:]}"
        )

    def begun_ready(self, seconds: float, tend: Any = lambda: None) -> float:
        """Wait until what a killed worker had begun is ready; how long that took."""
        begun = "Report.objects.filter(attempt__gt=0, failure='')"
        keys = json.loads(
            self.python(
                f"import json; from commitments.models.report import Report; print(json.dumps(list({begun}.exclude(state='ready').values_list('key', flat=True))))"
            )
        )
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            tend()
            left = self.python(
                f"from commitments.models.report import Report; print(Report.objects.filter(key__in={keys!r}).exclude(state='ready').count())"
            )
            if left == "0":
                return time.monotonic() - started
            time.sleep(0.5)
        raise AssertionError(f"{left} of {len(keys)} are not ready after {seconds} s")

    def stop(self) -> None:
        for process in self.running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def check(self, most: int = 6) -> None:
        """One of each, whole, and the same when it is made again."""
        assert "verified" in self.manage("verify")
        code = (
            "import json; from commitments.models.report import IssuedReport as I, Report as R; from commitments.models.entry import Entry as E; "
            "print(json.dumps([R.objects.count(), I.objects.count(), E.objects.filter(verb='issue').values('subject').distinct().count(), "
            "E.objects.filter(verb='issue').count(), list(I.objects.order_by('recorded').values_list('key', flat=True))]))"
        )
        rows, issued, subjects, entries, keys = json.loads(self.python(code))
        assert rows == issued == subjects == entries, (rows, issued, subjects, entries)
        self.python("from commitments.reports import build; build.sweep()")
        folders = {
            str(p.relative_to(self.data / "reports")).replace("/", ":", 1)
            for p in (self.data / "reports").glob("*/*")
        }
        assert folders == set(keys)
        for key in keys[:: max(1, len(keys) // most)]:
            assert "are the same bytes" in self.manage("recompute_report", key)


@contextlib.contextmanager
def stack(kind: str, tmp_path: Path, **more: str) -> Iterator[Stack]:
    with ExitStack() as opened:
        plan = tmp_path / "plan"
        plan.mkdir()
        extra = {
            "REPORT_LEASE_SECONDS": "8", "REPORT_ATTEMPTS": "99", "RECONCILE_SECONDS": "1", "FAULT_PLAN": str(plan), "REPORT_FORMATS": FORMATS, **more,
        }  # fmt: skip
        redis = ""
        if kind == "servers":
            redis = opened.enter_context(servers.redis())
            extra |= {
                "DATABASE_URL": opened.enter_context(servers.postgres()),
                "REDIS_URL": redis,
                "SECRET_KEY": SECRET,
            }
        data = tmp_path / "data"
        data.mkdir()
        found = Stack(environment(data, 1, **extra), data, kind == "embedded", redis_url=redis)
        try:
            load(found.env)
            yield found
        finally:
            found.stop()


KINDS = pytest.mark.parametrize("kind", ["embedded", "servers"])


@KINDS
def test_a_worker_killed_at_any_step_loses_and_doubles_nothing(kind: str, tmp_path: Path) -> None:
    points = [point for point in POINTS if point != "pdf"]
    assert len(points) >= 10
    with stack(kind, tmp_path) as found:
        found.python(SCHEDULES)
        number = 0
        for _ in range(TIMES):
            for point in points:
                number += 1
                (tmp_path / "plan" / f"{number:03d} kill {point}").touch()
        found.beat()
        tend = found.tended()

        until = time.monotonic() + 1500
        while list((tmp_path / "plan").iterdir()) and time.monotonic() < until:
            tend()
            counts = found.counts()
            if counts["total"] and counts["ready"] == counts["total"]:
                break
        last, counts = time.monotonic(), found.counts()
        assert not list((tmp_path / "plan").iterdir()), "more reports are needed for so many kills"
        back = found.begun_ready(RECOVERED, tend)
        print(f"{kind}: what the last kills held was ready {back:.0f} s later")
        found.all_ready(5 * RECOVERED, tend)
        took = time.monotonic() - last
        print(
            f"{kind}: {number} kills at {len(points)} steps, all {counts['total'] - counts['ready']} that were due ready after {took:.0f} s"
        )
        assert took <= RECOVERED
        found.check()


@KINDS
def test_a_worker_killed_while_the_pdf_is_set_leaves_no_half_file(kind: str, tmp_path: Path) -> None:
    as_shipped = {"REPORT_LEASE_SECONDS": "30", "RECONCILE_SECONDS": "30"}
    with stack(kind, tmp_path, REPORT_FORMATS="html,pdf,json", **as_shipped) as found:
        found.python(ONE_YEAR)
        for number in range(1, TIMES + 1):
            (tmp_path / "plan" / f"{number:03d} kill pdf").touch()
        found.beat()
        tend = found.tended()

        until = time.monotonic() + 600
        while list((tmp_path / "plan").iterdir()) and time.monotonic() < until:
            tend()
            time.sleep(0.5)
        assert not list((tmp_path / "plan").iterdir()), "a kill is missing"
        took = found.all_ready(RECOVERED, tend)
        print(
            f"{kind}: {TIMES} kills while the PDF is set, all ready {took:.0f} s after the last, as shipped"
        )
        assert found.counts()["ready"] == 3
        for language in ("en", "zh", "ru"):
            said = found.manage("recompute_report", f"sco-afg-2009:yearly.2025-01-01.2025-12-31.{language}.1")
            assert "pdf: same" in said


@KINDS
def test_two_beats_and_two_workers_make_each_report_once(kind: str, tmp_path: Path) -> None:
    with stack(kind, tmp_path) as found:
        found.beat(), found.beat(), found.worker(), found.worker()
        took = found.all_ready(RECOVERED)
        print(f"{kind}: two beats, two workers: {took:.0f} s")
        found.check()


@KINDS
def test_a_zombie_that_wakes_after_its_lease_publishes_nothing(kind: str, tmp_path: Path) -> None:
    with stack(kind, tmp_path) as found:
        found.beat(), found.worker(), found.worker()
        woken = 0
        for year, point in enumerate(("reading the record", "writing", "publishing", "renamed"), 2018):
            # one at a time: the other worker goes on; and a year's work for each, for a quick machine has done all there was.
            # The work first: who is stopped while it publishes has SQLite's turn to write.
            found.all_ready(3 * RECOVERED)  # so that what is measured at the end is what the last one held up
            found.python(MONTHS.replace("YEAR", str(year)))
            (tmp_path / "plan" / f"{year} stop {point}").touch()
            until = time.monotonic() + 120
            while not (stopped := _stopped(found)) and time.monotonic() < until:
                time.sleep(0.2)
            time.sleep(12)  # past its lease, and a tick: the other worker has taken the report meanwhile
            for process in stopped:
                os.kill(process, signal.SIGCONT)
                woken += 1
        tries = found.python(
            "from commitments.models.report import Report; print(max(Report.objects.values_list('attempt', flat=True)))"
        )
        print(f"{kind}: {woken} zombies, a report was tried {tries} times")
        assert woken == 4 and int(tries) >= 2  # another worker took what a zombie held
        print(f"{kind}: all ready {found.all_ready(RECOVERED):.0f} s after the last one woke")
        found.check()


def _stopped(found: Stack) -> list[int]:
    groups = {process.pid for process in found.running}
    rows = subprocess.run(
        ["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [
        int(row.split()[0])
        for row in rows
        if int(row.split()[1]) in groups and row.split()[2].startswith("T")
    ]


def test_a_flushed_and_a_killed_redis_lose_no_report(tmp_path: Path) -> None:
    with stack("servers", tmp_path) as found, ExitStack() as opened:
        found.beat()
        tend = found.tended()  # now and then kombu ends with an error when its server is gone

        time.sleep(6)
        port = found.redis_url.rsplit(":", 1)[1].split("/")[0]
        for _ in range(3):
            subprocess.run(["redis-cli", "-p", port, "FLUSHALL"], check=True, capture_output=True)
            time.sleep(2)
        pid = subprocess.run(
            ["redis-cli", "-p", port, "INFO", "server"], capture_output=True, text=True, check=True
        ).stdout
        os.kill(
            int(next(line.split(":")[1] for line in pid.splitlines() if line.startswith("process_id"))),
            signal.SIGKILL,
        )
        assert found.counts()["total"] == 51  # pages and writes go on without it
        found.python(
            "from commitments.ledger import verbs; verbs.grant(person='p-x', role='analyst', by='p', because='t')"
        )
        before = found.counts()["ready"]
        time.sleep(15)
        assert found.counts()["ready"] > before  # the tick does the work itself, a piece at a time
        again = subprocess.Popen(
            ["redis-server", "--port", port, "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
        )
        opened.callback(again.kill)
        took = found.all_ready(RECOVERED, tend)
        beat, *workers = found.running
        assert beat.poll() is None
        print(f"redis came back: all ready after {took:.0f} s; {len(workers) - 1} workers had ended")
        found.check()


@KINDS
def test_a_full_disk_is_told_and_passes(kind: str, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    with stack(kind, tmp_path, REPORT_ATTEMPTS="3") as found:
        folder = found.data / "reports"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=True)
        try:
            found.beat(), found.worker()
            until = time.monotonic() + 60
            while time.monotonic() < until:
                said = found.python(
                    "from commitments.models.report import Report; print(list(Report.objects.exclude(failure='').values_list('failure', flat=True)[:1]))"
                )
                if "no room" in said:
                    break
                time.sleep(1)
            assert "no room" in said and found.counts()["ready"] >= 1
            assert "verified" in found.manage("verify")  # what is issued is whole
            subprocess.run(["mount", "-o", "remount,size=900m", str(folder)], check=True)
            took = found.all_ready(RECOVERED)
            assert found.counts()["failed"] == 0, "a full disk is no fault of a report"
            print(f"{kind}: room again: all ready after {took:.0f} s")
            found.check()
        finally:
            found.stop()
            kept = shutil.copytree(folder, tmp_path / "kept")
            subprocess.run(["umount", "-l", str(folder)], check=True)
            shutil.copytree(kept, folder, dirs_exist_ok=True)
