"""The one place that asks what time it is. Rules and readings take dates as arguments."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils import timezone


def today() -> date:
    """Today in TRACKER_TIME_ZONE."""
    return now().astimezone(ZoneInfo(settings.TRACKER_TIME_ZONE)).date()


def now() -> datetime:
    return timezone.now()


def shared() -> datetime:
    """Now by the clock of the database's machine: all that share it tell by this whether a lease is over, and not by their own."""
    if connection.vendor != "postgresql":  # a file, so one machine
        return now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        told: datetime = cursor.fetchone()[0]
    return told
