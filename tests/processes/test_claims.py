"""Several hands reach for one report at the same instant: one has it, and the others have the next ones. A builder that lives
keeps what it has, however long it takes, and one that was killed does not."""

import secrets
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import servers
from tests.product import environment, load, run_python

pytestmark = [pytest.mark.processes, pytest.mark.engineless]
HANDS = 4
REACH = """
import threading, time
from django.db import connection, transaction
from commitments import clock
from commitments.models.report import Report
from commitments.reports import due

due.make_due(clock.now())
found = []

def reach():
    claimed = due.claim(clock.now())
    found.append((claimed.report, claimed.attempt))
    connection.close()

with transaction.atomic():  # whose turn it is cannot be written for a second: every hand has seen it by then, and waits
    Report.objects.select_for_update().order_by("turn", "pk").first()
    hands = [threading.Thread(target=reach) for _hand in range(HANDS)]
    for hand in hands:
        hand.start()
    for _while in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= HANDS:
                break
        time.sleep(0.05)
for hand in hands:
    hand.join()
print(len({report for report, attempt in found}), sorted({attempt for report, attempt in found}))
print(sorted(Report.objects.filter(state="building").values_list("attempt", flat=True)))
"""


def test_hands_that_wait_for_one_row_never_have_it_both(tmp_path: Path) -> None:
    with servers.postgres() as database:
        env = environment(tmp_path, 1, DATABASE_URL=database, SECRET_KEY=secrets.token_urlsafe(60))
        load(env)
        done = run_python(env, REACH.replace("HANDS", str(HANDS)))
    assert done.splitlines() == [f"{HANDS} [1]", str([1] * HANDS)]


LIVES = """
import contextlib, time
from datetime import timedelta
from django.db import connection
from commitments import clock, tasks
from commitments.models.report import Report
from commitments.reports import build, due

due.make_due(clock.now())
tried, here = [], clock.now
tasks.nudge = lambda task: True
@contextlib.contextmanager
def ahead():
    if connection.vendor == "postgresql":  # else there is one machine
        clock.now = lambda: here() + timedelta(minutes=10)
    yield
    clock.now = here
def slow(claimed):
    time.sleep(4)  # four times its lease
    with ahead():
        tried.append(tasks.build_reports())  # of a machine whose clock is ten minutes ahead
    other = due.claim(clock.shared())
    tried.append(other is not None and other.report == claimed.report)
    return claimed.report
build.build = slow
Report.objects.exclude(pk=Report.objects.order_by("turn", "pk").first().pk).delete()
build.work_off(clock.shared, limit=1, begun=lambda: time.sleep(2))  # to ask for another hand may take long, too
print(tried)
"""
KILLED = """
import os, signal, time
from django.db import connections
from commitments import clock
from commitments.models.report import Report
from commitments.reports import build, due

Report.objects.update(state="due", attempt=0, lease_until=None)
connections.close_all()
if os.fork() == 0:
    def slow(claimed):
        time.sleep(2)
        os.kill(os.getpid(), signal.SIGKILL)
    build.build = slow
    build.work_off(clock.now, limit=1)
    os._exit(1)
os.wait()
held = Report.objects.filter(state="building").get()
time.sleep(1.5)
again = due.claim(clock.now())
print(again.report == held.pk, again.attempt)
"""


@pytest.mark.parametrize("kind", ["embedded", "servers"])
def test_a_lease_is_renewed_as_long_as_its_builder_lives(kind: str, tmp_path: Path) -> None:
    with ExitStack() as opened:
        more = {}
        if kind == "servers":
            more = {
                "DATABASE_URL": opened.enter_context(servers.postgres()),
                "SECRET_KEY": secrets.token_urlsafe(60),
            }
        env = environment(tmp_path, 1, REPORT_LEASE_SECONDS="1", **more)
        load(env)
        assert run_python(env, LIVES) == "[0, False]"
        assert run_python(env, KILLED) == "True 2"
