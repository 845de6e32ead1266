"""What is drawn of a reading: put together here once, for the page, for the file of the chart and for the page to embed."""

from datetime import date
from typing import Any

from commitments import charts, clock
from commitments.readings import overview
from commitments.readings.moment import Moment

Row = dict[str, Any]


def rule_since(adopted_on: str, moment: Moment) -> charts.YearRule:
    """The year rule of a declaration, from its adoption to the present."""
    adopted = date.fromisoformat(adopted_on)
    years = overview.columns(adopted, clock.today(), moment.as_of)
    return charts.YearRule(adopted, years[0]["year"], years[-1]["year"])


def by_years(reading: Row) -> Row:
    """The columns of the overview, with the events that its year rule marks."""
    return {
        "columns": charts.columns(reading["years"], reading["rollup"].total),
        "events": charts.on_rule(reading["events"], charts.rule_of(reading["years"])),
    }


def status(commitment: Row, moment: Moment) -> Row:
    """A commitment's band of status, and its evidence as dots on the same rule."""
    rule = rule_since(commitment["adopted_on"], moment)
    return {
        "band": charts.band(commitment["history"], rule, max(moment.as_of, rule.adopted)),
        "dots": charts.dots(commitment["happenings"], rule),
        "ticks": rule.ticks,
    }


def happened(rows: list[Row], rule: charts.YearRule) -> list[tuple[str, list[Row]]]:
    """Actions and events as dots, a line for each kind, the longest first."""
    kinds: dict[str, list[Row]] = {}
    for dot in charts.dots(rows, rule):
        kinds.setdefault(dot["kind"], []).append(dot)
    return sorted(kinds.items(), key=lambda item: -len(item[1]))


def earlier_than(rows: list[Row], rule: charts.YearRule) -> str:
    """The first year of the rule when something happened before it: that stands in the column of the adoption."""
    return str(rule.first) if any(row["on"] < str(rule.first) for row in rows) else ""


def indicator(found: Row, rule: charts.YearRule, moment: Moment) -> Row:
    """The series of an indicator as its own page has it, with the changes of circumstances."""
    events = overview.events(found["declaration"], moment)
    return {
        "chart": charts.series(found, rule, height=260, labels=4, events=events),
        "indicator": found,
        "events": events,
        "ticks": rule.ticks,
    }


def multiples(rows: list[Row], moment: Moment) -> Row:
    """Indicators as small multiples, each on the years and with the events of its own declaration: {"rows", "events"}."""
    rules: dict[str, charts.YearRule] = {}
    events: dict[str, list[Row]] = {}
    for row in rows:
        key = row["declaration"]
        if key not in rules:
            declaration = overview.declaration_of(key)
            assert declaration is not None
            rules[key], events[key] = (
                rule_since(declaration["adopted_on"], moment),
                overview.events(key, moment),
            )
        row["chart"] = charts.series(
            row, rules[key], height=112, floor=22, top=20, labels=8, events=events[key]
        )
        row["ticks"] = rules[key].ticks
    return {"rows": rows, "events": [event for found in events.values() for event in found]}
