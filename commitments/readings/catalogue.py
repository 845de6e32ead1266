"""Plain lists for the API: declarations, sections, instruments, assessments, the scale."""

from typing import Any

from commitments.models.assessment import Assessment, Scale
from commitments.models.declaration import Commitment, Declaration, Mention, Section
from commitments.models.organization import NamedEntity
from commitments.readings import judgements, overview
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.readings.rows import first, plain
from commitments.rules.status import ORDER


def declarations() -> list[dict[str, Any]]:
    keys = Declaration.objects.order_by("adopted_on", "key").values_list("key", flat=True)
    return [found for key in keys if (found := overview.declaration_of(key))]


def sections(declaration: str | None = None) -> list[dict[str, Any]]:
    rows = Section.objects.all() if declaration is None else Section.objects.filter(declaration=declaration)
    found = plain(rows.order_by("declaration", "position").values("key", "code", "declaration", "title"))
    for row in found:
        row["commitments"] = 0
    by_key = {row["key"]: row for row in found}
    for section in Commitment.objects.filter(retired=False).values_list("paragraph__section__key", flat=True):
        if section in by_key:
            by_key[section]["commitments"] += 1
    return found


def instruments(category: str | None = None) -> list[dict[str, Any]]:
    """What the texts name that is no organization: instruments, mechanisms, operations, places."""
    rows = NamedEntity.objects.all() if category is None else NamedEntity.objects.filter(category=category)
    found = list(rows.order_by("category", "key").values("key", "category", "kind", "name", "as_in_text"))
    mentions: dict[str, list[str]] = {}
    for entity, commitment in Mention.objects.order_by("commitment__ordinal").values_list(
        "entity_id", "commitment_id"
    ):
        mentions.setdefault(entity, []).append(commitment)
    return [
        {"code": row["key"], "category": row["category"], "type": row["kind"], "name": row["name"],
         "as_in_text": row["as_in_text"], "commitments": mentions.get(row["key"], [])}
        for row in found
    ]  # fmt: skip


ASSESSMENT_FILTERS = ("declaration", "commitment", "value", "track", "year")


def assessments(parameters: Parameters, moment: Moment) -> list[dict[str, Any]]:
    """Standing assessments by the moment, newest first, with what they rest on."""
    only: dict[str, Any] = {}
    if code := parameters.code("declaration"):
        only["commitment__declaration"] = code
    if code := parameters.code("commitment"):
        only["commitment"] = code
    if values := parameters.choices("value", ORDER):
        only["value__in"] = values
    if tracks := parameters.choices("track", ("reported", "analyst", "agreed")):
        only["track__in"] = tracks
    if year := parameters.integer("year", 1900, 2200):
        only["effective_on__year"] = year
    found = [j for run in judgements.judgements(moment, **only).values() for j in run]
    found.sort(key=lambda j: (j.effective_on, j.number), reverse=True)
    return [judgements.describe(j) for j in found]


def assessment(key: str, moment: Moment) -> dict[str, Any] | None:
    """One assessment with what it rests on, also when it was replaced or retracted."""
    rows = Assessment.objects.filter(pk=key, recorded__lte=moment.at)
    found = [j for run in judgements.judgements(moment, rows=rows).values() for j in run]
    if not found:
        return None
    standing = judgements.standing(moment, pk=key).exists()
    return judgements.describe(found[0]) | {
        "evidence": judgements.basis_of([key], moment).get(key, []),
        "stands": standing,
    }


def scale(key: str) -> dict[str, Any] | None:
    row = first(Scale.objects.filter(pk=key).values("key", "code", "version"))
    return row | {"values": judgements.scale_values(key)} if row else None
