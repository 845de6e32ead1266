"""How long reports take, and how much memory: `make bench`. Figures, not a test: they depend on the machine."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
DUE = """
from commitments import clock
from commitments.models.report import Report
from commitments.reports import due
due.make_due(clock.now())
Report.objects.exclude(period_end="2025-12-31").delete()
"""
BUILD = """
import json, resource, threading, time
from django.db import connection
from commitments import clock
from commitments.reports import build
done = []
def work():
    try:
        while build.work_off(clock.now, limit=1):
            done.append(1)
    finally:
        connection.close()
started = time.monotonic()
threads = [threading.Thread(target=work) for _ in range(2)]  # as one worker has them
for t in threads: t.start()
for t in threads: t.join()
peak = lambda who: resource.getrusage(who).ru_maxrss // 1024
print(json.dumps({"reports": len(done), "seconds": round(time.monotonic() - started, 1), "worker MB": peak(resource.RUSAGE_SELF), "PDF process MB": peak(resource.RUSAGE_CHILDREN)}))
"""
EACH = """
import json, time
from datetime import date
from commitments.ledger.canonical import canonical
from commitments.models.report import FORMATS, Schedule
from commitments.readings import changes
from commitments.reports import content, rendering
started = time.monotonic()
frozen = canonical(content.read(Schedule.objects.get(cadence="yearly"), date(2025, 1, 1), date(2025, 12, 31), changes.head()["number"]))
found = {"reading": round(time.monotonic() - started, 2)}
for language in ("en", "zh", "ru"):
    for name in FORMATS:
        started = time.monotonic()
        made = rendering.render(frozen, language, [name])
        found[f"{language} {name}"] = [round(time.monotonic() - started, 2), len(made.get(f"report.{name}", b"")) // 1024]
print(json.dumps(found))
"""


def manage(data: str, *words: str) -> str:
    environment = {**os.environ, "DATA_DIR": data}
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return done.stdout


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tracker-bench-") as data:
        manage(data, "migrate", "-v0")
        manage(data, "load_declaration", "fixtures/sco-afghanistan-2009")
        print("each rendering of the report of 2025: [seconds, kB]")
        for name, figures in json.loads(manage(data, "shell", "-v0", "-c", EACH)).items():
            print(f"  {name}: {figures}")
        manage(data, "shell", "-v0", "-c", DUE)
        print("the report of 2025 in three languages and six formats, one worker with two threads:")
        print(" ", manage(data, "shell", "-v0", "-c", BUILD).strip())
        started = time.monotonic()
        manage(data, "recompute_report", "sco-afg-2009:yearly.2025-01-01.2025-12-31.zh.1", "--from-ledger")
        print(f"recomputed from the ledger, six formats: {time.monotonic() - started:.1f} s")
    print(f"largest child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
