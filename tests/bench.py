"""How long reports take, and how much memory: `make bench`. Figures, not a test: they depend on the machine."""

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.many import multiply
from tests.product import load, run_python, told

DUE = """
from commitments import clock
from commitments.models.report import Report
from commitments.reports import due
due.make_due(clock.now())
Report.objects.exclude(period_end="2025-12-31").delete()
"""
BUILD = """
import json, os, re, threading, time
from pathlib import Path
from django.conf import settings
from django.db import connection
from commitments import clock
from commitments.reports import build
mine = f"DATA_DIR={settings.DATA_DIR}".encode()
done, most, over = [], {"worker": 0, "a PDF": 0, "all together": 0}, threading.Event()
def work():
    try:
        while build.work_off(clock.now, limit=1):
            done.append(1)
    finally:
        connection.close()
def megabytes(file, name):
    return int(re.search(rf"^{name}:\\s+(\\d+)", file.read_text(), re.M)[1]) // 1024
def watch():  # this process, the press and its copies, which are nobody's children that would be waited for
    while not over.wait(0.25):
        together = megabytes(Path("/proc/self/smaps_rollup"), "Pss")  # what is shared counts once
        most["worker"] = megabytes(Path("/proc/self/status"), "VmHWM")
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if b"commitments.reports.pdf" in (process / "cmdline").read_bytes().split(b"\\0") and mine in (process / "environ").read_bytes().split(b"\\0"):
                    together += megabytes(process / "smaps_rollup", "Pss")
                    most["a PDF"] = max(most["a PDF"], megabytes(process / "status", "VmHWM"))
            except (OSError, TypeError):
                continue
        most["all together"] = max(most["all together"], together)
threading.Thread(target=watch, daemon=True).start()
started = time.monotonic()
threads = [threading.Thread(target=work) for _ in range(3)]  # as a worker does with what falls due together
for t in threads: t.start()
for t in threads: t.join()
seconds = time.monotonic() - started
over.set()
print(json.dumps({"reports": len(done), "seconds": round(seconds, 1), "MB": most}))
"""
EACH = """
import json, time
from datetime import date
from commitments.ledger.canonical import canonical
from commitments.models.report import FORMATS, Schedule
from commitments.readings import changes
from commitments.reports import content, rendering
started = time.monotonic()
frozen = canonical(content.read(content.Asked.of(Schedule.objects.get(cadence="yearly")), date(2025, 1, 1), date(2025, 12, 31), changes.head()["number"]))
found = {"reading": round(time.monotonic() - started, 2)}
for language in ("en", "zh", "ru"):
    for name in FORMATS:
        started = time.monotonic()
        made = rendering.render(frozen, language, [name])
        found[f"{language} {name}"] = [round(time.monotonic() - started, 2), len(made.get(f"report.{name}", b"")) // 1024]
print(json.dumps(found))
"""


MANY = """
import json, resource, time
from datetime import date
from commitments.ledger.canonical import canonical
from commitments.models.report import FORMATS, Schedule
from commitments.readings import changes
from commitments.reports import content, rendering
started = time.monotonic()
frozen = canonical(content.read(content.Asked.of(Schedule.objects.get(cadence="yearly")), date(2025, 1, 1), date(2025, 12, 31), changes.head()["number"]))
found = {"reading": round(time.monotonic() - started, 1), "MB of the reading": len(frozen) >> 20}
for name in FORMATS:
    before = time.monotonic()
    rendering.render(frozen, "en", [name])
    found[name] = round(time.monotonic() - before, 1)
found["all"] = round(time.monotonic() - started, 1)
found["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps(found))
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tracker-bench-") as data:
        env = {**os.environ, "DATA_DIR": data}
        load(env)
        print("each rendering of the report of 2025: [seconds, kB]")
        for name, figures in json.loads(run_python(env, EACH)).items():
            print(f"  {name}: {figures}")
        run_python(env, DUE)
        print("the report of 2025 in three languages and six formats, one worker:")
        print(" ", run_python(env, BUILD))
        started = time.monotonic()
        told(env, "recompute_report", "sco-afg-2009:yearly.2025-01-01.2025-12-31.zh.1", "--from-ledger")
        print(f"recomputed from the ledger, six formats: {time.monotonic() - started:.1f} s")
    with tempfile.TemporaryDirectory(prefix="tracker-bench-") as data:
        env = {**os.environ, "DATA_DIR": data}
        load(env)
        n = multiply(Path(data) / "tracker.sqlite3", 10_000)
        run_python(env, DUE + "Report.objects.exclude(language='en').delete()")
        print(f"a report over {n} commitments in six formats, one worker:")
        print(" ", run_python(env, BUILD))
        print("each of its formats by itself, in seconds:")
        print(" ", run_python(env, MANY))
    print(f"largest child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
