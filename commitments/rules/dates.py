"""Dates as the record has them: a day, a month or a year. A month or a year counts from its last day."""

import calendar
import re
from datetime import date

_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
PRECISIONS = {4: "year", 7: "month", 10: "day"}
CUT = {name: length for length, name in PRECISIONS.items()}  # characters of a date that is known so precisely


class BadDate(ValueError):
    """Not a date of the calendar."""


def precision(text: str) -> str:
    """`year`, `month` or `day`, by the length of an ISO 8601 date."""
    if len(text) not in PRECISIONS or not _FORM.fullmatch(text):
        raise BadDate(f"“{text}” is not a date: write YYYY-MM-DD, YYYY-MM or YYYY")
    return PRECISIONS[len(text)]


def last_day(text: str) -> date:
    """The day from which a date counts: itself, or the last day of the month or year."""
    precision(text)
    parts = [int(part) for part in text.split("-")]
    try:
        if len(parts) == 1:
            return date(parts[0], 12, 31)
        if len(parts) == 2:
            return date(parts[0], parts[1], calendar.monthrange(parts[0], parts[1])[1])
        return date(*parts)
    except (ValueError, calendar.IllegalMonthError):
        raise BadDate(f"“{text}” is not a day of the calendar") from None


def first_day(text: str) -> date:
    """The first day of a date: where a membership that began in June 2001 begins."""
    last_day(text)
    parts = [int(part) for part in text.split("-")] + [1, 1]
    return date(parts[0], parts[1], parts[2])


def validity(start: str, end: str, on: date) -> str:
    """`not_yet`, `current` or `ended` on a day, over [start, end); an empty bound is open."""
    if start and on < first_day(start):
        return "not_yet"
    if end and on >= first_day(end):
        return "ended"
    return "current"
