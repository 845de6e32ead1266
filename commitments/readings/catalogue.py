"""Plain lists for the API: declarations, sections, instruments, assessments, the scale."""

from collections.abc import Callable
from datetime import date
from typing import Any

from commitments.models.assessment import Assessment, Scale
from commitments.models.declaration import Commitment, Declaration, Mention, Section
from commitments.models.organization import NamedEntity
from commitments.readings import commitments, judgements, overview
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters, Refused
from commitments.readings.rows import first, plain
from commitments.rules.dates import BadDate, first_day, last_day
from commitments.rules.status import ORDER, changed, history


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


ASSESSMENT_FILTERS = ("declaration", "commitment", "value", "track", "year", "moved")


def assessments(parameters: Parameters, moment: Moment) -> list[dict[str, Any]]:
    """Standing assessments by the moment, newest first. `moved`: those that changed a value, or the others.

    Each has `before`, the value that it found, and `moved`; one that cannot set a status has no `before`.
    """
    declaration = parameters.known("declaration", Declaration)
    commitment = parameters.known("commitment", Commitment)
    values, year = parameters.choices("value", ORDER), parameters.integer("year", 1900, 2200)
    tracks, moved = parameters.choices("track", ("reported", "analyst", "agreed")), parameters.flag("moved")
    only: dict[str, Any] = {"commitment__retired": False}
    if declaration:
        only["commitment__declaration"] = declaration
    if commitment:
        only["commitment"] = commitment
    found = []
    for run in judgements.judgements(moment, **only).values():
        steps = history(run, moment.as_of)
        before = {step.assessment.key: step.before for step in steps}
        changing = {step.assessment.key for step in changed(steps)}
        found += [
            judgements.describe(j) | {"before": before.get(j.key), "moved": j.key in changing}
            for j in run
            if (not values or j.value in values)
            and (not tracks or j.track in tracks)
            and (year is None or j.effective_on.year == year)
            and (moved is None or (j.key in changing) == moved)
        ]
    keys = [row["key"] for row in found]
    disputes, evidence = judgements.disputes_of(keys, moment), judgements.basis_of(keys, moment)
    for row in found:
        row["disputed"] = any(dispute["open"] for dispute in disputes.get(row["key"], []))
        row["unsupported"] = judgements.unsupported(evidence.get(row["key"], []))
    return sorted(found, key=lambda a: (a["effective_on"], a["ledger_number"]), reverse=True)


STATUS_CHANGE_FILTERS = ("declaration", "organization", "section", "from", "to")


def status_changes(parameters: Parameters, moment: Moment) -> list[dict[str, Any]]:
    """What changed in the world: each status that took another value, from a day to a day, in their order.

    The days are those from which the judgements hold; `recorded` says at which entry we learned of it.
    """
    wanted = commitments.Filter.of(
        Parameters(
            {k: v for k, v in parameters.given.items() if k in ("declaration", "organization", "section")}
        )
    )
    first, last = _day(parameters, "from", first_day), _day(parameters, "to", last_day)
    if first and last and last < first:
        raise Refused("to", "invalid-date", f"{last} lies before {first}, from which it is asked")
    among = {row["key"]: row for row in commitments.listing(wanted, moment).rows}
    only: dict[str, Any] = {"commitment__declaration": wanted.declaration} if wanted.declaration else {}
    found = []
    for key, run in judgements.judgements(moment, **only).items():
        if key not in among:
            continue
        for step in changed(history(run, moment.as_of)):
            on = step.assessment.effective_on
            if (first is None or on >= first) and (last is None or on <= last):
                found.append(
                    {
                        "commitment": key, "code": among[key]["code"], "title": among[key]["title"], "on": on.isoformat(),
                        "precision": step.assessment.precision, "before": step.before, "after": step.assessment.value,
                        "because": step.assessment.because, "track": step.assessment.track, "assessment": step.assessment.key,
                        "ledger_number": step.assessment.number,
                    }
                )  # fmt: skip
    return sorted(found, key=lambda row: (row["on"], row["ledger_number"]))


def _day(parameters: Parameters, name: str, bound: Callable[[str], date]) -> date | None:
    text = parameters.text(name)
    try:
        return bound(text) if text else None
    except BadDate as error:
        raise Refused(name, "invalid-date", str(error)) from None


def assessment(key: str, moment: Moment) -> dict[str, Any] | None:
    """One assessment with what it rests on, also when it was replaced or retracted."""
    rows = Assessment.objects.filter(pk=key, recorded__lte=moment.at)
    found = [j for run in judgements.judgements(moment, rows=rows).values() for j in run]
    if not found:
        return None
    standing = judgements.standing(moment, pk=key).exists()
    evidence = judgements.basis_of([key], moment).get(key, [])
    return judgements.describe(found[0]) | {
        "evidence": evidence,
        "unsupported": judgements.unsupported(evidence),
        "disputes": judgements.disputes_of([key], moment).get(key, []),
        "stands": standing,
    }


def scale(key: str) -> dict[str, Any] | None:
    row = first(Scale.objects.filter(pk=key).values("key", "code", "version"))
    return row | {"values": judgements.scale_values(key)} if row else None
