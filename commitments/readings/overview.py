"""The overview of a declaration: its roll-up, its years, its score, what moved last and what is silent longest."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from commitments.models.assessment import Assessment
from commitments.models.declaration import Declaration, Party, Section
from commitments.models.happening import Happening, Indicator, Measurement
from commitments.readings import commitments, judgements, sources
from commitments.readings.moment import Moment
from commitments.readings.rows import first
from commitments.rules import status as rule
from commitments.rules.rollup import Rollup, roll_up


def declaration_of(key: str) -> dict[str, Any] | None:
    """A declaration with its sections, parties and editions."""
    row = first(Declaration.objects.filter(pk=key).values(
        "key", "title", "adopted_on", "adopted_at", "event", "legal_nature", "language", "scale", "companions",
        "verification", "licence",
    ))  # fmt: skip
    if row is None:
        return None
    row["adopted_on"] = row["adopted_on"].isoformat()
    row["sections"] = list(
        Section.objects.filter(declaration=key).order_by("position").values("key", "code", "title")
    )
    parties = (
        Party.objects.filter(declaration=key)
        .order_by("position")
        .values("organization", "organization__name", "capacity")
    )
    row["parties"] = [p for p in parties if p["capacity"] == "party"]
    row["parties_at_adoption"] = [p for p in parties if p["capacity"] == "at_adoption"]
    return row


def columns(adopted: date, today: date, as_of: date) -> list[dict[str, Any]]:
    """The year rule: the day of adoption, then the end of each year to today. `current` is the column of `as_of`."""
    found = [{"year": adopted.year, "day": adopted, "adoption": True, "current": as_of == adopted}]
    for year in range(adopted.year, max(today.year, as_of.year) + 1):
        last = min(date(year, 12, 31), max(today, as_of))
        current = as_of.year == year and not found[0]["current"]
        found.append(
            {"year": year, "day": last, "adoption": False, "current": current, "today": last >= today}
        )
    return found


def by_year(
    run: dict[str, list[judgements.Judgement]], rows: list[dict[str, Any]], days: list[date]
) -> list[Counter[str]]:
    """How many commitments have each status on each of some days."""
    return [Counter(rule.status(run.get(row["key"], []), day).value for row in rows) for day in days]


def read(key: str, moment: Moment, today: date) -> dict[str, Any] | None:
    """Everything on the overview."""
    declaration = declaration_of(key)
    if declaration is None:
        return None
    listing = commitments.listing(commitments.Filter(declaration=key), moment)
    rows, counts = listing.rows, judgements.counting(declaration["scale"])
    adopted = date.fromisoformat(declaration["adopted_on"])
    # The chart shows every year, whatever as_of is: later years stand beside it, the rest of the page does not know them.
    all_years = Moment(max(today, moment.as_of), moment.at, moment.head)
    run = judgements.judgements(all_years, commitment__declaration=key)
    years = columns(adopted, today, moment.as_of)
    counters = by_year(run, rows, [column["day"] for column in years])
    for column, counter in zip(years, counters, strict=True):
        column["counts"] = {value: counter[value] for value in rule.ORDER if counter[value]}
        column["day"] = column["day"].isoformat()
    steps = sorted(
        (
            step
            for row in rows
            for step in rule.changed(rule.history(run.get(row["key"], []), moment.as_of))
        ),
        key=lambda step: (step.assessment.effective_on, step.assessment.number),
        reverse=True,
    )  # fmt: skip
    by_key = {row["key"]: row for row in rows}
    silent = sorted(
        (row for row in rows if row["status"]["value"] in rule.OPEN),
        key=lambda row: ((row["newest_evidence"] or {}).get("on", ""), row["ordinal"]),
    )
    return {
        "declaration": declaration,
        "kinds": {kind: listing.facets["kind"].get(kind, 0) for kind in commitments.KINDS},
        "rollup": listing.rollup,
        "sections": [
            {**section, "rows": mine, "rollup": roll_up((r["status"]["value"] for r in mine), counts)}
            for section in declaration["sections"]
            if (mine := [row for row in rows if row["section"] == section["code"]])
        ],
        "years": years,
        "scale": judgements.scale_values(declaration["scale"]),
        "changes": [
            {"row": by_key[s.assessment.commitment], "before": s.before, **judgements.describe(s.assessment)}
            for s in steps
        ],
        "silent": silent,
        "disagreements": sum(row["disagrees"] for row in rows),
        "disputed": sum(row["disputed"] for row in rows),
        "rests_on": rests_on(key, moment),
        "events": events(key, moment),
        "rows": rows,
    }


def facts(key: str, moment: Moment) -> QuerySet[Happening]:
    return Happening.objects.filter(declaration=key, on__lte=moment.as_of, recorded__lte=moment.at)


def measured_values(key: str, moment: Moment) -> QuerySet[Measurement]:
    rows = Measurement.objects.filter(indicator__declaration=key, recorded__lte=moment.at)
    return rows.exclude(on__gt=moment.as_of)


def standing_judgements(key: str, moment: Moment) -> QuerySet[Assessment]:
    rows = judgements.standing(moment, commitment__declaration=key)
    return rows.filter(effective_on__lte=moment.as_of)


def rests_on(key: str, moment: Moment) -> dict[str, Any]:
    """How much is on record by the moment; what is not verified is listed and not counted as a fact."""
    ready, measured = facts(key, moment), measured_values(key, moment)
    kinds = dict(ready.filter(verified=True).values_list("category").annotate(Count("pk")))
    by_class = sources.by_class(moment, key)
    return {
        "assessments": standing_judgements(key, moment).count(),
        "actions": kinds.get("action", 0),
        "events": kinds.get("event", 0),
        "unverified": ready.filter(verified=False).count(),
        "indicators": Indicator.objects.filter(declaration=key, recorded__lte=moment.at).count(),
        "measurements": measured.filter(verified=True).count(),
        "unverified_measurements": measured.filter(verified=False).count(),
        "sources": sum(by_class.values()),
        "by_class": by_class,
    }


MARKED_KINDS = ("end", "regime_change")  # events that the year rule marks: a change of circumstances


def events(key: str, moment: Moment) -> list[dict[str, Any]]:
    """Changes of circumstances by `as_of`: the two that most judgements cite, as the record was at `at`, by their day."""
    rows = Happening.objects.filter(
        declaration=key,
        category="event",
        kind__in=MARKED_KINDS,
        verified=True,
        on__lte=moment.as_of,
        recorded__lte=moment.at,
    )
    known = Q(bases__assessment__recorded__lte=moment.at)
    counted = rows.annotate(cited=Count("bases", filter=known, distinct=True)).order_by(
        "-cited", "on", "key"
    )[:2]
    found = [{"key": h.key, "date": h.date, "on": h.on.isoformat(), "title": h.title} for h in counted]
    return sorted(found, key=lambda event: (event["on"], event["key"]))


def summary(key: str, moment: Moment) -> dict[str, Any] | None:
    """The figures of the headline as the API has them."""
    declaration = declaration_of(key)
    if declaration is None:
        return None
    listing = commitments.listing(commitments.Filter(declaration=key), moment)
    counts = judgements.counting(declaration["scale"])
    return {
        "declaration": key,
        "as_of": moment.as_of.isoformat(),
        "ledger_number": moment.at,
        "scale": declaration["scale"],
        "total": listing.rollup.total,
        "kinds": {kind: listing.facets["kind"].get(kind, 0) for kind in commitments.KINDS},
        **figures(listing.rollup),
        "disagreements": sum(row["disagrees"] for row in listing.rows),
        "disputed": sum(row["disputed"] for row in listing.rows),
        "sections": {
            section["code"]: figures(
                roll_up(
                    (r["status"]["value"] for r in listing.rows if r["section"] == section["code"]), counts
                )
            )
            for section in declaration["sections"]
        },
        "rests_on": rests_on(key, moment),
    }


def figures(rollup: Rollup) -> dict[str, Any]:
    """A roll-up as k of n: a share is null, never 0, when nothing counts."""
    share = rollup.share("fulfilled")
    return {
        "commitments": rollup.total,
        "counting": rollup.counting,
        "not_counting": rollup.not_counting,
        "by_status": rollup.by_value,
        "fulfilled": {
            "k": rollup.by_value.get("fulfilled", 0) if rollup.counting else None,
            "n": rollup.counting or None,
            "percent": int(share) if share is not None else None,
        },
    }
