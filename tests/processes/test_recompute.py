"""From the ledger to the same bytes: a report is computed again by a process that has nothing but the record of then."""

from pathlib import Path

import pytest

from tests.product import environment, load, manage, run_python, told

pytestmark = [pytest.mark.processes, pytest.mark.engineless]
KEY = "sco-afg-2009:yearly.2024-01-01.2024-12-31.zh.1"
ONLY = """
from commitments.models.report import Report
Report.objects.exclude(key="{key}").delete()
"""
CHECK = """
from commitments import clock
from commitments.models.report import Report
from commitments.reports import checking
Report.objects.filter(key="{key}").update(check_wanted=True)
print(checking.work_off(clock.now), all(row["same"] for row in Report.objects.get(key="{key}").checked))
"""
MOVE = """
import datetime
from commitments.ledger import verbs
from commitments.ledger.subjects import SUBJECTS
from commitments.models.assessment import Assessment
key = "sco-afg-2009:yearly"
verbs.assess(commitment="sco-afg-2009:N6.c", value="stalled", effective_on=datetime.date(2024, 6, 1), because={"en": "seen"}, confidence="low", by="p", basis=["sco-afg-2009:m-statement"])
verbs.retract(assessment=Assessment.objects.filter(commitment="sco-afg-2009:N2.d").latest("effective_on").pk, because={"en": "no"}, by="p")
state = SUBJECTS["schedule"].states([key])[key]
verbs.amend(subject_type="schedule", subject=key, state=state | {"title": {"en": "Other"}, "scope": {"section": "narcotics"}}, by="p", because="t")
key = "sco-afg-2009:N6.c"
verbs.amend(subject_type="commitment", subject=key, state=SUBJECTS["commitment"].states([key])[key] | {"title": {"en": "Other"}}, by="p", because="t")
"""


def test_a_report_is_recomputed_from_the_ledger_after_everything_has_moved(tmp_path: Path) -> None:
    env = environment(tmp_path, 1, REPORT_FORMATS="html,pdf,docx,xlsx,csv,json")
    load(env)
    run_python(
        env,
        "from commitments import clock\nfrom commitments.reports import due\ndue.make_due(clock.now())"
        + ONLY.format(key=KEY),
    )
    built = run_python(
        env,
        "from commitments import clock\nfrom commitments.reports import build\nprint(build.work_off(clock.now, limit=1))",
    )
    assert built == "1"
    run_python(env, MOVE)
    assert "6 of 6 are the same bytes" in told(env, "recompute_report", KEY, "--from-ledger")
    assert run_python(env, CHECK.format(key=KEY)).split() == ["1", "True"]
    folder = tmp_path / "reports" / KEY.replace(":", "/")
    forged = (folder / "report.json").read_text().replace('"lapsed"', '"fulfilled"', 1)
    (folder / "report.json").write_text(forged)
    found = manage(env, "recompute_report", KEY, "--from-ledger")
    assert found.returncode == 1 and "reading: tampered" in found.stdout and "pdf: same" in found.stdout
    assert "verified" not in manage(env, "verify").stdout
