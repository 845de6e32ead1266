"""The one place that asks what time it is. Rules and readings take dates as arguments."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """Today in TRACKER_TIME_ZONE."""
    return now().astimezone(ZoneInfo(settings.TRACKER_TIME_ZONE)).date()


def now() -> datetime:
    return timezone.now()
