"""Verification: is the record what its ledger says, and does the text say what its anchors say?"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from commitments.archive import store
from commitments.ledger import bodies
from commitments.ledger.canonical import HEADER_FIELDS, body_sha256, canonical, header_hash, sha256
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.triggers import missing
from commitments.models.declaration import Connective, Edition, EditionParagraph, Quotation
from commitments.models.entry import Body, Entry, Head
from commitments.models.evidence import File
from commitments.models.search import SearchText
from commitments.source import anchors

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Fault:
    """What is wrong and, for a fault of the chain, at which entry it stands first."""

    kind: str  # chain, body, head, replay, anchor, coverage, digest, trigger
    what: str
    number: int | None = None

    def __str__(self) -> str:
        place = f"entry {self.number}: " if self.number else ""
        return f"{self.kind}: {place}{self.what}"


def chain(using: str = "default", progress: Progress | None = None) -> Iterator[Fault]:
    """Every header follows from the one before it, every body has its digest. Stops at the first fault."""
    try:
        yield from _links(using, progress)
    except DatabaseError as error:  # the bytes of the file are no rows any more, or a text in it is no UTF-8
        number = _first_unreadable(using)
        yield Fault("chain", f"cannot be read: {str(error)[:200]}", number)


def _first_unreadable(using: str) -> int | None:
    """The first entry whose header or body the database cannot give back."""
    number = 0
    try:
        head = Head.objects.using(using).get(pk=1).number
        for number in range(1, head + 1):
            list(Entry.objects.using(using).filter(pk=number))
            list(Body.objects.using(using).filter(pk=number))
    except DatabaseError:
        return number or None
    return None


def _links(using: str, progress: Progress | None) -> Iterator[Fault]:
    head = Head.objects.using(using).get(pk=1)  # entries that come later are not looked at
    redacted = set(
        Entry.objects.using(using)
        .filter(verb="redact", subject_type="entry")
        .values_list("subject", flat=True)
    )
    rows = Entry.objects.using(using).filter(number__lte=head.number).order_by("number")
    texts = Body.objects.using(using).order_by("entry_id").values_list("entry_id", "salt", "text")
    entries: Any = rows.values(*HEADER_FIELDS, "hash").iterator()
    written: Any = texts.iterator()
    with closing(entries) as headers, closing(written) as bodies:
        yield from _follow(head, headers, bodies, redacted, progress)


def _follow(
    head: Head, headers: Iterator[Any], bodies: Iterator[Any], redacted: set[str], progress: Progress | None
) -> Iterator[Fault]:
    previous, expected = "0" * 64, 1
    body = next(bodies, None)
    for header in headers:
        number = header["number"]
        if number != expected:
            yield Fault("chain", f"number {expected} is missing", expected)
            return
        if header["previous_hash"] != previous:
            yield Fault("chain", "does not continue the entry before it", number)
            return
        if header_hash(header) != header["hash"]:
            yield Fault("chain", "its hash is not that of its header", number)
            return
        while body and body[0] < number:
            body = next(bodies, None)
        if body and body[0] == number:
            if body_sha256(body[1], body[2]) != header["body_sha256"]:
                yield Fault("body", "its body is not the one that was recorded", number)
                return
        elif str(number) not in redacted:
            yield Fault("body", "its body is gone and no redaction names it", number)
            return
        previous, expected = header["hash"], number + 1
        if progress and number % 1000 == 0:
            progress("chain", number)
    if (head.number, head.hash) != (expected - 1, previous):
        yield Fault(
            "head", f"the counter stands at {head.number}, the last entry is {expected - 1}", expected - 1
        )


def last_bodies(
    subject_type: str, at: int | None = None, using: str = "default"
) -> dict[str, tuple[int, int, State | None]]:
    """The last state of every subject by entry `at`: (first number, last number, state)."""
    rows = Entry.objects.using(using).filter(subject_type=subject_type)
    if at is not None:
        rows = rows.filter(number__lte=at)
    last: dict[str, tuple[int, int]] = {}
    for number, subject in rows.order_by("number").values_list("number", "subject"):
        last[subject] = (last.get(subject, (number, 0))[0], number)
    states = bodies.states(subject_type, {number for _, number in last.values()}, using)
    return {
        subject: (first, number, states[number])
        for subject, (first, number) in last.items()
        if number in states
    }


def replay(using: str = "default") -> Iterator[Fault]:
    """The tables hold what the last entry of every subject says, and nothing else."""
    for name, subject in SUBJECTS.items():
        last = last_bodies(name, using=using)
        recorded = {key: body for key, (_, _, body) in last.items() if body is not None}
        try:
            current = subject.states(using=using)
        except DatabaseError:
            yield from _unreadable(name, {key: number for key, (_, number, _) in last.items()}, using)
            continue
        for key in sorted(set(recorded) | set(current)):
            if key not in recorded:
                yield Fault(
                    "replay",
                    f"{name} {key} stands in the tables and not in the ledger",
                    last.get(key, (0, None))[1],
                )
            elif key not in current:
                yield Fault("replay", f"{name} {key} is recorded and not in the tables", last[key][1])
            elif canonical(recorded[key]) != canonical(current[key]):
                fields = [f for f in recorded[key] if recorded[key][f] != current[key].get(f)]
                yield Fault(
                    "replay", f"{name} {key} differs from the ledger in {', '.join(fields)}", last[key][1]
                )


def _unreadable(name: str, last: dict[str, int], using: str) -> Iterator[Fault]:
    """The rows of one kind of subject that the database cannot give back."""
    for key, number in last.items():
        try:
            SUBJECTS[name].states([key], using)
        except DatabaseError as error:
            yield Fault("replay", f"{name} {key} cannot be read: {str(error)[:200]}", number)


def _settled(using: str) -> list[Fault]:
    """The faults of a replay during which nothing was written: a write in between would look like one."""
    for _ in range(8):
        before = Head.objects.using(using).get(pk=1).number
        faults = [*replay(using), *index(using)]
        if not faults or Head.objects.using(using).get(pk=1).number == before:
            break
    return faults


def index(using: str = "default") -> Iterator[Fault]:
    """The index of words holds what its subjects say, and nothing else."""
    held: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for name, key, language, folded in (
        SearchText.objects.using(using).values_list("subject_type", "subject", "language", "folded").iterator()
    ):  # fmt: skip
        held[name, key][language] = folded
    for name, subject in SUBJECTS.items():
        if subject.words is None:
            continue
        try:
            states = subject.states(using=using)
        except DatabaseError:
            continue  # the replay says which row it is
        for key, state in states.items():
            if held.pop((name, key), {}) != subject.indexed(state):
                yield Fault(
                    "replay", f"{name} {key}: the index of words differs", last_entry(name, key, using)
                )
    for name, key in sorted(held):
        if not SUBJECTS[name].model._default_manager.using(using).filter(pk=key).exists():
            yield Fault("replay", f"{name} {key} stands in the index of words and not in the tables")


def last_entry(subject_type: str, subject: str, using: str) -> int | None:
    """The number of the last entry about a subject."""
    rows = Entry.objects.using(using).filter(subject_type=subject_type, subject=subject).order_by("-number")
    return rows.values_list("number", flat=True).first()


def text(using: str = "default") -> Iterator[Fault]:
    """Verbatim or it does not exist; and every sentence is accounted for."""
    for edition in Edition.objects.using(using).all():
        number = last_entry("edition", edition.key, using)
        if edition.sha256 != sha256(edition.text):
            yield Fault("digest", f"edition {edition.key} is not the text that was recorded", number)
        spans: dict[str, list[tuple[int, int]]] = {}
        quoted = list(
            Quotation.objects.using(using).filter(edition=edition)
            .values_list("commitment_id", "commitment__paragraph__key", "role", "start", "end", "exact", "prefix", "suffix")
        )  # fmt: skip
        for commitment, paragraph, role, start, end, exact, prefix, suffix in quoted:
            try:
                anchors.check(edition.text, start, end, exact)
            except anchors.AnchorMismatch as mismatch:
                yield Fault(
                    "anchor", f"{commitment} {role} in {edition.key}: {mismatch}", last_entry("commitment", commitment, using)
                )  # fmt: skip
            else:
                held = anchors.Anchor(start, end, exact, prefix, suffix)
                if (
                    anchors.anchor(edition.text, start, end) != held
                    or anchors.resolve(edition.text, held) != start
                ):
                    yield Fault(
                        "anchor",
                        f"{commitment} {role} in {edition.key}: its quotation does not lead back to {start}",
                        last_entry("commitment", commitment, using),
                    )
            spans.setdefault(paragraph, []).append((start, end))
        connectives = Connective.objects.using(using).filter(edition=edition)
        for paragraph, start, end, exact in connectives.values_list(
            "paragraph__key", "start", "end", "exact"
        ):
            if edition.text[start:end] != exact:
                yield Fault(
                    "anchor", f"connective text of {paragraph} in {edition.key} at {start}–{end}", number
                )
            spans.setdefault(paragraph, []).append((start, end))
        if not quoted and edition.standing != Edition.Standing.AUTHENTIC:
            continue  # a translation without anchors aligns by paragraph
        numbered = ("preamble", "operative", "closing")
        places = EditionParagraph.objects.using(using).filter(edition=edition, paragraph__kind__in=numbered)
        for paragraph, start, end in places.values_list("paragraph__key", "start", "end"):
            for left, right in anchors.uncovered(start, end, spans.get(paragraph, [])):
                yield Fault(
                    "coverage",
                    f"{paragraph} in {edition.key}: “{edition.text[left:right]}” is not accounted for",
                    number,
                )


def copies(using: str = "default") -> Iterator[Fault]:
    """Every archived copy is there and is the one that was recorded."""
    root = Path(settings.ARCHIVE_DIR)
    for digest, recorded in File.objects.using(using).order_by("recorded").values_list("pk", "recorded"):
        if store.read(root, digest) is None:
            yield Fault("digest", f"the archived copy {digest} is gone or changed", recorded)


def verify(using: str = "default", progress: Progress | None = None) -> Iterator[Fault]:
    """Everything: triggers present, chain, replay of the current state, anchors, coverage, digests of texts and files."""
    for name in missing(using):
        yield Fault("trigger", f"{name} is missing")
    broken = False
    for fault in chain(using, progress):
        broken = True
        yield fault
    try:
        if not broken:  # after a broken chain a replay would only repeat its fault in other words
            yield from _settled(using)
        yield from text(using)
        yield from copies(using)
    except DatabaseError as error:
        yield Fault("replay", f"the tables cannot be read: {str(error)[:200]}")
