"""Publications, and what rests on each."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q, QuerySet

from commitments.ledger.subjects import chunks
from commitments.models.declaration import Declaration
from commitments.models.evidence import Evidence, File, Withdrawal
from commitments.models.happening import Happening, HappeningSource, MeasurementSource
from commitments.models.source import MembershipSource, Source
from commitments.readings import judgements
from commitments.readings.changes import versions
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.readings.rows import first, plain
from commitments.readings.words import matching

FILTERS = ("declaration", "source_class", "language", "q", "ordering")
CLASSES = tuple(Source.Class.values)


def listing(parameters: Parameters, moment: Moment) -> list[dict[str, Any]]:
    """Sources with the number of facts that rest on each by the moment."""
    return _described(_wanted(parameters, moment), *_resting(moment))


def in_parts(parameters: Parameters, moment: Moment, at_once: int) -> Iterator[dict[str, Any]]:
    """Those of `listing`, some in memory at a time. The parameters are checked at once."""
    return _in_parts(_wanted(parameters, moment), moment, at_once)


def _in_parts(wanted: "QuerySet[Source]", moment: Moment, at_once: int) -> Iterator[dict[str, Any]]:
    resting = _resting(moment)
    for part in chunks(wanted.values_list("pk", flat=True).iterator(), at_once):
        among = Source.objects.filter(pk__in=part).order_by(*wanted.query.order_by)
        yield from _described(among, *resting)


def _wanted(parameters: Parameters, moment: Moment) -> "QuerySet[Source]":
    rows = Source.objects.filter(recorded__lte=moment.at)
    if code := parameters.known("declaration", Declaration):
        rows = rows.filter(declaration=code)
    if classes := parameters.choices("source_class", CLASSES):
        rows = rows.filter(source_class__in=classes)
    if language := parameters.known("language", Source, "language"):
        rows = rows.filter(language=language)
    if words := parameters.query():
        rows = rows.filter(pk__in=matching(("source",), words))
    ordering = parameters.choice("ordering", ("date", "-date", "title", "publisher")) or "-date"
    return rows.order_by(ordering, "key")


def _resting(moment: Moment) -> tuple[Counter[tuple[str, bool]], set[str]]:
    """How many facts and values rest on each source, verified and not; and which sources are withdrawn."""
    facts = HappeningSource.objects.filter(
        happening__recorded__lte=moment.at, happening__on__lte=moment.as_of
    )
    values = MeasurementSource.objects.filter(measurement__recorded__lte=moment.at).exclude(
        measurement__on__gt=moment.as_of
    )
    resting: Counter[tuple[str, bool]] = Counter(facts.values_list("source_id", "happening__verified"))
    resting.update(values.values_list("source_id", "measurement__verified"))
    resting.update((source, True) for source in MembershipSource.objects.values_list("source_id", flat=True))
    return resting, set(Withdrawal.objects.filter(recorded__lte=moment.at).values_list("pk", flat=True))


def _described(
    rows: "QuerySet[Source]", resting: Counter[tuple[str, bool]], gone: set[str]
) -> list[dict[str, Any]]:
    found = plain(
        rows.values(
            "key", "code", "declaration", "source_class", "title", "publisher", "date", "url", "language",
            "title_is_descriptive", "note",
        )
    )  # fmt: skip
    for row in found:
        row["class"] = row.pop("source_class")
        row["withdrawn"] = row["key"] in gone
        row["facts"], row["unverified"] = resting[row["key"], True], resting[row["key"], False]
    return found


def by_class(moment: Moment, declaration: str) -> dict[str, int]:
    """How many sources of each class."""
    rows = Source.objects.filter(recorded__lte=moment.at, declaration=declaration)
    counted = Counter(rows.values_list("source_class", flat=True))
    return {name: counted[name] for name in CLASSES}


def one(key: str, moment: Moment) -> dict[str, Any] | None:
    """A source with everything that rests on it: facts, values, and the assessments that stand on those facts."""
    row = first(Source.objects.filter(pk=key, recorded__lte=moment.at).values(
        "key", "code", "declaration", "source_class", "title", "publisher", "date", "url", "language",
        "title_is_descriptive", "note",
    ))  # fmt: skip
    if row is None:
        return None
    row["class"] = row.pop("source_class")
    quoted = Evidence.objects.filter(source=key, recorded__lte=moment.at)
    facts = Happening.objects.filter(recorded__lte=moment.at, on__lte=moment.as_of).filter(
        Q(pk__in=HappeningSource.objects.filter(source=key).values("happening"))
        | Q(pk__in=quoted.filter(happening__isnull=False).values("happening"))
    )
    row["happenings"] = plain(
        facts.order_by("-on", "key").values("key", "date", "title", "verified", "category")
    )
    values = MeasurementSource.objects.filter(source=key, measurement__recorded__lte=moment.at).exclude(
        measurement__on__gt=moment.as_of
    )
    row["measurements"] = [
        dict(zip(("indicator", "name", "date", "value", "unit", "verified", "unit_code", "unit_forms"), r, strict=True))
        for r in values.order_by(F("measurement__on").asc(nulls_first=True), "measurement").values_list(
            "measurement__indicator_id", "measurement__indicator__name", "measurement__date", "measurement__value",
            "measurement__indicator__unit_label", "measurement__verified", "measurement__indicator__unit", "measurement__indicator__unit_forms",
        )
    ]  # fmt: skip
    for value in row["measurements"]:
        value["value"] = format(value["value"].normalize(), "f")
        code, forms = value.pop("unit_code"), value.pop("unit_forms")
        value["counted"] = {"unit": code, "unit_label": value["unit"], "unit_forms": forms}
    standing = judgements.standing(moment).filter(effective_on__lte=moment.as_of)
    rests = standing.filter(
        Q(basis__happening__in=[h["key"] for h in row["happenings"]])
        | Q(sources__source=key)
        | Q(evidence__source=key, evidence__recorded__lte=moment.at)
        | Q(pk__in=judgements.resting_on_values(key, moment))
    )
    row["assessments"] = [
        dict(zip(("key", "commitment", "title", "value", "effective_on", "precision"), r, strict=True))
        for r in rests.order_by("commitment__ordinal", "effective_on").distinct().values_list(
            "key", "commitment_id", "commitment__title", "value", "effective_on", "precision",
        )
    ]  # fmt: skip
    disputes = judgements.disputes_of([a["key"] for a in row["assessments"]], moment)
    for assessment in row["assessments"]:
        assessment["disputed"] = any(d["open"] for d in disputes.get(assessment["key"], []))
        assessment["effective_on"] = judgements.iso(assessment["effective_on"])
    withdrawal = (
        Withdrawal.objects.filter(pk=key, recorded__lte=moment.at).values("because", "recorded").first()
    )
    row["withdrawn"] = withdrawal is not None
    row["withdrawn_because"] = withdrawal["because"] if withdrawal else None
    row["files"] = [
        {"name": name, "media_type": kind, "bytes": size, "sha256": digest, "url": f"/files/{digest}/"}
        for digest, name, kind, size in File.objects.filter(source=key, recorded__lte=moment.at)
        .order_by("recorded")
        .values_list("key", "name", "media_type", "size")
    ]
    passages = Evidence.objects.filter(source=key, recorded__lte=moment.at).order_by("recorded")
    row["passages"] = list(
        passages.values(
            "passage", "locator", "accessed_on", "assessment", "happening", "measurement", "commitment"
        )
    )
    row["history"] = versions("source", key, moment.at)
    row["memberships"] = [
        {"group": group, "member": member}
        for group, member in MembershipSource.objects.filter(source=key).values_list("membership__group_id", "membership__member_id")
    ]  # fmt: skip
    return row


def file_of(sha256: str) -> dict[str, Any] | None:
    """An archived copy that the record names."""
    return first(File.objects.filter(pk=sha256).values("name", "media_type", "size", "source"))
