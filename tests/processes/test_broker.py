"""Without a broker everything works, only later: what is asked for is made by the next tick."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.product import ROOT, environment, load, run_python

pytestmark = [pytest.mark.processes, pytest.mark.engineless]
ASK = """
from django.contrib.auth.models import User
from django.test import Client
from tests.story import cast
from commitments import tasks
from commitments.models.report import Report
cast()
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username="liu"), backend="django.contrib.auth.backends.ModelBackend")
form = {"form": "brief", "scope": "codes=N6.c", "end": "2026-11-01", "languages": ["en"], "formats": ["html"]}
print(tasks.nudge(tasks.build_reports), client.post("/reports/new/", form).status_code, Report.objects.get().state)
tasks.tick()
print(Report.objects.get(schedule__cadence="once").state, Report.objects.count())
"""


def test_a_redis_that_takes_connections_and_says_nothing_holds_a_page_up_for_seconds_only(
    tmp_path: Path,
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        env = environment(tmp_path, 1, REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        started = time.monotonic()
        told = run_python(env, "from commitments import tasks; print(tasks.nudge(tasks.build_reports))")
        assert told == "False" and time.monotonic() - started < 40


def test_a_report_is_asked_for_and_made_without_redis(tmp_path: Path) -> None:
    env = environment(tmp_path, 1, REDIS_URL="redis://127.0.0.1:1/0")
    load(env)
    done = run_python(env, ASK)
    assert done.splitlines() == ["False 302 due", "ready 52"]
    beat = subprocess.Popen([sys.executable, "manage.py", "tick", "--alive", str(tmp_path / "alive")], cwd=ROOT, env=env | {"RECONCILE_SECONDS": "1"}, stderr=subprocess.PIPE, text=True)  # fmt: skip
    until, ready = time.monotonic() + 60, ""
    while time.monotonic() < until and ready < "4":
        ready = run_python(
            env,
            "from commitments.models.report import Report; print(Report.objects.filter(state='ready').count())",
        )
    beat.terminate()
    assert beat.wait(20) == 0 and ready >= "4" and (tmp_path / "alive").exists()
