"""What a report says: a reading at the end of its period, compared with the end of the period before.

The reading is frozen as canonical JSON, so its shape is a promise: for one ledger number it has the same bytes in every
release of its format. It names every field that it takes; a change of what it says is a new FORMAT. Once a release was made with
a format, its reader stays; none was made with those before this one. `report.schema.json` describes it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from commitments.ledger.subjects import chunks
from commitments.models.report import Schedule
from commitments.readings import (
    changes,
    commitments,
    corrections,
    happenings,
    indicators,
    judgements,
    organizations,
    overview,
    scopes,
    sources,
)
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.rules import status as rule
from commitments.rules.rollup import roll_up

# 4: events that the charts mark; 5: status year by year, the history of what a brief is about, no value without a date; 6: what
# narrows a report, by its names; which edition it is
FORMAT = 6
SCHEMA = Path(__file__).with_name("report.schema.json")
SILENT = 10
Row = dict[str, Any]
Run = dict[str, list[judgements.Judgement]]


@dataclass(frozen=True)
class Asked:
    """What is read: of which declaration, in which form, under which title, narrowed to which list of commitments; as which
    edition."""

    declaration: str
    form: str
    title: dict[str, str]
    scope: dict[str, str]
    edition: int = 1

    @classmethod
    def of(cls, schedule: Schedule, scope: dict[str, str] | None = None, edition: int = 1) -> "Asked":
        """What a schedule asks for; with a scope of its own for an edition that replaces an earlier one."""
        scope = schedule.scope if scope is None else scope
        return cls(schedule.declaration_id, schedule.form, schedule.title, scope, edition)

    @classmethod
    def again(cls, frozen: Row) -> "Asked":
        """The same as a frozen reading."""
        about, filters = frozen["declaration"]["key"], frozen["scope"]["filters"]
        return cls(about, frozen["form"], frozen["title"], filters, frozen["edition"])

    @property
    def filter(self) -> commitments.Filter:
        """The list of commitments. Raises Refused when the scope names what is not on record."""
        return commitments.Filter.of(Parameters({**self.scope, "declaration": self.declaration}))


@dataclass(frozen=True)
class Compared:
    """The commitments of a report at the end of its period, and at the end of the period before."""

    rows: list[Row]
    before: list[Row]
    counts: Mapping[str, bool]

    def figures(self, keys: Collection[str] | None = None) -> Row:
        """The roll-up now, of all or of some commitments, with the one before beside it."""
        return self._rolled(self.rows, keys) | {"before": self._rolled(self.before, keys)}

    def _rolled(self, rows: list[Row], keys: Collection[str] | None) -> Row:
        values = (row["status"]["value"] for row in rows if keys is None or row["key"] in keys)
        return overview.figures(roll_up(values, self.counts))


def read(asked: Asked, start: date, end: date, at: int) -> Row:
    """The reading that a report freezes: everything that its renderings show, in all languages, from one ledger number."""
    about = overview.declaration_of(asked.declaration)
    assert about is not None
    now, before = Moment(end, at, at), Moment(start - timedelta(days=1), at, at)
    earlier = (
        [_as_it_was(row) for row in commitments.listing(asked.filter, before).rows]
        if asked.form == "report"
        else []
    )
    listing = commitments.listing(asked.filter, now)
    rows = sorted(listing.rows, key=lambda row: row["ordinal"])
    found = _head(asked, about, start, end, at) | {
        # In parts: of thousands, what a list says of each beyond this is not held all at once.
        "commitments": [_commitment(row) for part in chunks(rows) for row in commitments.present(part, now)],
    }
    run = judgements.judgements(now, commitment__declaration=asked.declaration)
    if asked.form == "brief":
        for row in found["commitments"]:
            row["history"] = _history(run.get(row["key"], []), end)
    else:
        compared = Compared(rows, earlier, judgements.counting(about["scale"]))
        found |= _body(asked, about, listing, compared, now, start, run)
    found["sources"] = _sources(found, asked.declaration, now)
    if asked.form == "report":
        found["corrections"] = _corrections(found, asked.declaration, now, start)
    return found


def _body(
    asked: Asked,
    about: Row,
    listing: commitments.Listing,
    compared: Compared,
    now: Moment,
    start: date,
    run: Run,
) -> Row:
    """What a report has and a brief has not."""
    rows, earlier = compared.rows, {row["key"]: row for row in compared.before}
    there = {row["key"] for row in rows}
    steps = _steps(run, rows, now, start)
    figures = compared.figures()
    return {
        "kinds": [{"kind": kind, "n": n} for kind in commitments.KINDS if (n := listing.facets["kind"].get(kind, 0))],
        "before": figures.pop("before"),
        "figures": figures,
        "headline": _headline(rows, compared.before),
        "joined": [_named(r) for r in rows if r["key"] not in earlier],
        "gone": [_named(r) for r in compared.before if r["key"] not in there],
        "entered": [r["key"] for r in rows if r["counts"] and r["key"] in earlier and not earlier[r["key"]]["counts"]],
        "left": [r["key"] for r in rows if not r["counts"] and r["key"] in earlier and earlier[r["key"]]["counts"]],
        "steps": _counted(steps),
        "years": _years(about, rows, now, run),
        "sections": _sections(about, compared, steps),
        "assessments": steps,
        "silent": _silent(rows),
        "disagreements": [_beside(row) for row in rows if row["disagrees"]],
        "disputes": [{"commitment": row["key"], "code": row["code"], "title": row["title"], **_dispute(d)} for row in rows for d in row["disputes"]],
        "portfolios": _portfolios(asked, compared),
        "happenings": _happenings(asked, rows, now, start),
        "events": [{name: e[name] for name in ("key", "date", "on", "title")} for e in overview.events(asked.declaration, now)],
        "indicators": _indicators(asked, rows, now),
    }  # fmt: skip


def _as_it_was(row: Row) -> Row:
    """What is counted of a commitment at the end of the period before; of thousands, the rest is not kept."""
    return {name: row[name] for name in ("key", "code", "section", "title", "counts")} | {
        "status": {"value": row["status"]["value"]}
    }


def _named(row: Row) -> Row:
    return {"key": row["key"], "code": row["code"], "title": row["title"], "value": row["status"]["value"]}


def _head(asked: Asked, about: Row, start: date, end: date, at: int) -> Row:
    """What every form begins with: of what, when, from which record, by which scale."""
    return {
        "format": FORMAT,
        "form": asked.form,
        "title": asked.title,
        "edition": asked.edition,
        "declaration": {
            name: about[name] for name in ("key", "title", "adopted_on", "adopted_at", "legal_nature", "licence", "language")
        },
        "scope": {
            "filters": asked.scope,
            "named": scopes.named([(asked.declaration, asked.scope)])[0],
        },
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "ledger_number": at,
        "ledger_hash": changes.hash_of(at),
        "scale": judgements.scale_values(about["scale"]),
    }  # fmt: skip


def _headline(rows: list[Row], before: list[Row]) -> list[Row]:
    """Each value that occurs, with its number now and then."""
    now, was = (Counter(row["status"]["value"] for row in many) for many in (rows, before))
    return [{"value": v, "n": now[v], "before": was[v]} for v in rule.ORDER if now[v] or was[v]]


def _years(about: Row, rows: list[Row], now: Moment, run: Run) -> list[Row]:
    """How many commitments of the report had each status: on the day of adoption, then at the end of each year of the period."""
    columns = overview.columns(date.fromisoformat(about["adopted_on"]), now.as_of, now.as_of)
    counters = overview.by_year(run, rows, [column["day"] for column in columns])
    return [
        {"year": c["year"], "day": c["day"].isoformat(), "adoption": c["adoption"],
         "counts": {value: counted[value] for value in rule.ORDER if counted[value]}}
        for c, counted in zip(columns, counters, strict=True)
    ]  # fmt: skip


def _history(run: list[judgements.Judgement], until: date) -> list[Row]:
    """The judgements of one commitment in their order, as its band is drawn from them."""
    return [
        {"value": step.assessment.value, "effective_on": step.assessment.effective_on.isoformat(), "precision": step.assessment.precision}
        for step in rule.history(run, until)
    ]  # fmt: skip


def _steps(run: Run, rows: list[Row], now: Moment, start: date) -> list[Row]:
    """The judgements of the period with what each did: changed a value, reaffirmed it, or was the first."""
    found = [
        (step, row)
        for row in rows
        for step in rule.history(run.get(row["key"], []), now.as_of)
        if start <= step.assessment.effective_on
    ]
    found.sort(key=lambda pair: (pair[0].assessment.effective_on, pair[0].assessment.number))
    evidence = judgements.basis_of([step.assessment.key for step, _ in found], now)
    return [
        {**judgements.describe(step.assessment), "before": step.before, "step": _kind_of(step),
         "code": row["code"], "section": row["section"], "title": row["title"],
         "evidence": [_fact(e) for e in evidence.get(step.assessment.key, [])]}
        for step, row in found
    ]  # fmt: skip


def _kind_of(step: rule.Change[Any]) -> str:
    if step.before == rule.NOT_ASSESSED:
        return "first"
    return "changed" if step.moved else "reaffirmed"


def _counted(steps: list[Row]) -> Row:
    kinds = Counter(step["step"] for step in steps)
    return {"assessments": len(steps), **{kind: kinds[kind] for kind in ("changed", "reaffirmed", "first")}}


def _sections(about: Row, compared: Compared, steps: list[Row]) -> list[Row]:
    """Each section of which a commitment is, or was, in the report."""
    found = []
    for section in about["sections"]:
        keys = {r["key"] for r in (*compared.rows, *compared.before) if r["section"] == section["code"]}
        if keys:
            mine = [step for step in steps if step["section"] == section["code"]]
            found.append(
                {
                    "code": section["code"],
                    "title": section["title"],
                    **compared.figures(keys),
                    "steps": _counted(mine),
                }
            )
    return found


def _silent(rows: list[Row]) -> list[Row]:
    """Of what could still move, that of which nothing was heard for longest."""
    waiting = [row for row in rows if row["status"]["value"] in rule.OPEN]
    waiting.sort(key=lambda row: ((row["newest_evidence"] or {}).get("on", ""), row["ordinal"]))
    return [
        {"key": row["key"], "code": row["code"], "title": row["title"], "value": row["status"]["value"],
         "newest_evidence": row["newest_evidence"]}
        for row in waiting[:SILENT]
    ]  # fmt: skip


def _dispute(dispute: Row) -> Row:
    return {
        name: dispute[name]
        for name in (
            "key",
            "kind",
            "organization",
            "name",
            "text",
            "received_on",
            "due_on",
            "open",
            "outcome",
        )
    }


def _beside(row: Row) -> Row:
    """A commitment of which an organization reports another value than the status."""
    return {
        "key": row["key"], "code": row["code"], "title": row["title"], "value": row["status"]["value"],
        "reported": [_reported(r) for r in row["reported"]],
    }  # fmt: skip


def _reported(report: Row) -> Row:
    return {
        "organization": report["organization"], "value": report["value"], "effective_on": report["effective_on"],
        "because": report["because"],
    }  # fmt: skip


def _portfolios(asked: Asked, compared: Compared) -> list[Row]:
    """Each organization with a role in the scope: how its commitments stand now, and before.

    The one that a report is about has them all, also those that it has through a group.
    """
    now = {row["key"] for row in compared.rows}
    by_organization: dict[str, set[str]] = defaultdict(set)
    roles: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, Any] = {}
    for key, linked in commitments.organizations_of(
        list(now | {row["key"] for row in compared.before})
    ).items():
        for link in linked:
            by_organization[link["code"]].add(key)
            roles[link["code"]][link["role"]] += key in now
            names[link["code"]] = link["name"]
    if "via" in asked.scope and (of := organizations.name_of(asked.scope["organization"])):
        by_organization[of["code"]] = now | {row["key"] for row in compared.before}
        names[of["code"]] = of["name"]
    found = [
        {"code": code, "name": names[code], "roles": {r: roles[code][r] for r in commitments.ROLES if roles[code][r]},
         **compared.figures(keys)}
        for code, keys in by_organization.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["commitments"], row["code"]))


def _happenings(asked: Asked, rows: list[Row], now: Moment, start: date) -> list[Row]:
    """Actions and events of the period; of a scope those that are linked to it."""
    keys = {row["key"] for row in rows}
    return [
        {name: h[name] for name in ("key", "category", "kind", "date", "on", "end_date", "title", "description", "verified")}
        | {"organizations": h["organizations"], "commitments": [c for c in h["commitments"] if c in keys],
           "sources": [_source(s) for s in h["sources"]]}
        for h in happenings.listing(happenings.Filter(declaration=asked.declaration), now)
        if start.isoformat() <= h["on"] and (not asked.scope or keys & set(h["commitments"]))
    ]  # fmt: skip


def _indicators(asked: Asked, rows: list[Row], now: Moment) -> list[Row]:
    """Indicators with their values by the end of the period; of a scope those that are linked to it.

    A value without a date belongs to no period, so no report has it.
    """
    keys = {row["key"] for row in rows}
    values = ("date", "on", "value", "low", "high", "verified", "derived")
    return [
        {
            name: i[name]
            for name in ("key", "code", "name", "unit", "unit_label", "unit_forms", "desired_direction")
        }
        | {
            "commitments": [c for c in i["commitments"] if c in keys],
            "measurements": [
                {name: m[name] for name in ("key", *values)} | {"sources": [_source(s) for s in m["sources"]]}
                for m in i["measurements"]
                if m["on"]
            ],
        }
        for i in indicators.listing(now, declaration=asked.declaration)
        if not asked.scope or keys & set(i["commitments"])
    ]


def _corrections(found: Row, declaration: str, now: Moment, start: date) -> list[Row]:
    """What was taken back since the period began, and of its judgements whenever that was; sources that the report names."""
    titles = {row["key"]: {"code": row["code"], "title": row["title"]} for row in found["commitments"]}
    used = {source["key"] for source in found["sources"]}
    first, last = start.isoformat(), now.as_of.isoformat()
    return [
        {**row, **titles.get(row.get("commitment", ""), {})}
        for row in corrections.listing(declaration, now)
        if (row["subject"] in used if row["kind"] == "withdrawn" else row["commitment"] in titles)
        and (first <= row["on"] or first <= row.get("effective_on", "")[:10] <= last)
    ]


_COMMITMENT = (
    "key",
    "code",
    "section",
    "paragraph",
    "kind",
    "title",
    "plain",
    "verifiable",
    "strength",
    "disagrees",
)
_STATUS = (
    "value", "track", "since", "since_precision", "effective_on", "effective_precision", "because", "confidence",
    "assessed_by", "assessment", "counts", "unsupported", "disputed",
)  # fmt: skip


def _commitment(row: Row) -> Row:
    """One commitment with its words in every language, its status and what that rests on."""
    status = row["status"]
    return {
        **{name: row[name] for name in _COMMITMENT},
        "quotations": [
            {name: q[name] for name in ("language", "edition", "role", "start", "end", "exact")} for q in row["quotations"]
        ],
        "organizations": row["organizations"],
        "status": {name: status.get(name) for name in _STATUS} | {"evidence": [_fact(e) for e in status["evidence"]]},
        "reported": [_reported(r) for r in row["reported"]],
        "newest_evidence": row["newest_evidence"],
    }  # fmt: skip


def _fact(fact: Row) -> Row:
    return {
        "kind": fact["kind"], "key": fact["key"], "date": fact["date"], "title": fact["title"], "verified": fact["verified"],
        "sources": [_source(s) for s in fact["sources"]],
        "passages": [{name: p[name] for name in ("source", "passage", "locator", "accessed_on")} for p in fact["passages"]],
    }  # fmt: skip


def _source(source: Row) -> Row:
    return {"key": source["key"], "class": source["class"], "withdrawn": source["withdrawn"]}


def _sources(found: Row, declaration: str, now: Moment) -> list[Row]:
    """The publications that anything in the report rests on, newest first, with the day on which each was read."""
    facts = [fact for row in found["commitments"] for fact in row["status"]["evidence"]]
    facts += [fact for step in found.get("assessments", ()) for fact in step["evidence"]]
    facts += found.get("happenings", ())
    facts += [m for i in found.get("indicators", ()) for m in i["measurements"]]
    used = {source["key"] for fact in facts for source in fact["sources"]}
    accessed: dict[str, str] = {}
    for fact in facts:
        for p in fact.get("passages", ()):
            accessed[p["source"]] = max(accessed.get(p["source"], ""), p["accessed_on"])
    return [
        {name: s[name] for name in ("key", "code", "class", "title", "publisher", "date", "url", "language", "withdrawn")}
        | {"accessed_on": accessed.get(s["key"], "")}
        for s in sources.listing(Parameters({"declaration": declaration}), now)
        if s["key"] in used
    ]  # fmt: skip
