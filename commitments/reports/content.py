"""What a report says: a reading at the end of its period, compared with the end of the period before."""

from datetime import date, timedelta
from typing import Any

from commitments.models.report import Schedule
from commitments.readings import changes, commitments, happenings, judgements, overview, sources
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.rules import status as rule
from commitments.rules.rollup import roll_up

FORMAT = 2  # 2: the head's hash, and what organizations reported and dispute, beside the status


def read(schedule: Schedule, start: date, end: date, at: int) -> dict[str, Any]:
    """The reading that a report freezes: everything that its pages show, in all languages, from one ledger number."""
    declaration = schedule.declaration_id
    now, before = Moment(end, at, at), Moment(start - timedelta(days=1), at, at)
    about = overview.declaration_of(declaration)
    assert about is not None
    rows = commitments.listing(commitments.Filter(declaration=declaration), now)
    earlier = {
        row["key"]: row
        for row in commitments.listing(commitments.Filter(declaration=declaration), before).rows
    }
    counts = judgements.counting(about["scale"])
    was = roll_up((row["status"]["value"] for row in earlier.values()), counts)
    run = judgements.judgements(now, commitment__declaration=declaration)
    presented = {row["key"]: row for row in commitments.present(rows.rows, now)}
    steps = [
        (step, row)
        for row in rows.rows
        for step in rule.history(run.get(row["key"], []), end)
        if start <= step.assessment.effective_on <= end
    ]
    steps.sort(key=lambda pair: (pair[0].assessment.effective_on, pair[0].assessment.number))
    moved = {
        step.assessment.key
        for row in rows.rows
        for step in rule.changed(rule.history(run.get(row["key"], []), end))
    }
    done = [
        h
        for h in happenings.listing(happenings.Filter(declaration=declaration), now)
        if start.isoformat() <= h["on"]
    ]
    used = {s["key"] for row in presented.values() for e in row["status"]["evidence"] for s in e["sources"]}
    used |= {s["key"] for h in done for s in h["sources"]}
    entered = [k for k, row in _by_key(rows.rows).items() if row["counts"] and not earlier[k]["counts"]]
    left = [k for k, row in _by_key(rows.rows).items() if not row["counts"] and earlier[k]["counts"]]
    return {
        "format": FORMAT,
        "title": schedule.title,
        "declaration": {key: about[key] for key in ("key", "title", "adopted_on", "adopted_at", "legal_nature", "licence")},
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "ledger_number": at,
        "ledger_hash": changes.hash_of(at),
        "disagreements": [row["key"] for row in rows.rows if row["disagrees"]],
        "disputed": [row["key"] for row in rows.rows if row["disputed"]],
        "scale": judgements.scale_values(about["scale"]),
        "kinds": [{"kind": kind, "n": rows.facets["kind"].get(kind, 0)} for kind in commitments.KINDS],
        "figures": overview.figures(rows.rollup),
        "before": overview.figures(was),
        "headline": [
            {"value": value, "n": rows.rollup.by_value.get(value, 0), "before": was.by_value.get(value, 0)}
            for value in rule.ORDER
            if rows.rollup.by_value.get(value, 0) or was.by_value.get(value, 0)
        ],
        "entered": entered,
        "left": left,
        "sections": [
            {
                "code": section["code"],
                "title": section["title"],
                **overview.figures(roll_up((r["status"]["value"] for r in rows.rows if r["section"] == section["code"]), counts)),
            }
            for section in about["sections"]
        ],
        "assessments": [
            {**judgements.describe(step.assessment), "before": step.before, "moved": step.assessment.key in moved,
             "code": row["code"], "title": row["title"]}
            for step, row in steps
        ],
        "silent": [
            {"key": row["key"], "code": row["code"], "title": row["title"], "value": row["status"]["value"],
             "newest_evidence": row["newest_evidence"]}
            for row in sorted(
                (r for r in rows.rows if r["status"]["value"] in rule.OPEN),
                key=lambda r: ((r["newest_evidence"] or {}).get("on", ""), r["ordinal"]),
            )[:10]
        ],
        "happenings": done,
        "commitments": [presented[row["key"]] for row in rows.rows],
        "sources": [s for s in sources.listing(Parameters({"declaration": declaration}), now) if s["key"] in used],
    }  # fmt: skip


def _by_key(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in rows}
