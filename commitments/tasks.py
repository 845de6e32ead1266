"""Celery tasks: thin wrappers. A task is a hint; what is due stands in the database."""

import logging

from celery import shared_task

from commitments import clock
from commitments.deliveries import mail, rounds, subscriptions
from commitments.reports import build, checking, due
from commitments.sheets import work

log = logging.getLogger(__name__)
AT_ONCE = 3  # reports of one task: long enough to be worth a message, short enough for the time limit


@shared_task  # type: ignore[untyped-decorator]
def reconcile() -> int:
    """Make due what is due, and start the work when some is left. Runs each 30 s; twice at once does no harm."""
    made = due.make_due(clock.now())
    build.sweep()
    build_reports.delay()
    deliver.delay()
    work_sheets.delay()
    return made


@shared_task  # type: ignore[untyped-decorator]
def work_sheets() -> int:
    """Read, check and accept the spreadsheets that wait."""
    done = work.work_off(clock.now(), limit=1)
    if done:  # reading is followed by checking: at once, and not at the next tick
        work_sheets.delay()
    return done


@shared_task  # type: ignore[untyped-decorator]
def deliver() -> int:
    """Write the reminders that are due, and send what waits."""
    rounds.remind_when_due(clock.today())
    subscriptions.announce()
    return mail.work_off(clock.now())


@shared_task  # type: ignore[untyped-decorator]
def build_reports() -> int:
    """Build some reports, newest first, and ask for more when they were not the last."""
    try:
        done = build.work_off(clock.now, limit=AT_ONCE)
    except Exception:
        log.exception("a report could not be made; it is tried again")
        return 0  # not at once: the next tick starts the work again
    if done:
        build_reports.delay()
        deliver.delay()
    elif checking.work_off(clock.now):
        build_reports.delay()
    return done
