"""Recording: a batch of entries in one transaction."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from commitments.ledger.bodies import FORMAT
from commitments.ledger.canonical import body_sha256, canonical, header_hash
from commitments.ledger.subjects import RESTRICTED, SUBJECTS, State, chunks
from commitments.ledger.turns import in_turn
from commitments.ledger.wellformed import Refused, characters
from commitments.models.entry import Body, Entry, Head
from commitments.source.characters import shows_something


class Conflict(Exception):
    """Somebody else wrote to a subject in between; `subjects` names them."""

    def __init__(self, subjects: list[str]) -> None:
        super().__init__(f"written by somebody else in between: {', '.join(subjects)}")
        self.subjects = subjects


@dataclass(frozen=True)
class _Pending:
    verb: str
    subject_type: str
    subject: str
    state: State | None
    because: str
    audience: str = ""  # of a redaction: that of the entry which it redacts


@dataclass
class Batch:
    """Entries of one transaction. `number` is the last of them once the batch is written; a batch of nothing has none."""

    by: str
    because: str
    number: int | None = None
    pending: list[_Pending] = field(default_factory=list)
    expected: dict[tuple[str, str], int] = field(default_factory=dict)

    def record(
        self, verb: str, subject_type: str, subject: str, state: State | None, *,
        because: str = "", expected: int | None = None,
    ) -> None:  # fmt: skip
        """Add an entry with the whole new state of a subject, or None for a tombstone.

        `expected` is the number of the last entry about the subject that the writer has seen (0: none); when another
        has come since, the batch raises Conflict and nothing is written.
        """
        if state is not None:
            state = SUBJECTS[subject_type].checked(subject, state)
        because = because or self.because
        characters("because", because)
        self.pending.append(_Pending(verb, subject_type, subject, state, because))
        if expected is not None:
            self.expected[subject_type, subject] = expected

    def redact(self, number: int, audience: str, replacement: State) -> None:
        """Add the redaction of an entry. Only ledger.redact calls it, which has checked the replacement."""
        self.pending.append(_Pending("redact", "entry", str(number), replacement, self.because, audience))


def last_numbers(subject_type: str, subjects: list[str]) -> dict[str, int]:
    """The last entry about each subject; a subject without one is left out."""
    found: dict[str, int] = {}
    for part in chunks(subjects):
        rows = Entry.objects.filter(subject_type=subject_type, subject__in=part)
        found |= dict(
            rows.values_list("subject").annotate(Max("number")).values_list("subject", "number__max")
        )
    return found


@contextmanager
def batch(*, by: str, because: str, alone: bool = False) -> Iterator[Batch]:
    """A transaction whose entries are numbered, chained and projected when the block ends.

    The counter row is locked last, after all reads, checks and locks of the block, and entries and state follow it:
    so numbers are gapless and in commit order (measured: ids taken earlier lose rows to a polling reader).

    `alone` locks it first instead, for a short block whose reads decide what it writes (the next free key, whether a
    judgement still stands): it waits for the writers before it and sees what they wrote. Such a block takes no other
    lock, so the order stays the same: the counter, then the rows.
    """
    characters("because", because)
    if not shows_something(because):
        raise Refused("because", _("every entry says why"))
    work = Batch(by, because)
    with in_turn(), transaction.atomic():
        if alone:
            _counter()
        yield work
        if work.pending:
            _write(work)


def _counter() -> Head:
    return Head.objects.select_for_update().get(pk=1)  # a later statement reads what the lock waited for


def _write(work: Batch) -> None:
    head = _counter()
    _check_expected(work)
    previous = Entry.objects.filter(number=head.number).values_list("recorded_at", flat=True).first() or ""
    now = max(previous, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    last = head.number + len(work.pending)
    entries, bodies = [], []
    states: dict[str, dict[str, State | None]] = {name: {} for name in (*SUBJECTS, "entry")}
    numbers: dict[str, dict[str, int]] = {name: {} for name in (*SUBJECTS, "entry")}
    for item in work.pending:
        head.number += 1
        salt = secrets.token_hex(16)
        text = canonical({"because": item.because, "format": FORMAT, "state": item.state})
        header: dict[str, Any] = {
            "number": head.number,
            "batch": last,
            "recorded_at": now,
            "actor": work.by,
            "verb": item.verb,
            "subject_type": item.subject_type,
            "subject": item.subject,
            "audience": item.audience or ("restricted" if item.subject_type in RESTRICTED else "public"),
            "body_sha256": body_sha256(salt, text),
            "previous_hash": head.hash,
        }
        head.hash = header_hash(header)
        entries.append(Entry(**header, hash=head.hash))
        bodies.append(Body(entry_id=head.number, salt=salt, text=text))
        states[item.subject_type][item.subject] = item.state
        numbers[item.subject_type][item.subject] = head.number
    Entry.objects.bulk_create(entries, batch_size=500)
    Body.objects.bulk_create(bodies, batch_size=500)
    for name, subject in SUBJECTS.items():
        if states[name]:
            subject.write(states[name], numbers[name], "default")
    for item in work.pending:
        if item.verb == "redact":
            _replace_words(int(item.subject), item.state)
    head.save()
    work.number = head.number


def _replace_words(number: int, replacement: State | None) -> None:
    """Delete the body of a redacted entry, and bring the row to the replacement when the entry is its last."""
    header = Entry.objects.get(pk=number)
    while (
        header.subject_type == "entry"
    ):  # words that were redacted before: back to the entry that said them first
        header = Entry.objects.get(pk=int(header.subject))
    about = Entry.objects.filter(subject_type=header.subject_type, subject=header.subject)
    if replacement is not None and about.latest("number").number == header.number:
        subject = SUBJECTS[header.subject_type]
        if subject.append_only:
            subject.rewrite(header.subject, replacement, "default")
        else:
            subject.write({header.subject: replacement}, {header.subject: header.number}, "default")
    Body.objects.filter(pk=number).delete()


def _check_expected(work: Batch) -> None:
    by_type: dict[str, list[str]] = {}
    for subject_type, subject in work.expected:
        by_type.setdefault(subject_type, []).append(subject)
    clashes = []
    for subject_type, subjects in by_type.items():
        last = last_numbers(subject_type, subjects)
        clashes += [s for s in subjects if last.get(s, 0) != work.expected[subject_type, s]]
    if clashes:
        raise Conflict(sorted(clashes))
