"""Rebuilding: a database of its own that holds the record exactly as it was at an entry."""

from django.db import transaction

from commitments.ledger import bodies
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.verify import last_bodies
from commitments.models.entry import Body, Entry, Head


class Redacted(ValueError):
    """The record at an entry is gone: words of an earlier one were redacted later."""

    def __init__(self, entry: int, by: int) -> None:
        super().__init__(
            f"entry {entry} was redacted by entry {by}: the record can be rebuilt at {by} or later"
        )


def head_number(using: str = "default") -> int:
    """The number of the last entry."""
    return Head.objects.using(using).get(pk=1).number


def complete_batch(at: int, using: str = "default") -> int:
    """The last entry of the last batch that is complete by `at`."""
    entry = Entry.objects.using(using).filter(number__lte=at).order_by("-number").first()
    if entry is None:
        return 0
    batch: int = entry.batch
    if batch <= at:
        return batch
    first: int = (
        Entry.objects.using(using).filter(batch=batch).order_by("number").values_list("number", flat=True)[0]
    )
    return first - 1


def rebuildable(at: int, using: str = "default") -> int:
    """The last entry of the record that `at` means: the end of a complete batch. Raises Redacted."""
    end = complete_batch(at, using)
    for entry, by in bodies.replacements(using).items():
        if entry <= end < by:
            raise Redacted(entry, by)
    return end


def rebuild(at: int, *, source: str, target: str) -> int:
    """Write the record as of entry `at` (to the end of a complete batch) into the migrated, empty database `target`."""
    end = rebuildable(at, source)
    with transaction.atomic(using=target):
        _copy(end, source, target)
    return end


def _copy(end: int, source: str, target: str) -> None:
    entries = Entry.objects.using(source).filter(number__lte=end).order_by("number")
    bodies = Body.objects.using(source).filter(entry_id__lte=end).order_by("entry_id")
    Entry.objects.using(target).bulk_create(entries.iterator(), batch_size=500)
    Body.objects.using(target).bulk_create(bodies.iterator(), batch_size=500)
    for name, subject in SUBJECTS.items():
        last = last_bodies(name, end, source)
        standing = {key: state for key, (_, _, state) in last.items() if state is not None}
        subject.write(standing, {key: last[key][0] for key in standing}, target)
    tip = entries.last()
    Head.objects.using(target).filter(pk=1).update(number=end, hash=tip.hash if tip else "0" * 64)
