"""Several hands reach for one report at the same instant: one has it, and the others have the next ones."""

import secrets
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
