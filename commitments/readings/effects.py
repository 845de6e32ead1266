"""What a proposal would change: before, after, and the effect on the roll-ups. Nothing is written to find out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from commitments.ledger.payload import Check
from commitments.ledger.subjects import SUBJECTS
from commitments.models.assessment import Assessment
from commitments.models.declaration import Commitment
from commitments.readings import commitments, indicators, judgements, sources
from commitments.readings.judgements import Judgement
from commitments.readings.moment import Moment
from commitments.readings.overview import figures
from commitments.rules.rollup import roll_up


@dataclass
class Effect:
    """The status of one commitment and the figures of its section and declaration, before and after."""

    commitment: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    figures: list[dict[str, Any]] = field(default_factory=list)  # [{"name": Texts | None, "before", "after"}]
    later: bool = (
        False  # the judgement is older than what stands: it changes the past and not the status of the day
    )

    @property
    def moves(self) -> bool:
        return bool(self.before["value"] != self.after["value"])


def of_judgement(payload: Mapping[str, Any], moment: Moment, *, track: str, by: str) -> Effect | None:
    """The effect of an assessment on a track. None while it does not say enough."""
    try:
        day = date.fromisoformat(str(payload.get("effective_on") or ""))
    except ValueError:
        return None
    commitment, value = str(payload.get("commitment") or ""), payload.get("value")
    if not value:
        return None
    added = Judgement(
        "", commitment, str(value), day, "day", track, None, moment.head + 1, dict(payload.get("because") or {}),
        str(payload.get("confidence") or ""), by, None, payload.get("organization"),
    )  # fmt: skip
    return _effect(commitment, moment, added, payload.get("replaces"))


def of_retraction(assessment: str, moment: Moment) -> Effect | None:
    """The effect of taking an assessment back."""
    commitment = Assessment.objects.filter(pk=assessment).values_list("commitment_id", flat=True).first()
    return _effect(commitment, moment, None, assessment) if commitment else None


def _effect(key: str, moment: Moment, added: Judgement | None, removed: str | None) -> Effect | None:
    declaration = Commitment.objects.filter(pk=key).values_list("declaration_id", flat=True).first()
    if declaration is None:
        return None
    listing = commitments.listing(commitments.Filter(declaration=declaration), moment)
    row = next((r for r in listing.rows if r["key"] == key), None)
    if row is None:
        return None
    run = judgements.judgements(moment, commitment=key).get(key, [])
    changed = [j for j in run if j.key != removed] + ([replace(added, commitment=key)] if added else [])
    after = judgements.status_of(changed, moment.as_of, row["declaration__scale"])
    counts = judgements.counting(row["declaration__scale"])
    values = {r["key"]: r["status"]["value"] for r in listing.rows}
    then = values | {key: after["value"]}
    mine = [r["key"] for r in listing.rows if r["section"] == row["section"]]
    lines = [
        {
            "section": section,
            "before": figures(roll_up((values[k] for k in keys), counts)),
            "after": figures(roll_up((then[k] for k in keys), counts)),
        }
        for section, keys in ((row["section"], mine), (None, list(values)))
    ]
    later = added is not None and after["assessment"] != "" and added.track != "reported"
    return Effect(row, row["status"], after, lines, later)


_ADDED = {
    "action": ("kind", "date", "end_date", "title", "description", "organizations", "commitments", "sources"),
    "measurement": ("indicator", "date", "value", "low", "high", "note", "sources"),
    "evidence": ("target", "sources", "passage", "locator", "accessed_on", "file_name"),
}  # fmt: skip


def of_addition(kind: str, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Field by field what a proposal adds: {"field", "before": nothing, "after"}."""
    found = []
    for name in _ADDED[kind]:
        after = payload.get(name)
        if name == "sources" and payload.get("source_title"):
            after = [*(after or []), payload["source_title"]]
        if after:
            found.append({"field": name, "before": "", "after": after})
    return found


def of_silence(payload: Mapping[str, Any], moment: Moment) -> list[dict[str, Any]]:
    """What an action does to the newest evidence of the commitments that it serves: {"code", "before", "after"}."""
    keys = [key for key in payload.get("commitments") or () if isinstance(key, str)]
    day = Check(payload, payload).partial_date("date")  # a draft may say anything
    known = commitments.titles(keys)
    newest = commitments.newest_evidence(moment, commitment__in=list(known))
    found = []
    for key in known:
        before = newest.get(key, {}).get("date", "")
        found.append({"code": known[key]["code"], "before": before, "after": max(before, day)})
    return found


def of_withdrawal(source: str, moment: Moment) -> list[dict[str, Any]]:
    """The standing assessments that would be marked, because they rest on a source: {"key", "commitment", "title", "value"}."""
    found = sources.one(source, moment)
    return found["assessments"] if found else []


def of_measurement(payload: Mapping[str, Any], moment: Moment) -> dict[str, Any] | None:
    """The newest value of an indicator before and after: {"before", "after"}, each {"date", "value"} or None."""
    found = indicators.one(str(payload.get("indicator") or ""), moment)
    check = Check(payload, payload)  # a draft may say anything
    day, value = check.partial_date("date"), check.number("value")
    if found is None or not day or not value:
        return None
    dated = [m for m in found["measurements"] if m["on"] and m["verified"]]
    before = {"date": dated[-1]["date"], "value": dated[-1]["value"]} if dated else None
    added = {"date": day, "value": value}
    return {"before": before, "after": before if before and before["date"] > added["date"] else added}


TEXT_FIELDS = {
    "action_change": ("action", "kind", "date", "end_date", "title", "description", "organizations", "commitments", "sources"),
    "source_change": ("source", "url", "title", "publisher", "date", "source_class", "language"),
}  # fmt: skip


def of_change(kind: str, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Field by field what a change of an action or a source would alter: {"field", "before", "after"}."""
    subject_type, *fields = TEXT_FIELDS[kind]
    key = payload.get(subject_type)
    state = SUBJECTS[subject_type].states([str(key)]).get(str(key)) if key else None
    if state is None:
        return []
    found = []
    for name in fields:
        after = payload.get(name if kind == "action_change" else f"source_{name.removeprefix('source_')}")
        if name == "sources" and payload.get("source_title"):
            after = [*(after or []), payload["source_title"]]
        if after is not None and after != state[name]:
            found.append({"field": name, "before": state[name], "after": after})
    return found
