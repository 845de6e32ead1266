"""What is due: rows for periods that have ended, claimed one at a time by compare-and-swap."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from commitments.ledger.wellformed import Refused
from commitments.models.report import IssuedReport, Report, Schedule
from commitments.reports import faults
from commitments.rules.periods import ONCE, Period, due_periods

# Whose turn it is, the lowest first: what somebody waits for; what fell due or was missed, in order; then, newest first, the
# years that lay behind a schedule when it began.
ASKED, _FIRST = -20_000_000, -10_000_000


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
    running = Schedule.objects.filter(paused=False).exclude(cadence=ONCE)
    for schedule in running.select_related("declaration"):
        today = now.astimezone(ZoneInfo(schedule.time_zone)).date()
        rows = Report.objects.filter(schedule=schedule, edition=1)
        first = max(schedule.start, schedule.declaration.adopted_on)
        outside = Q(period_end__lt=first) | (Q(period_start__gt=schedule.end) if schedule.end else Q())
        rows.filter(
            outside, state=Report.State.DUE
        ).delete()  # the schedule was changed before they were begun
        known = set(rows.values_list("period_start", "period_end", "language"))
        beginning = not known  # of a schedule: what lies behind it is built from now back, the newest first
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
                    turn=-period.end.toordinal() if beginning else _FIRST + period.end.toordinal(),
                )
                for period, language, key in wanted
            ],
            ignore_conflicts=True,
        )
        made += sum(key not in issued for _, _, key in wanted)
    return made


def edition_before(report: Report) -> str | None:
    """The issued edition that a report replaces."""
    rows = IssuedReport.objects.filter(
        schedule=report.schedule_id, period_start=report.period_start, period_end=report.period_end, language=report.language,
        edition__lt=report.edition,
    )  # fmt: skip
    key: str | None = rows.order_by("-edition").values_list("key", flat=True).first()
    return key


def ask(
    schedule: Schedule, period: Period, language: str, *, by: str, because: str = "", edition: int = 1
) -> tuple[Report, bool]:
    """Make a report due because somebody asks for it; the one that there is already when it was asked for before."""
    return Report.objects.get_or_create(
        schedule=schedule, period_start=period.start, period_end=period.end, language=language, edition=edition,
        defaults={
            "key": key_of(schedule.pk, period, language, edition), "attempts_allowed": settings.REPORT_ATTEMPTS, "turn": ASKED,
            "asked_by": by, "because": because,
        },
    )  # fmt: skip


def new_edition(issued: IssuedReport, *, by: str, because: str) -> Report:
    """Ask for a new edition of an issued report, read from the record as it is now. Raises Refused."""
    last = (
        Report.objects.filter(
            schedule=issued.schedule_id, period_start=issued.period_start, period_end=issued.period_end, language=issued.language
        )
        .order_by("-edition")
        .first()
    )  # fmt: skip
    if last is not None and last.edition > issued.edition:
        raise Refused("edition", _("a newer edition was asked for already"))
    if not because.strip():
        raise Refused("because", _("must be given"))
    period = Period(issued.period_start, issued.period_end)
    schedule = Schedule.objects.get(pk=issued.schedule_id)
    return ask(
        schedule, period, issued.language, by=by, because=because.strip()[:500], edition=issued.edition + 1
    )[0]


def want_check(report: Report) -> None:
    """Ask for a report to be recomputed; a worker does it."""
    Report.objects.filter(pk=report.pk, state=Report.State.READY).update(check_wanted=True)


def claim(now: datetime) -> Claim | None:
    """Claim the report whose turn it is, of those that are due or whose builder's lease has run out. None: nothing is due."""
    rested = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = rested & Q(state__in=(Report.State.DUE, Report.State.BUILDING))
    for _try in range(10):  # another worker may take the one we saw
        found = Report.objects.filter(waiting).order_by("turn", "pk").first()
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
            faults.reached("claimed")
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
