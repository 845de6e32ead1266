"""Assessments as they stand at a moment, the statuses that follow from them, and the age of what they rest on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from commitments.models.assessment import (
    Assessment,
    AssessmentBasis,
    AssessmentSource,
    Retraction,
    ScaleValue,
)
from commitments.models.dispute import Dispute, Outcome
from commitments.models.evidence import Evidence
from commitments.models.happening import HappeningSource, MeasurementSource
from commitments.models.source import Source
from commitments.readings.moment import Moment
from commitments.readings.rows import plain
from commitments.rules import status as rule
from commitments.rules.dates import CUT

Texts = dict[str, str]


@dataclass(frozen=True)
class Judgement:
    """One assessment, as the rules and the readings use it."""

    key: str
    commitment: str
    value: str
    effective_on: date
    precision: str
    track: str
    party: str | None
    number: int
    because: Texts
    confidence: str
    by: str
    replaces: str | None
    organization: str | None = None
    reviewed_by: str = ""
    searched: str = ""
    searched_on: str = ""


def iso(day: date | None, precision: str = "day") -> str | None:
    """A date no more precise than the record."""
    return day.isoformat()[: CUT[precision]] if day else None


def standing(moment: Moment, **only: Any) -> QuerySet[Assessment]:
    """Assessments known at the moment and neither replaced nor retracted by then. `only` are filters."""
    later = Assessment.objects.filter(replaces=OuterRef("pk"), recorded__lte=moment.at)
    gone = Retraction.objects.filter(pk=OuterRef("pk"), recorded__lte=moment.at)
    return (
        Assessment.objects.filter(recorded__lte=moment.at, **only)
        .exclude(Exists(later))
        .exclude(Exists(gone))
    )


def judgements(
    moment: Moment, rows: QuerySet[Assessment] | None = None, **only: Any
) -> dict[str, list[Judgement]]:
    """Standing assessments by commitment, those of the future of `as_of` left out."""
    rows = (standing(moment, **only) if rows is None else rows).filter(effective_on__lte=moment.as_of)
    found: dict[str, list[Judgement]] = defaultdict(list)
    for row in rows.order_by("recorded").values_list(
        "key", "commitment_id", "value", "effective_on", "precision", "track", "party_id", "recorded", "because",
        "confidence", "by", "replaces_id", "organization_id", "reviewed_by", "searched", "searched_on",
    ):  # fmt: skip
        found[row[1]].append(Judgement(*row))
    return found


def by_key(keys: Collection[str], moment: Moment) -> dict[str, Judgement]:
    """Assessments by key, also those that were replaced or retracted."""
    rows = Assessment.objects.filter(pk__in=keys, recorded__lte=moment.at)
    return {j.key: j for run in judgements(moment, rows=rows).values() for j in run}


def describe(judgement: Judgement) -> dict[str, Any]:
    """An assessment as the API has it."""
    return {
        "key": judgement.key,
        "commitment": judgement.commitment,
        "value": judgement.value,
        "effective_on": judgement.effective_on.isoformat(),
        "effective_precision": judgement.precision,
        "track": judgement.track,
        "party": judgement.party,
        "because": judgement.because,
        "confidence": judgement.confidence,
        "assessed_by": judgement.by,
        "reviewed_by": judgement.reviewed_by or None,
        "organization": judgement.organization,
        "searched": {"what": judgement.searched, "on": judgement.searched_on} if judgement.searched else None,
        "ledger_number": judgement.number,
        "replaces": judgement.replaces,
    }


def status_of(run: Iterable[Judgement], as_of: date, scale: str) -> dict[str, Any]:
    """The status of one commitment as the API has it, without its evidence."""
    found = rule.status(run, as_of)
    latest = found.latest
    return {
        "value": found.value,
        "scale": scale,
        "track": latest.track if latest else None,
        "since": iso(found.since),
        "since_precision": found.since_precision,
        "effective_on": iso(latest.effective_on) if latest else None,
        "effective_precision": latest.precision if latest else None,
        "because": latest.because if latest else {},
        "confidence": latest.confidence if latest else None,
        "assessed_by": latest.by if latest else None,
        "assessment": latest.key if latest else None,
    }


def reports_of(run: Iterable[Judgement], as_of: date) -> list[dict[str, Any]]:
    """What each organization itself reported last by a day: beside the status, which it never sets."""
    last: dict[str, Judgement] = {}
    for j in rule.reported(run, as_of):
        last[j.organization or ""] = j
    return [
        {"organization": code or None, "value": j.value, "effective_on": iso(j.effective_on, j.precision),
         "because": j.because, "assessment": j.key}
        for code, j in sorted(last.items())
    ]  # fmt: skip


def disputes_of(assessments: Collection[str], moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """By assessment what organizations replied or disputed by the moment, with the outcome that was known and true then."""
    known = Dispute.objects.filter(
        assessment__in=assessments, recorded__lte=moment.at, received_on__lte=moment.as_of
    )
    if not (rows := list(known.select_related("organization").order_by("recorded"))):
        return {}
    ended = {
        row.pk: row
        for row in Outcome.objects.filter(
            dispute__in=rows, recorded__lte=moment.at, decided_on__lte=moment.as_of
        )
    }
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        outcome = ended.get(row.pk)
        found[row.assessment_id].append(
            {
                "key": row.pk, "kind": row.kind, "organization": row.organization_id, "name": row.organization.name,
                "text": row.text, "received_on": row.received_on.isoformat(),
                "due_on": row.due_on.isoformat() if row.due_on else None,
                "open": row.kind == Dispute.Kind.DISPUTE and outcome is None,
                "overdue": bool(outcome is None and row.due_on and row.due_on < moment.as_of),
                "outcome": {
                    "result": outcome.result, "because": outcome.because, "decided_on": outcome.decided_on.isoformat(),
                    "correction": outcome.correction_id,
                } if outcome else None,
            }
        )  # fmt: skip
    return found


def dispute(key: str, moment: Moment) -> dict[str, Any] | None:
    """One reply or dispute with the assessment that it is about."""
    rows = Dispute.objects.filter(pk=key, recorded__lte=moment.at).select_related("assessment__commitment")
    if (row := rows.first()) is None:
        return None
    about = row.assessment
    found = next((d for d in disputes_of([about.pk], moment).get(about.pk, []) if d["key"] == key), None)
    if found is None:
        return None
    if found["outcome"]:
        found["outcome"]["correction_local"] = (found["outcome"]["correction"] or "").split(":")[-1]
    return found | {
        "assessment": about.pk, "commitment": about.commitment_id, "title": about.commitment.title, "value": about.value,
        "effective_on": iso(about.effective_on, about.precision), "because": about.because,
    }  # fmt: skip


def counting(scale: str) -> dict[str, bool]:
    """Which values of a scale stand in a denominator."""
    return dict(ScaleValue.objects.filter(scale=scale).values_list("value", "counts"))


def scale_values(scale: str) -> list[dict[str, Any]]:
    """The values of a scale in the one order, with label and definition."""
    rows = plain(ScaleValue.objects.filter(scale=scale).values("value", "label", "definition", "counts"))
    order = {value: index for index, value in enumerate(rule.ORDER)}
    return sorted(rows, key=lambda row: order.get(row["value"], len(order)))


SOURCE_FIELDS = (
    "key", "source_class", "title", "publisher", "date", "url", "language", "title_is_descriptive",
    "withdrawal__recorded",
)  # fmt: skip


def basis_of(assessments: Collection[str], moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """By assessment what it rests on, each fact with its sources; sources named directly come last."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = list(
        AssessmentBasis.objects.filter(assessment__in=assessments)
        .order_by("assessment", "position")
        .values_list(
            "assessment_id", "assessment__effective_on", "happening_id", "happening__category", "happening__date",
            "happening__title", "happening__verified", "indicator_id", "indicator__name",
        )
    )  # fmt: skip
    facts = {row[2] for row in rows if row[2]}
    sources = sources_of("happening", facts, moment)
    measured = _measured({row[7] for row in rows if row[7]}, moment)
    values_used = {m.key for many in measured.values() for m in many}
    passages, publications = _passages(assessments, facts, values_used, moment)
    for assessment, effective, happening, category, day, title, verified, indicator, name in rows:
        if happening:
            fact = {
                "kind": category, "key": happening, "date": day, "title": title, "verified": verified,
                "sources": sources.get(happening, []), "passages": passages.get(happening, []),
            }  # fmt: skip
        else:
            last = _read_by(measured.get(indicator, []), effective)
            fact = {
                "kind": "indicator", "key": indicator, "date": last.date if last else "", "title": name, "verified": bool(last),
                "sources": last.sources if last else [], "passages": passages.get(last.key, []) if last else [],
            }  # fmt: skip
        found[assessment].append(fact)
    direct = AssessmentSource.objects.filter(assessment__in=assessments).order_by("assessment", "position")
    for assessment, *values_of in direct.values_list(
        "assessment_id", *(f"source__{name}" for name in SOURCE_FIELDS)
    ):
        item = _source(values_of, moment)
        mine = [p for p in passages.get(assessment, []) if p["source"] == item["key"]]
        found[assessment].append(_as_fact(item, mine))
    named = {(a, fact["key"]) for a, many in found.items() for fact in many}
    for assessment in assessments:  # evidence that was attached after the judgement
        for source in dict.fromkeys(p["source"] for p in passages.get(assessment, [])):
            if (assessment, source) not in named:
                mine = [p for p in passages[assessment] if p["source"] == source]
                found[assessment].append(_as_fact(publications[source], mine))
    for many in found.values():
        many.sort(key=lambda fact: fact["date"], reverse=True)
    return found


def _as_fact(source: dict[str, Any], passages: list[dict[str, Any]]) -> dict[str, Any]:
    """A source that an assessment names itself, in the form of a fact."""
    return {
        "kind": "source", "key": source["key"], "date": source["date"], "title": {}, "verified": True,
        "sources": [source], "passages": passages,
    }  # fmt: skip


def _passages(
    assessments: Collection[str], happenings: Collection[str], measurements: Collection[str], moment: Moment
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, dict[str, Any]]]:
    """Quoted passages by the assessment, happening or value that they support, and their sources by key."""
    rows = Evidence.objects.filter(recorded__lte=moment.at).order_by("recorded")
    rows = (
        rows.filter(assessment__in=assessments)
        | rows.filter(happening__in=happenings)
        | rows.filter(measurement__in=measurements)
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    publications: dict[str, dict[str, Any]] = {}
    fields = [f"source__{name}" for name in SOURCE_FIELDS]
    for assessment, happening, measurement, passage, locator, accessed_on, *source in rows.values_list(
        "assessment_id", "happening_id", "measurement_id", "passage", "locator", "accessed_on", *fields
    ):
        item = _source(source, moment)
        publications[item["key"]] = item
        found[assessment or happening or measurement].append(
            {
                "source": item["key"],
                "passage": passage,
                "locator": locator,
                "accessed_on": accessed_on,
                "withdrawn": item["withdrawn"],
            }
        )
    return found, publications


def unsupported(evidence: Iterable[Mapping[str, Any]]) -> bool:
    """Whether what an assessment rests on was withdrawn since, or is no longer verified."""
    return any(
        not e["verified"] or any(rests["withdrawn"] for rests in (*e["sources"], *e["passages"]))
        for e in evidence
    )


def _source(values: Iterable[Any], moment: Moment) -> dict[str, Any]:
    item = dict(zip(SOURCE_FIELDS, values, strict=True))
    item["class"] = item.pop("source_class")
    withdrawn = item.pop("withdrawal__recorded")
    item["withdrawn"] = withdrawn is not None and withdrawn <= moment.at
    return item


def sources_of(owner: str, keys: Collection[str], moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """The sources of happenings or measurements, by key, in their order."""
    model = {"happening": HappeningSource, "measurement": MeasurementSource}[owner]
    rows = model._default_manager.filter(
        **{f"{owner}__in": keys, "source__recorded__lte": moment.at}
    ).order_by(owner, "position")
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key, *source in rows.values_list(f"{owner}_id", *(f"source__{name}" for name in SOURCE_FIELDS)):
        found[key].append(_source(source, moment))
    return found


@dataclass(frozen=True)
class Measured:
    """A verified value of an indicator as a judgement reads it."""

    key: str
    on: date | None
    date: str
    sources: list[dict[str, Any]]


def _read_by(values: list[Measured], effective_on: date) -> Measured | None:
    """The value that a judgement of a day reads: the last by then."""
    return next((m for m in reversed(values) if m.on and m.on <= effective_on), None)


def _measured(indicators: Collection[str], moment: Moment) -> dict[str, list[Measured]]:
    """The verified values of some indicators that have a source, oldest first."""
    rows = MeasurementSource.objects.filter(
        measurement__indicator__in=indicators,
        measurement__verified=True,
        measurement__recorded__lte=moment.at,
        source__recorded__lte=moment.at,
    ).order_by("measurement__on", "measurement", "position")
    grouped: dict[tuple[str, str], Measured] = {}
    fields = [f"source__{name}" for name in SOURCE_FIELDS]
    for indicator, measurement, on, text, *source in rows.values_list(
        "measurement__indicator_id", "measurement_id", "measurement__on", "measurement__date", *fields
    ):
        value = grouped.setdefault((indicator, measurement), Measured(measurement, on, text, []))
        value.sources.append(_source(source, moment))
    found: dict[str, list[Measured]] = defaultdict(list)
    for (indicator, _), value in grouped.items():
        found[indicator].append(value)
    return found


def resting_on_values(source: str, moment: Moment) -> list[str]:
    """Standing assessments whose indicator reads a value of this source, by its publication or by a passage of it."""
    rows = AssessmentBasis.objects.filter(
        indicator__isnull=False, assessment__in=standing(moment).filter(effective_on__lte=moment.as_of)
    ).values_list("assessment_id", "assessment__effective_on", "indicator_id")
    measured = _measured({indicator for _, _, indicator in rows}, moment)
    quoted = set(
        Evidence.objects.filter(
            source=source, measurement__isnull=False, recorded__lte=moment.at
        ).values_list("measurement_id", flat=True)
    )
    return [
        assessment
        for assessment, effective_on, indicator in rows
        if (value := _read_by(measured.get(indicator, []), effective_on))
        and (value.key in quoted or any(s["key"] == source for s in value.sources))
    ]


def source_rows(keys: Collection[str], moment: Moment) -> list[dict[str, Any]]:
    """Sources by key, newest first."""
    rows = Source.objects.filter(pk__in=keys).order_by("-date", "key").values_list(*SOURCE_FIELDS)
    return [_source(row, moment) for row in rows]
