"""Reporting periods of a calendar: [start, end] in whole days, due on the day after the end."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

CADENCES = {"yearly": 12, "half-yearly": 6, "quarterly": 3, "monthly": 1}


@dataclass(frozen=True)
class Period:
    start: date
    end: date

    @property
    def due_on(self) -> date:
        """The first day on which the whole period lies behind."""
        return self.end + timedelta(days=1)


def period_of(cadence: str, day: date) -> Period:
    """The calendar period that holds a day."""
    months = CADENCES[cadence]
    first = (day.month - 1) // months * months + 1
    last = first + months - 1
    return Period(date(day.year, first, 1), date(day.year, last, calendar.monthrange(day.year, last)[1]))


def due_periods(cadence: str, since: date, today: date) -> Iterator[Period]:
    """Periods that have ended before `today`, from the one that holds `since`, oldest first."""
    period = period_of(cadence, since)
    while period.end < today:
        yield period
        period = period_of(cadence, period.due_on)
