"""Celery tasks: thin wrappers. A task is a hint; what is due stands in the database."""

import errno
import logging
from typing import Any

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from commitments import clock
from commitments.accounts import clients
from commitments.deliveries import mail, rounds, subscriptions, webhooks
from commitments.reports import build, checking, due
from commitments.reports.slots import slot
from commitments.sheets import work

log = logging.getLogger(__name__)


def nudge(task: Any, after: float | None = None) -> bool:
    """Ask a worker to look for work now, or `after` seconds. Without a broker nothing is lost: the next tick looks for it.
    Whether it was asked."""
    try:
        task.apply_async(retry=False, countdown=after)
    except OperationalError as error:
        log.warning("the broker cannot be reached (%s); the next tick looks for the work", error)
        return False
    return True


AT_ONCE = 1  # reports of one task: its time limit is that of one report


@shared_task  # type: ignore[untyped-decorator]
def reconcile() -> int:
    """Make due what is due, and start the work when some is left. Runs each 30 s; twice at once does no harm."""
    made = due.make_due(clock.shared())
    build.sweep()
    clients.forget_answers(clock.shared())
    nudge(build_reports)
    for seconds in due.ends(clock.shared(), settings.RECONCILE_SECONDS):
        nudge(
            build_reports, after=seconds
        )  # what a killed builder held waits for its lease, and not for the next tick
    nudge(check_reports)
    nudge(deliver)
    nudge(send_webhooks)
    nudge(work_sheets)
    return made


@shared_task  # type: ignore[untyped-decorator]
def work_sheets() -> int:
    """Read, check and accept the spreadsheets that wait."""
    done = work.work_off(clock.shared(), limit=1)
    if done:  # reading is followed by checking: at once, and not at the next tick
        nudge(work_sheets)
    return done


@shared_task  # type: ignore[untyped-decorator]
def deliver() -> int:
    """Write the reminders that are due, and send what waits."""
    rounds.remind_when_due(clock.today())
    subscriptions.announce()
    return mail.work_off(clock.shared())


@shared_task  # type: ignore[untyped-decorator]
def send_webhooks() -> int:
    """Make the messages to partners' programs that are due, and send what waits."""
    made = webhooks.plan()
    sent = webhooks.work_off(clock.shared())
    if made or sent:
        nudge(send_webhooks)
    return sent


def _another() -> None:
    if build.has_room():  # else each hand would only find out again that there is none
        nudge(build_reports)


@shared_task  # type: ignore[untyped-decorator]
def build_reports() -> int:
    """Build the report whose turn it is. It asks for another hand when it has one to build, and again when it is done.

    So what falls due together is built side by side, as many as there are slots for, and none is left when one hand fails.
    """
    try:
        with slot() as free:  # else as many as may be are built here already, and each asks for the next
            done = build.work_off(clock.shared, limit=AT_ONCE, begun=_another) if free else 0
    except OSError as error:
        log.exception("a report could not be written")
        if error.errno != errno.ENOSPC:
            nudge(build_reports)
        return 0  # without room the others would fail too: the next tick tries again
    except Exception:
        log.exception("a report could not be made; it is tried again")
        nudge(build_reports)  # it rests for a while: the others go on
        return 0
    if done:
        nudge(build_reports)
        nudge(deliver)
    return done


@shared_task  # type: ignore[untyped-decorator]
def check_reports() -> int:
    """Recompute one report that somebody asked to be recomputed, beside those that are built."""
    done = checking.work_off(clock.shared)
    if done:
        nudge(check_reports)
    return done


def tick() -> None:
    """What a beat does: let a worker reconcile; where none can be reached, do the work here, a piece at a time."""
    if nudge(reconcile):
        return
    due.make_due(clock.shared())
    build.work_off(clock.shared, limit=1)
    checking.work_off(clock.shared)
    rounds.remind_when_due(clock.today())
    subscriptions.announce()
    mail.work_off(clock.shared())
    send_webhooks()
    work.work_off(clock.shared(), limit=1)
