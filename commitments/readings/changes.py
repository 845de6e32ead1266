"""The ledger as it is read: its head, the feed of entries, and batches as people read them."""

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min

from commitments.ledger import bodies
from commitments.ledger.subjects import chunks
from commitments.models.entry import Body, Entry, Head
from commitments.readings.rows import plain

HEADER = (
    "number", "batch", "recorded_at", "actor", "verb", "subject_type", "subject",
    "audience", "body_sha256", "previous_hash", "hash",
)  # fmt: skip


def head() -> dict[str, Any]:
    """The last entry: its number and its hash."""
    number, hash_ = Head.objects.values_list("number", "hash").get(pk=1)
    return {"number": number, "hash": hash_}


def feed(
    after: int, limit: int, *, since: str | None = None, until: str | None = None, audience: str | None = None
) -> list[dict[str, Any]]:
    """Entries after+1, after+2, … in order and without gaps. Salt and body are null when restricted or redacted.

    `since` and `until` are instants as the ledger writes them (`until` is left out); with them or an audience, those that fit.
    """
    rows = Entry.objects.filter(number__gt=after)
    if since:
        rows = rows.filter(recorded_at__gte=since)
    if until:
        rows = rows.filter(recorded_at__lt=until)
    if audience:
        rows = rows.filter(audience=audience)
    entries = list(rows.order_by("number").values(*HEADER)[:limit])
    public = [entry["number"] for entry in entries if entry["audience"] == "public"]
    bodies = {
        number: (salt, json.loads(text))
        for number, salt, text in Body.objects.filter(entry_id__in=public).values_list(
            "entry_id", "salt", "text"
        )
    }
    for entry in entries:
        entry["salt"], entry["body"] = bodies.get(entry["number"], (None, None))
    return entries


def batches(before: int | None, limit: int, after: int = 0) -> list[dict[str, Any]]:
    """Transactions of the record, newest first: one line each, however many entries it has; with `after`, of later entries alone."""
    rows = Entry.objects.filter(number__gt=after)
    if before is not None:
        rows = rows.filter(batch__lt=before)
    found = plain(
        rows.values("batch")
        .annotate(entries=Count("number"), first=Min("number"), last=Max("number"))
        .order_by("-batch")[:limit]
    )
    kinds: dict[int, dict[str, int]] = {}
    counted = Entry.objects.filter(batch__in=[row["batch"] for row in found])
    for batch, subject_type, n in counted.values_list("batch", "subject_type").annotate(Count("number")):
        kinds.setdefault(batch, {})[subject_type] = n
    firsts = {
        e["number"]: e for e in Entry.objects.filter(number__in=[r["first"] for r in found]).values(*HEADER)
    }
    public = [n for n, entry in firsts.items() if entry["audience"] == "public"]
    reasons = {
        n: json.loads(text)["because"]
        for n, text in Body.objects.filter(entry_id__in=public).values_list("entry_id", "text")
    }
    for row in found:
        entry = firsts[row["first"]]
        row |= {
            "recorded_at": entry["recorded_at"], "actor": entry["actor"], "verb": entry["verb"],
            "subject_type": entry["subject_type"], "subject": entry["subject"],
            "because": reasons.get(row["first"]), "kinds": kinds[row["batch"]],
        }  # fmt: skip
    return found


def entries_about(subjects: list[str], at: int) -> list[dict[str, Any]]:
    """Headers of the entries about some subjects, newest first."""
    rows = Entry.objects.filter(subject__in=subjects, number__lte=at, audience="public").order_by("-number")
    return plain(rows.values(*HEADER))


def versions(subject_type: str, subject: str, at: int) -> list[dict[str, Any]]:
    """What a public subject was, oldest first: each entry with its reason and the fields that it changed."""
    rows = Entry.objects.filter(subject_type=subject_type, subject=subject, number__lte=at, audience="public")
    entries = plain(rows.order_by("number").values("number", "recorded_at", "actor", "verb"))
    numbers = [entry["number"] for entry in entries]
    states = bodies.states(subject_type, numbers)
    texts = dict(Body.objects.filter(entry_id__in=numbers).values_list("entry_id", "text"))
    before: dict[str, Any] = {}
    for entry in entries:
        after = states.get(entry["number"]) or {}
        text = texts.get(entry["number"])  # gone when it was redacted: its reason with it
        entry["because"] = json.loads(text)["because"] if text else ""
        entry["changed"] = [
            {"field": name, "before": before[name], "after": value}
            for name, value in after.items()
            if name in before and before[name] != value
        ]
        before = after or before
    return entries


def trail(subject_type: str, subject: str) -> list[dict[str, Any]]:
    """What became of a restricted subject, oldest first, with its reasons: for those who may see it, never for the feed."""
    rows = Entry.objects.filter(subject_type=subject_type, subject=subject).order_by("number")
    entries = plain(rows.values("number", "recorded_at", "actor", "verb"))
    states = bodies.states(subject_type, [entry["number"] for entry in entries])
    for entry in entries:
        entry["reason"] = (states.get(entry["number"]) or {}).get("reason", "")
    return entries


def hash_of(number: int) -> str:
    """The hash of one entry; with its number it says which record somebody cites. Zeros before the first."""
    return Entry.objects.filter(pk=number).values_list("hash", flat=True).first() or "0" * 64


def first_numbers(subject_type: str, subjects: Collection[str]) -> dict[str, int]:
    """The entry with which each subject began."""
    found: dict[str, int] = {}
    for part in chunks(list(subjects)):
        rows = Entry.objects.filter(subject_type=subject_type, subject__in=part)
        found |= dict(rows.values_list("subject").annotate(Min("number")))
    return found


def last_redaction() -> int:
    """The last entry that took words out of an earlier one; 0 when there is none. Otherwise what was sent once never changes."""
    rows = Entry.objects.filter(verb="redact", subject_type="entry")
    return rows.aggregate(last=Max("number"))["last"] or 0


def redactions(at: int) -> list[dict[str, Any]]:
    """Entries that took words out of an earlier one, newest first: {"number", "recorded_at", "actor", "of", "because"}."""
    rows = Entry.objects.filter(verb="redact", subject_type="entry", number__lte=at).order_by("-number")
    found = plain(rows.values("number", "recorded_at", "actor", "subject"))
    texts = dict(
        Body.objects.filter(entry_id__in=[row["number"] for row in found]).values_list("entry_id", "text")
    )
    for row in found:
        text = texts.get(row["number"])
        row["of"], row["because"] = int(row.pop("subject")), json.loads(text)["because"] if text else ""
    return found


def last_by(day: date) -> int:
    """The last entry that was recorded by the end of a day (UTC); 0 when there was none."""
    found = (
        Entry.objects.filter(recorded_at__lt=f"{day.isoformat()}T99")
        .order_by("-number")
        .values_list("number", flat=True)
    )
    return found.first() or 0


def recorded_on(numbers: Collection[int]) -> dict[int, str]:
    """The day (UTC) on which each of some entries was recorded."""
    return {number: instant[:10] for number, instant in instants(numbers).items()}


def instants(numbers: Collection[int]) -> dict[int, str]:
    """The instant (UTC) at which each of some entries was recorded."""
    return dict(Entry.objects.filter(number__in=set(numbers)).values_list("number", "recorded_at"))


def recorded_at(number: int) -> str:
    """The instant (UTC) at which an entry was recorded."""
    return instants([number])[number]


def moved_since(number: int) -> int:
    """Entries since a number that could change a reading: issued reports and grants of roles do not."""
    return (
        Entry.objects.filter(number__gt=number)
        .exclude(subject_type__in=("report", "grant", "proposal", "schedule"))
        .count()
    )


def batch_entries(batch: int, after: int, limit: int) -> list[dict[str, Any]]:
    """The entries of one batch, in order."""
    return list(
        Entry.objects.filter(batch=batch, number__gt=after).order_by("number").values(*HEADER)[:limit]
    )
