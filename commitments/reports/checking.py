"""Reports that somebody asked to be recomputed: done by a worker, the result kept beside the report."""

from collections.abc import Callable
from datetime import datetime

from commitments.models.report import Report
from commitments.reports.recompute import CannotRecompute, as_rows, recompute


def work_off(now: Callable[[], datetime]) -> int:
    """Recompute one report that waits for it, from the ledger; returns how many were done."""
    found = Report.objects.filter(check_wanted=True, state=Report.State.READY).order_by("pk").first()
    if found is None or not Report.objects.filter(pk=found.pk, check_wanted=True).update(check_wanted=False):
        return 0
    try:
        rows = as_rows(recompute(found.key, from_ledger=True))
    except CannotRecompute as cannot:
        rows = [
            {"what": "reading", "issued": "", "on_disk": None, "now": None, "same": False, "why": str(cannot)}
        ]
    Report.objects.filter(pk=found.pk).update(checked=rows, checked_at=now())
    return 1
