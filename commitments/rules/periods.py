"""Reporting periods of a calendar: [start, end] in whole days, due on the day after the end."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = {"yearly": 12, "half-yearly": 6, "quarterly": 3, "monthly": 1}
_DAYS = {"weekly": 7, "daily": 1}
CADENCES = (*_MONTHS, *_DAYS)
ONCE = (
    "once"  # asked for by somebody: it has the one period that was asked for, and never falls due by itself
)


@dataclass(frozen=True)
class Period:
    start: date
    end: date

    @property
    def due_on(self) -> date:
        """The first day on which the whole period lies behind."""
        return self.end + timedelta(days=1)


def period_of(cadence: str, day: date) -> Period:
    """The calendar period that holds a day. Weeks are those of ISO 8601, from Monday to Sunday."""
    if cadence in _DAYS:
        first_day = day - timedelta(days=day.weekday() if cadence == "weekly" else 0)
        return Period(first_day, first_day + timedelta(days=_DAYS[cadence] - 1))
    months = _MONTHS[cadence]
    first = (day.month - 1) // months * months + 1
    last = first + months - 1
    return Period(date(day.year, first, 1), date(day.year, last, calendar.monthrange(day.year, last)[1]))


def due_periods(cadence: str, since: date, today: date) -> Iterator[Period]:
    """Periods that have ended before `today`, from the one that holds `since`, oldest first."""
    period = period_of(cadence, since)
    while period.end < today:
        yield period
        period = period_of(cadence, period.due_on)


def next_periods(cadence: str, since: date, today: date, count: int) -> list[Period]:
    """The next periods of a cadence that begins on a day: the one that runs today, or the first, and those after it."""
    period = period_of(cadence, max(since, today))
    found: list[Period] = []
    while len(found) < count:
        found.append(period)
        period = period_of(cadence, period.due_on)
    return found
