"""The two clocks: what was true on a day, and what was known at an entry of the ledger."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from commitments.readings.changes import head
from commitments.readings.parameters import Parameters, Refused
from commitments.rules.dates import last_day

T = TypeVar("T")
_TRIES = 3


@dataclass(frozen=True)
class Moment:
    """`as_of`: true on that day. `at`: known at that entry; `head` is the last entry there is."""

    as_of: date
    at: int
    head: int
    pinned: bool = False  # whether somebody named the entry: then it stays that one while the ledger moves
    hash: str = ""  # of the head: a restored record reaches the same numbers with other entries

    @property
    def in_past(self) -> bool:
        """Whether entries recorded later are hidden."""
        return self.at < self.head


def resolve(as_of: str | None, at: str | None, today: date) -> Moment:
    """The moment that a request names. Raises Refused for a day after tomorrow or an entry beyond the head."""
    last = head()
    tip = last["number"]
    day, entry = today, tip
    if as_of is not None:
        day = Parameters({"as_of": as_of}).day("as_of", last_day) or today
        if len(as_of) < 10:  # the current month or year is read today
            day = min(day, max(today, date(int(as_of[:4]), int(as_of[5:7] or 1), 1)))
        if day > today + timedelta(days=1):
            words = _("%(day)s lies in the future; the last day is %(last)s")
            raise Refused("as_of", "in-future", words % {"day": day, "last": today + timedelta(days=1)})
    if at is not None:
        if not at.isascii() or not at.isdigit() or len(at) > 18:
            raise Refused("at", "invalid-number", _("a ledger number is a whole number from 0"))
        entry = int(at)
        if entry > tip:
            words = _("%(n)s is beyond the ledger's head, %(head)s") % {"n": entry, "head": tip}
            raise Refused("at", "beyond-head", words)
    return Moment(day, entry, tip, at is not None, last["hash"])


class Unsettled(Exception):
    """The ledger moved during every try; the reader should ask again."""


def consistent(moment: Moment, read: Callable[[Moment], T]) -> tuple[Moment, T]:
    """One reading sees one state: read again when the ledger has moved meanwhile (writes are rare and short).

    When no try was quiet, a snapshot of the database is read, which stands still; tries come first because a snapshot that is
    kept long keeps old rows alive. Returns the moment that was read in the end, with the result. Raises Unsettled where no
    snapshot can be taken, inside a transaction.
    """
    for _try in range(_TRIES):
        failure: Exception | None = None
        try:
            result = read(moment)
        except (
            Exception
        ) as error:  # it may have met two states: what it listed first was gone when it read it
            failure = error
        last = head()
        tip = last["number"]
        if tip == moment.head:
            if failure is not None:
                raise failure
            return moment, result
        moment = _moved(moment, last)
    with _snapshot():
        moment = _moved(moment, head())
        return moment, read(moment)


def _moved(moment: Moment, last: dict[str, Any]) -> Moment:
    """The same moment under another head: it goes with it, unless somebody named its entry."""
    at = moment.at if moment.pinned or moment.in_past else last["number"]
    return replace(moment, at=at, head=last["number"], hash=last["hash"])


@contextmanager
def _snapshot() -> Iterator[None]:
    """What is read within was there at one instant, whatever is written meanwhile; nothing is written within.

    By hand, since Django's transactions take the lock of writers on SQLite and another isolation on PostgreSQL.
    """
    if connection.in_atomic_block:
        raise Unsettled
    connection.ensure_connection()
    begin = {"sqlite": "BEGIN DEFERRED", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
    with closing(connection.connection.cursor()) as plain:
        plain.execute(begin[connection.vendor])
        try:
            yield
        finally:
            plain.execute("ROLLBACK")


def etag(moment: Moment, release: str, path: str, language: str, today: date | None = None) -> str:
    """The strong ETag of a public reply, which is a pure function of these. `today` when the reply shows it."""
    parts = f"{moment.head}\n{moment.hash}\n{moment.as_of}\n{release}\n{path}\n{language}\n{today}"
    return f'"{hashlib.sha256(parts.encode()).hexdigest()[:32]}"'


def matches(header: str, tag: str) -> bool:
    """Whether `If-None-Match` names a tag (weak comparison), or any."""
    listed = parse_etags(header) if header else []
    return "*" in listed or tag in [one.removeprefix("W/") for one in listed]
