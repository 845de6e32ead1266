"""What is due: rows for periods that have ended, claimed one at a time by compare-and-swap."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q

from commitments.models.report import Report, Schedule
from commitments.readings.changes import head
from commitments.rules.periods import due_periods


@dataclass(frozen=True)
class Claim:
    """The right to build a report: it holds while the row still has this attempt number."""

    report: int
    attempt: int


def make_due(now: datetime) -> int:
    """Make a row for each report that is due and has none; safe to run any number of times at once. Returns how many."""
    made = 0
    for schedule in Schedule.objects.filter(paused=False):
        today = now.astimezone(ZoneInfo(schedule.time_zone)).date()
        known = set(Report.objects.filter(schedule=schedule, edition=1).values_list("period_end", "language"))
        rows = [
            Report(
                key=f"{schedule.key}.{period.end}.{language}.1", schedule=schedule, period_start=period.start,
                period_end=period.end, language=language,
            )
            for period in due_periods(schedule.cadence, schedule.start, today)
            if schedule.end is None or period.start <= schedule.end
            for language in schedule.languages
            if (period.end, language) not in known
        ]  # fmt: skip
        Report.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    return made


def claim(now: datetime) -> Claim | None:
    """Claim the newest report that is due, or whose builder's lease has run out. None: nothing is due."""
    waiting = Q(state=Report.State.DUE) | Q(state=Report.State.BUILDING, lease_until__lt=now)
    for _ in range(10):  # another worker may take the one we saw
        found = Report.objects.filter(waiting).order_by("-period_end", "pk").first()
        if found is None:
            return None
        if found.attempt >= settings.REPORT_ATTEMPTS:
            _give_up(found, "the worker stopped while building it")
            continue
        pinned = found.ledger_number if found.ledger_number is not None else head()["number"]
        taken = Report.objects.filter(waiting, pk=found.pk, attempt=found.attempt).update(
            state=Report.State.BUILDING,
            attempt=F("attempt") + 1,
            lease_until=now + timedelta(seconds=settings.REPORT_LEASE_SECONDS),
            ledger_number=pinned,  # at the first claim: a second run gives the same bytes
            step="",
            percent=0,
            failure="",
        )
        if taken:
            return Claim(found.pk, found.attempt + 1)
    return None


def step(claimed: Claim, name: str, percent: int) -> bool:
    """Show how far a build is. False: the claim is lost, and the builder must stop."""
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
    return bool(held.update(step=name, percent=percent))


def failed(claimed: Claim, reason: str) -> None:
    """Note why an attempt failed; the report is due again until its attempts are used up."""
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
    last = claimed.attempt >= settings.REPORT_ATTEMPTS
    held.update(
        state=Report.State.FAILED if last else Report.State.DUE, failure=reason[:2000], lease_until=None
    )


def _give_up(report: Report, reason: str) -> None:
    Report.objects.filter(pk=report.pk, attempt=report.attempt).update(
        state=Report.State.FAILED, failure=f"{report.attempt} attempts: {reason}", lease_until=None
    )
