"""What is due: rows for periods that have ended, claimed one at a time by compare-and-swap."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q

from commitments.models.report import IssuedReport, Report, Schedule
from commitments.rules.periods import Period, due_periods


@dataclass(frozen=True)
class Claim:
    """The right to build a report: it holds while the row still has this attempt number."""

    report: int
    attempt: int


def key_of(schedule: str, period: Period, language: str, edition: int = 1) -> str:
    return f"{schedule}.{period.start}.{period.end}.{language}.{edition}"


def make_due(now: datetime) -> int:
    """Make a row for each report that is due and has none; safe to run any number of times at once. Returns how many.

    What the ledger says was issued is ready and never built again, also where the working rows are gone.
    """
    made = 0
    for schedule in Schedule.objects.filter(paused=False).select_related("declaration"):
        today = now.astimezone(ZoneInfo(schedule.time_zone)).date()
        rows = Report.objects.filter(schedule=schedule, edition=1)
        first = max(schedule.start, schedule.declaration.adopted_on)
        outside = Q(period_end__lt=first) | (Q(period_start__gt=schedule.end) if schedule.end else Q())
        rows.filter(
            outside, state=Report.State.DUE
        ).delete()  # the schedule was changed before they were begun
        known = set(rows.values_list("period_start", "period_end", "language"))
        issued = dict(IssuedReport.objects.filter(schedule=schedule).values_list("key", "ledger_number"))
        wanted = [
            (period, language, key_of(schedule.key, period, language))
            for period in due_periods(schedule.cadence, first, today)
            if schedule.end is None or period.start <= schedule.end
            for language in schedule.languages
            if (period.start, period.end, language) not in known
        ]
        Report.objects.bulk_create(
            [
                Report(
                    key=key,
                    schedule=schedule,
                    period_start=period.start,
                    period_end=period.end,
                    language=language,
                    state=Report.State.READY if key in issued else Report.State.DUE,
                    attempts_allowed=settings.REPORT_ATTEMPTS,
                    ledger_number=issued.get(key),
                )
                for period, language, key in wanted
            ],
            ignore_conflicts=True,
        )
        made += sum(key not in issued for _, _, key in wanted)
    return made


def claim(now: datetime) -> Claim | None:
    """Claim the newest report that is due, or whose builder's lease has run out. None: nothing is due."""
    rested = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = rested & Q(state__in=(Report.State.DUE, Report.State.BUILDING))
    for _ in range(10):  # another worker may take the one we saw
        found = Report.objects.filter(waiting).order_by("-period_end", "pk").first()
        if found is None:
            return None
        if found.attempt >= found.attempts_allowed:
            _give_up(found, "the worker stopped while building it")
            continue
        taken = Report.objects.filter(waiting, pk=found.pk, attempt=found.attempt).update(
            state=Report.State.BUILDING,
            attempt=F("attempt") + 1,
            lease_until=now + timedelta(seconds=settings.REPORT_LEASE_SECONDS),
            step="",
            percent=0,
            failure="",
        )
        if taken:
            return Claim(found.pk, found.attempt + 1)
    return None


def freeze(claimed: Claim, number: int, frozen: str) -> bool:
    """Keep the reading and the ledger number that it was read at. False: the claim is lost."""
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
    return bool(held.update(ledger_number=number, frozen=frozen))


def step(claimed: Claim, name: str, percent: int) -> bool:
    """Show how far a build is. False: the claim is lost, and the builder must stop."""
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
    return bool(held.update(step=name, percent=percent))


def failed(claimed: Claim, reason: str, now: datetime) -> None:
    """Note why an attempt failed; it is due again after a while, until its attempts are used up."""
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
    report = held.first()
    if report is None:
        return
    last = claimed.attempt >= report.attempts_allowed
    rest = timedelta(seconds=15 * 4 ** min(claimed.attempt, 4))
    held.update(
        state=Report.State.FAILED if last else Report.State.DUE,
        failure=reason[:2000],
        lease_until=None if last else now + rest,
    )


def retry(report: Report) -> None:
    """Make a failed report due again. Attempts go on counting, so that no zombie of an earlier one can publish."""
    Report.objects.filter(pk=report.pk, state=Report.State.FAILED).update(
        state=Report.State.DUE, lease_until=None, attempts_allowed=F("attempt") + settings.REPORT_ATTEMPTS
    )


def _give_up(report: Report, reason: str) -> None:
    Report.objects.filter(pk=report.pk, attempt=report.attempt).update(
        state=Report.State.FAILED, failure=f"{report.attempt} attempts: {reason}", lease_until=None
    )
