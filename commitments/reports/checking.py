"""Reports that somebody asked to be recomputed: done by a worker, the result kept beside the report."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q

from commitments.models.report import Report
from commitments.reports.recompute import CannotRecompute, as_rows, recompute

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)


def work_off(now: Callable[[], datetime]) -> int:
    """Recompute one report that waits for it, from the ledger; returns how many were done.

    It stays wanted until its result is kept: when the worker dies, another takes it after the lease.
    """
    waiting = Q(check_wanted=True, state=Report.State.READY) & (
        Q(check_until=None) | Q(check_until__lt=now())
    )
    found = Report.objects.filter(waiting).order_by("pk").first()
    if found is None or not Report.objects.filter(waiting, pk=found.pk).update(check_until=now() + LEASE):
        return 0
    rows = _compared(found.key)
    Report.objects.filter(pk=found.pk).update(
        checked=rows, checked_at=now(), check_wanted=False, check_until=None
    )
    return 1


def _compared(key: str) -> list[dict[str, Any]]:
    try:
        return as_rows(recompute(key, from_ledger=True))
    except CannotRecompute as cannot:
        why = str(cannot)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        log.exception("%s could not be recomputed", key)
        why = f"it failed with {type(error).__name__}"
    return [{"what": "reading", "issued": "", "on_disk": None, "now": None, "same": False, "why": why}]
