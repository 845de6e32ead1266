"""Two moments side by side: the status of each commitment on a day, and on a later one."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commitments.ledger.subjects import chunks
from commitments.readings import commitments, judgements
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters, Refused
from commitments.readings.rows import AT_ONCE
from commitments.rules import status as rule
from commitments.rules.dates import last_day
from commitments.rules.rollup import Rollup, roll_up

FILTERS = ("from", *commitments.NARROWS, "moved")


def earlier_of(parameters: Parameters, moment: Moment) -> date:
    """The earlier day: `from`, or the day of adoption. Raises Refused when it lies behind the later one."""
    day = parameters.day("from", last_day)
    if day is None:
        return min(commitments.adopted_on(parameters.text("declaration")) or moment.as_of, moment.as_of)
    if day > moment.as_of:
        words = _("%(first)s lies after %(last)s, with which it is compared")
        raise Refused("from", "wrong-order", words % {"first": day, "last": moment.as_of})
    return day


def in_parts(parameters: Parameters, moment: Moment, at_once: int) -> Iterator[dict[str, Any]]:
    """A row for each commitment, in the order of the text; `before` on the earlier day, `after` on `as_of`. Parameters are checked at once.

    {"key", "code", "section", "kind", "title", "before", "after", "moved", "entered", "left"}; a status is {"value", "counts",
    "since", "because", "effective_on", "assessment"}. `entered` and `left`: whether it came into the denominator, or fell out of it.
    """
    wanted = commitments.narrowed(parameters)
    then = Moment(earlier_of(parameters, moment), moment.at, moment.head)
    return _in_parts(wanted, parameters.flag("moved"), then, moment, at_once)


def _in_parts(
    wanted: commitments.Filter, moved: bool | None, then: Moment, now: Moment, at_once: int
) -> Iterator[dict[str, Any]]:
    for part in chunks(commitments.among(wanted).values_list("pk", flat=True).iterator(), at_once):
        rows = commitments.basic(part)
        counts = {scale: judgements.counting(scale) for scale in {row["declaration__scale"] for row in rows}}
        run = judgements.judgements(now, commitment__in=part)
        for row in rows:
            found = _compared(row, run.get(row["key"], []), counts[row["declaration__scale"]], then, now)
            if moved is None or found["moved"] == moved:
                yield found


def _compared(
    row: dict[str, Any], run: list[judgements.Judgement], counts: dict[str, bool], then: Moment, now: Moment
) -> dict[str, Any]:
    before, after = (_status(run, moment.as_of, row["declaration__scale"], counts) for moment in (then, now))
    return {
        "key": row["key"], "code": row["code"], "section": row["section"], "kind": row["kind"], "title": row["title"],
        "before": before, "after": after, "moved": before["value"] != after["value"],
        "entered": after["counts"] and not before["counts"], "left": before["counts"] and not after["counts"],
    }  # fmt: skip


def _status(
    run: list[judgements.Judgement], day: date, scale: str, counts: dict[str, bool]
) -> dict[str, Any]:
    found = judgements.status_of(run, day, scale)
    kept = (
        "value",
        "since",
        "since_precision",
        "because",
        "effective_on",
        "effective_precision",
        "assessment",
    )
    return {name: found[name] for name in kept} | {"counts": counts.get(found["value"], False)}


def read(parameters: Parameters, moment: Moment) -> dict[str, Any]:
    """All rows, with the roll-up of each moment and the difference of each value: {"rows", "before", "after", "values"}."""
    rows = list(in_parts(parameters, moment, AT_ONCE))
    before, after = _rolled(rows, "before"), _rolled(rows, "after")
    values = [
        {"value": value, "before": a, "after": b, "difference": b - a}
        for value in rule.ORDER
        if (a := before.by_value.get(value, 0)) + (b := after.by_value.get(value, 0))
    ]
    return {"rows": rows, "before": before, "after": after, "values": values}


def _rolled(rows: list[dict[str, Any]], name: str) -> Rollup:
    counts = {row[name]["value"]: row[name]["counts"] for row in rows}
    return roll_up((row[name]["value"] for row in rows), counts)
