"""Reports: what is due, what is being built and what was issued."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Case, Q, QuerySet, When

from commitments.models.report import IssuedReport, Report, Schedule
from commitments.readings import changes, scopes
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.readings.rows import plain
from commitments.rules.periods import ONCE, period_of

# The newest period on top; of those that end on one day, what fell due before what somebody asked for, and the longest first.
_NEWEST = ("-period_end", Case(When(schedule__cadence=ONCE, then=1), default=0), "period_start", "schedule")
FILTERS = ("schedule", "language", "state", "year", "form")


def narrowed(parameters: Parameters) -> dict[str, Any]:
    """The parameters of a list as filters of its rows."""
    only = {
        "schedule": parameters.known("schedule", Schedule),
        "language": parameters.choice("language", ("en", "zh", "ru")),
        "state": parameters.choice("state", Report.State.values),
        "period_end__year": parameters.integer("year", 1900, 2200),
        "schedule__form": parameters.choice("form", ("report", "brief")),
    }
    return {name: value for name, value in only.items() if value}


def known(moment: Moment, **only: Any) -> "QuerySet[Report]":
    """Those that were issued by then; and, when that is now, those that are on their way."""
    issued = IssuedReport.objects.filter(recorded__lte=moment.at).values("pk")
    there = Q(key__in=issued) if moment.in_past else ~Q(state=Report.State.READY) | Q(key__in=issued)
    return Report.objects.filter(there, **only)


def periods(moment: Moment, first: int, most: int, **only: Any) -> list[list[dict[str, Any]]]:
    """Reports by schedule and period, newest period first: the reports of each of `most` periods from the one numbered `first`."""
    rows = known(moment, **only).values_list("schedule", "period_start", "period_end").distinct()
    wanted = list(rows.order_by(*_NEWEST)[first : first + most])
    if not wanted:
        return []
    within = {"period_end__gte": wanted[-1][2], "period_end__lte": wanted[0][2]}
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {
        (schedule, start.isoformat(), end.isoformat()): [] for schedule, start, end in wanted
    }
    for row in listing(moment, **only, **within):
        found.get((row["schedule"], row["period_start"], row["period_end"]), []).append(row)
    return list(found.values())


def listing(moment: Moment, **only: Any) -> list[dict[str, Any]]:
    """Reports, newest period first, in the documented shape. Issued ones that were recorded later are hidden."""
    rows = known(moment, **only).order_by(*_NEWEST, "language", "-edition")
    found = plain(
        rows.values(
            "key", "schedule", "schedule__declaration", "schedule__title", "schedule__cadence", "schedule__form", "schedule__scope",
            "schedule__formats", "summary", "because", "period_start", "period_end", "language", "edition", "state", "step", "percent", "attempt", "failure", "ledger_number",
        )
    )  # fmt: skip
    issued = {
        row["key"]: row
        for row in plain(
            IssuedReport.objects.filter(pk__in=[r["key"] for r in found], recorded__lte=moment.at).values(
                "key", "files", "reading_sha256", "recorded", "renderer", "scope", "replaces", "replaced_by"
            )
        )
    }
    shown = [_present(row, issued.get(row["key"])) for row in found]
    narrowings = [(report["scope"]["declaration"], report["scope"]["filters"]) for report in shown]
    for report, names in zip(shown, scopes.named(narrowings), strict=True):
        report["scope"]["named"] = names
    return shown


def _present(row: dict[str, Any], issued: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": row["key"],
        "schedule": row["schedule"],
        "form": row["schedule__form"],
        "scope": {
            "declaration": row["schedule__declaration"],
            "filters": issued["scope"] if issued else row["schedule__scope"],
        },
        "title": row["schedule__title"],
        "cadence": row["schedule__cadence"],
        "period_start": row["period_start"].isoformat(),
        "period_end": row["period_end"].isoformat(),
        "language": row["language"],
        "edition": row["edition"],
        "state": row["state"],
        "step": row["step"] if row["state"] == "building" else "",
        "percent": 100 if row["state"] == "ready" else row["percent"],
        "attempt": row["attempt"],
        "failure": row["failure"],
        "ledger_number": row["ledger_number"],
        "reading_sha256": issued["reading_sha256"] if issued else None,
        "renderer": issued["renderer"] if issued else None,
        "entry": issued["recorded"] if issued else None,
        "replaces": issued["replaces"] if issued else None,
        "replaced_by": issued["replaced_by"] if issued else None,
        "formats": row["schedule__formats"],
        "summary": row["summary"],
        "because": row["because"],
        "files": [
            {
                "format": f["format"],
                "url": f"/reports/{row['key']}/{f['name']}",
                "sha256": f["sha256"],
                "bytes": f["bytes"],
            }
            for f in (issued["files"] if issued else [])
        ],
        "url": f"/reports/{row['key']}/",
    }


def one(key: str, moment: Moment) -> dict[str, Any] | None:
    return next(iter(listing(moment, key=key)), None)


def named(keys: list[str]) -> dict[str, dict[str, Any]]:
    """What people call some issued reports: title, period, language and edition, by key."""
    fields = ("key", "schedule_id", "period_start", "period_end", "language", "edition", "replaced_by")
    rows = list(IssuedReport.objects.filter(key__in=keys).values(*fields))
    titles = dict(
        Schedule.objects.filter(pk__in={row["schedule_id"] for row in rows}).values_list("pk", "title")
    )
    return {
        row["key"]: {
            "title": titles[row["schedule_id"]],
            "period_start": row["period_start"].isoformat(), "period_end": row["period_end"].isoformat(),
            "language": row["language"], "edition": row["edition"], "replaced_by": row["replaced_by"], "url": f"/reports/{row['key']}/",
        }
        for row in rows
    }  # fmt: skip


def progress() -> dict[str, int]:
    """How many reports stand in each state; what a paused schedule has due waits for nobody and is not counted."""
    resting = Q(state=Report.State.DUE, schedule__paused=True, asked_by="")
    counted = Counter(Report.objects.exclude(resting).values_list("state", flat=True))
    return {state: counted[state] for state in Report.State.values} | {"total": sum(counted.values())}


def next_due(today: date, declaration: str | None = None) -> list[dict[str, Any]]:
    """For each schedule that runs, the next period and the day on which its reports fall due."""
    rows = Schedule.objects.filter(paused=False).exclude(cadence=ONCE).order_by("key")
    if declaration:
        rows = rows.filter(declaration=declaration)
    found = []
    for schedule in rows:
        if schedule.end and schedule.end < today:
            continue
        period = period_of(schedule.cadence, max(today, schedule.start))
        found.append(
            {"schedule": schedule.key, "title": schedule.title, "cadence": schedule.cadence, "languages": schedule.languages,
             "period_start": period.start.isoformat(), "period_end": period.end.isoformat(),
             "due_on": period.due_on.isoformat()}
        )  # fmt: skip
    return found


def checked(key: str) -> dict[str, Any]:
    """When a report was recomputed last, and what came of it: {"wanted", "at", "rows"}."""
    row = Report.objects.filter(key=key).values("check_wanted", "checked_at", "checked").first()
    return {
        "wanted": bool(row and row["check_wanted"]), "at": row["checked_at"] if row else None, "rows": row["checked"] if row else [],
    }  # fmt: skip


def issued(schedule: str, language: str | None, moment: Moment, most: int = 50) -> list[dict[str, Any]]:
    """The issued reports of a schedule, each with the instant at which it was: `updated`.

    The first edition of a report stands at the end of its period, and a later one at the day on which it was issued: a schedule
    that begins makes the years behind it newest first, and who reads takes what is on top for the news.
    """
    only = {"schedule": schedule, "state": Report.State.READY} | ({"language": language} if language else {})
    found = [row for row in listing(moment, **only) if row["entry"]]
    instants = changes.instants([row["entry"] for row in found])
    for row in found:
        row["updated"] = instants[row["entry"]]

    def place(row: dict[str, Any]) -> tuple[str, int]:
        return row["period_end"] if row["edition"] == 1 else row["updated"][:10], row["entry"]

    return sorted(found, key=place, reverse=True)[:most]
