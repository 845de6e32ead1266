"""What is due: rows for periods that have ended, claimed one at a time by compare-and-swap."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from commitments.ledger.wellformed import Refused
from commitments.models.report import IssuedReport, Report, Schedule
from commitments.reports import faults
from commitments.rules.periods import ONCE, Period, due_periods
from commitments.source.characters import unwanted

log = logging.getLogger(__name__)
# Whose turn it is, the lowest first: what somebody waits for; what fell due or was missed, in order; then, newest first, the
# years that lay behind a schedule when it began.
ASKED, _FIRST = -20_000_000, -10_000_000
LONGEST_REASON = 500  # characters
LONGEST = 600  # seconds that a lease is renewed for: a builder that takes longer hangs


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
    _restore()
    made = 0
    for schedule in Schedule.objects.exclude(cadence=ONCE).select_related("declaration"):
        try:
            made += _of_schedule(schedule, now)
        except Exception:  # one schedule that cannot be read holds no other up
            log.exception("what is due of %s cannot be made out", schedule.pk)
    return made


def _restore() -> None:
    """A ready row for each issued report that has none: of a rebuilt or restored record."""
    gone = IssuedReport.objects.exclude(key__in=Report.objects.values("key"))
    Report.objects.bulk_create(
        [
            Report(
                key=issued.key, schedule_id=issued.schedule_id, period_start=issued.period_start, period_end=issued.period_end,
                language=issued.language, edition=issued.edition, state=Report.State.READY, percent=100, ledger_number=issued.ledger_number,
            )
            for issued in gone
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _of_schedule(schedule: Schedule, now: datetime) -> int:
    """The rows of one schedule: what its rule no longer asks for and nobody has begun goes, what it asks for comes."""
    today = now.astimezone(ZoneInfo(schedule.time_zone)).date()
    rows = Report.objects.filter(schedule=schedule, edition=1)
    first = max(schedule.start, schedule.declaration.adopted_on)
    wanted = {
        (period.start, period.end, language)
        for period in due_periods(schedule.cadence, first, today)
        if schedule.end is None or period.start <= schedule.end
        for language in schedule.languages
    }
    known = {row[1:]: row[0] for row in rows.values_list("pk", "period_start", "period_end", "language")}
    not_begun = rows.filter(state=Report.State.DUE, attempt=0, asked_by="")
    not_begun.filter(pk__in=[pk for row, pk in known.items() if row not in wanted]).delete()
    if schedule.paused:
        return 0
    fresh = sorted(wanted - set(known))
    beginning = not known  # of a schedule: what lies behind it is built from now back, the newest first
    Report.objects.bulk_create(
        [
            Report(
                key=key_of(schedule.key, Period(start, end), language), schedule=schedule, period_start=start, period_end=end,
                language=language, attempts_allowed=settings.REPORT_ATTEMPTS,
                turn=-end.toordinal() if beginning else _FIRST + end.toordinal(),
            )
            for start, end, language in fresh
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return len(fresh)


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
    because = " ".join(because.split())
    if not because:
        raise Refused("because", _("must be given"))
    if len(because) > LONGEST_REASON:
        raise Refused("because", _("is longer than %(n)s characters") % {"n": LONGEST_REASON})
    if found := unwanted(because):
        raise Refused("because", _("holds a character that is not allowed: %(what)s") % {"what": found})
    if last is not None and last.edition > issued.edition:
        if last.state != Report.State.FAILED:
            raise Refused("edition", _("a newer edition was asked for already"))
        Report.objects.filter(pk=last.pk).update(because=because, asked_by=by, frozen="", ledger_number=None)
        retry(last)
        return last
    period = Period(issued.period_start, issued.period_end)
    schedule = Schedule.objects.get(pk=issued.schedule_id)
    return ask(schedule, period, issued.language, by=by, because=because, edition=issued.edition + 1)[0]


def new_editions(issued: IssuedReport, *, by: str, because: str) -> list[Report]:
    """Ask for a new edition of an issued report, and of it in the other languages that its schedule has and that have no newer one.

    Raises Refused.
    """
    of = Report.objects.filter(
        schedule=issued.schedule_id, period_start=issued.period_start, period_end=issued.period_end
    )
    newer = of.filter(edition__gt=issued.edition).exclude(state=Report.State.FAILED).values("language")
    others = IssuedReport.objects.filter(
        schedule=issued.schedule_id, period_start=issued.period_start, period_end=issued.period_end, edition=issued.edition,
        language__in=Schedule.objects.get(pk=issued.schedule_id).languages,
    ).exclude(language__in=newer).exclude(pk=issued.pk)  # fmt: skip
    with transaction.atomic():
        return [new_edition(one, by=by, because=because) for one in (issued, *others)]


def want_check(report: Report) -> None:
    """Ask for a report to be recomputed; a worker does it."""
    Report.objects.filter(pk=report.pk, state=Report.State.READY).update(check_wanted=True)


# What is to be built, now or when its rest or its builder's lease is over.
_TO_DO = Q(state__in=(Report.State.DUE, Report.State.BUILDING)) & (
    Q(schedule__paused=False) | ~Q(asked_by="")
)


def ends(now: datetime, within: float, most: int = 8) -> list[float]:
    """Seconds until those leases and rests are over that are so `within` some seconds, and a little more; the first ones."""
    soon = Report.objects.filter(
        _TO_DO, lease_until__gte=now, lease_until__lt=now + timedelta(seconds=within)
    )
    found = soon.order_by("lease_until").values_list("lease_until", flat=True)[:most]
    return [(end - now).total_seconds() + 0.1 for end in found if end]


def claim(now: datetime) -> Claim | None:
    """Claim the report whose turn it is, of those that are due or whose builder's lease has run out. None: nothing is due."""
    waiting = _TO_DO & (Q(lease_until__isnull=True) | Q(lease_until__lt=now))
    for _try in range(10):  # another worker may take the one we saw
        found = Report.objects.filter(waiting).order_by("turn", "pk").first()
        if found is None:
            return None
        if IssuedReport.objects.filter(pk=found.key).exists():  # a worker died between its commit and the end
            Report.objects.filter(pk=found.pk).update(state=Report.State.READY, percent=100, lease_until=None)
            continue
        # The row itself as it was seen, and no condition on another table: with a join, PostgreSQL would compare what was there
        # before it waited for another hand, and both would have it.
        as_seen = Report.objects.filter(
            pk=found.pk, attempt=found.attempt, state=found.state, lease_until=found.lease_until
        )
        if found.attempt >= found.attempts_allowed:
            as_seen.update(
                state=Report.State.FAILED, failure="the worker stopped while building it", lease_until=None
            )
            continue
        taken = as_seen.update(
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


@contextlib.contextmanager
def renewed(claimed: Claim, now: Callable[[], datetime]) -> Iterator[None]:
    """Renew the lease of a claim while its builder lives.

    So a lease can be shorter than a build, and what a killed or stopped worker held is taken over soon. A thread does it, which
    is killed and stopped with its process.
    """
    lease, over = timedelta(seconds=settings.REPORT_LEASE_SECONDS), threading.Event()
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)

    def renew() -> None:
        until = time.monotonic() + LONGEST
        while not over.wait(lease.total_seconds() / 4) and time.monotonic() < until:
            try:
                if not held.update(lease_until=now() + lease):
                    return  # issued, or another's
            except Error as error:  # the next time, perhaps; if not, another builds it
                log.warning("the lease of report %s could not be renewed: %s", claimed.report, error)
            finally:
                with contextlib.suppress(Error):
                    connection.close()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)  # it may wait for its turn to write; after that its row is no longer being built


def freeze(claimed: Claim, number: int, frozen: str) -> tuple[int, str] | None:
    """Keep a reading and the ledger number that it was read at, for all languages of the edition that are still to be made: what a
    period says does not depend on the language. What another hand has kept first holds, and is returned. None: the claim is lost.
    """
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
    if (report := held.first()) is None:
        return None
    Report.objects.filter(
        schedule=report.schedule_id, period_start=report.period_start, period_end=report.period_end, edition=report.edition,
        state__in=(Report.State.DUE, Report.State.BUILDING), frozen="",
    ).update(ledger_number=number, frozen=frozen)  # fmt: skip
    kept = held.values_list("ledger_number", "frozen").first()
    return (kept[0] or number, kept[1]) if kept else None


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


def release(claimed: Claim, now: datetime, because: str = "", *, rest: int = 5) -> None:
    """Give a claim back that is nobody's fault: it counts as none of the attempts, and is due again after `rest` seconds."""
    held = Report.objects.filter(pk=claimed.report, attempt=claimed.attempt, state=Report.State.BUILDING)
    held.update(
        state=Report.State.DUE,
        failure=because,
        lease_until=now + timedelta(seconds=rest),
        attempts_allowed=F("attempts_allowed") + 1,
    )


def retry(report: Report) -> None:
    """Make a failed report due again. Attempts go on counting, so that no zombie of an earlier one can publish."""
    Report.objects.filter(pk=report.pk, state=Report.State.FAILED).update(
        state=Report.State.DUE, lease_until=None, attempts_allowed=F("attempt") + settings.REPORT_ATTEMPTS
    )
