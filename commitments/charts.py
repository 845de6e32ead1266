"""Charts on the year rule: x in per cent, y in pixels, so that they stretch and strokes keep their size.

Everything here is geometry of a reading; what it is called and linked to stands in the template.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from commitments.rules.status import ORDER

STOPPED = {"stalled": "h", "lapsed": "k", "reversed": "h", "not_fulfilled": "k"}  # hatched ／ or ＼
STACK = ORDER  # from the floor of a column to its top


@dataclass(frozen=True)
class YearRule:
    """The columns of a page: the day of adoption, then each year. Every chart below stands on them."""

    adopted: date
    first: int
    last: int

    @property
    def columns(self) -> int:
        return self.last - self.first + 2

    def left(self, index: int) -> float:
        return 100 * index / self.columns

    def x(self, day: date) -> float:
        """Per cent of the width at which a day stands; days before the first year stand on the edge."""
        if day < self.adopted:
            return 0.4 * 100 / self.columns
        start = date(day.year, 1, 1)
        fraction = (day - start).days / ((date(day.year + 1, 1, 1) - start).days)
        return min(100.0, 100 * (day.year - self.first + 1 + fraction) / self.columns)

    @property
    def ticks(self) -> list[str]:
        return [f"{self.left(index):.3f}" for index in range(self.columns)]


def rule_of(years: list[dict[str, Any]]) -> YearRule:
    adopted = date.fromisoformat(str(years[0]["day"]))
    return YearRule(adopted, years[0]["year"], years[-1]["year"])


def columns(
    years: list[dict[str, Any]], total: int, height: int = 362, top: int = 26
) -> list[dict[str, Any]]:
    """Stacked columns, one for each column of the year rule."""
    if not total:
        return []
    rule = rule_of(years)
    unit = (height - top) / total
    width = 100 / rule.columns
    found = []
    for index, column in enumerate(years):
        floor = float(height)
        parts = []
        for value in STACK:
            n = column["counts"].get(value, 0)
            if not n:
                continue
            floor -= n * unit
            parts.append(
                {"value": value, "n": n, "x": f"{index * width + 0.07:.3f}", "width": f"{width - 0.5:.3f}",
                 "y": f"{floor:.2f}", "height": f"{max(n * unit - 1, 0.5):.2f}", "hatch": STOPPED.get(value)}
            )  # fmt: skip
        found.append({**column, "parts": parts})
    return found


def legend(
    counts: dict[str, int], total: int, height: int = 362, top: int = 26, row: int = 23
) -> list[dict[str, Any]]:
    """Labels beside the last column, with leaders from the middle of each part; they never overlap."""
    unit = (height - top) / total if total else 0
    floor, wanted = float(height), []
    for value in STACK:
        if n := counts.get(value, 0):
            wanted.append((value, n, floor - n * unit / 2))
            floor -= n * unit
    places: list[float] = []
    for _, _, middle in wanted:
        places.append(min(middle, places[-1] - row if places else height - 8.0))
    for index in range(len(places) - 1, -1, -1):  # what was pushed above the frame comes back down
        lowest = 12.0 if index == len(places) - 1 else places[index + 1] + row
        places[index] = max(places[index], lowest)
    return [
        {"value": value, "n": n, "middle": f"{middle:.1f}", "y": f"{place:.1f}", "text_y": f"{place + 4.5:.1f}", "glyph_y": f"{place - 7:.1f}"}
        for (value, n, middle), place in zip(wanted, places, strict=True)
    ]  # fmt: skip


def band(steps: list[dict[str, Any]], rule: YearRule, until: date) -> dict[str, Any]:
    """The status band of one commitment: a run for each value, a stroke for each step of its history."""
    runs: list[dict[str, Any]] = []
    for a in steps:
        if not runs or runs[-1]["value"] != a["value"]:
            runs.append({"value": a["value"], "start": a["effective_on"], "precision": a["precision"]})
    ends = [(run["start"], run["precision"]) for run in runs[1:]] + [(until.isoformat(), "day")]
    ends = ends[: len(runs)]
    for run, (end, end_precision) in zip(runs, ends, strict=True):
        left, right = rule.x(date.fromisoformat(run["start"])), rule.x(date.fromisoformat(end))
        run |= {
            "end": end, "end_precision": end_precision, "x": f"{left:.3f}", "width": f"{max(right - left - 0.12, 0.3):.3f}",
            "hatch": STOPPED.get(run["value"]), "share": right - left,
        }  # fmt: skip
    strokes = [f"{rule.x(date.fromisoformat(a['effective_on'])):.3f}" for a in steps]
    return {"runs": runs, "strokes": strokes, "count": len(steps)}


_RANK = {"primary": 0, "press": 1, "copy": 2}


def dots(happenings: list[dict[str, Any]], rule: YearRule) -> list[dict[str, Any]]:
    """A dot for each action or event, shaped by the best class of its sources; hollow when it is not verified."""
    found = []
    for h in happenings:
        classes = sorted((s["class"] for s in h["sources"]), key=_RANK.__getitem__)
        found.append(
            {
                **h,
                "x": f"{rule.x(date.fromisoformat(h['on'])):.3f}",
                "best": classes[0] if classes else "copy",
            }
        )
    return found


def on_rule(events: Sequence[dict[str, Any]], rule: YearRule) -> list[dict[str, Any]]:
    """Events with the place on the year rule where each stands."""
    return [{**event, "x": f"{rule.x(date.fromisoformat(event['on'])):.3f}"} for event in events]


def series(
    indicator: dict[str, Any],
    rule: YearRule,
    height: int = 190,
    floor: int = 28,
    top: int = 22,
    labels: int = 0,
    events: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """An indicator's values: dots, ranges, and lines between yearly values of one method only.

    No line joins measurements of different operations or methods: only year-precise, verified, consecutive values of a
    series with one value a year are joined. An unverified value is hollow; one without a date is listed, not drawn.
    `labels`: after how many years a year is named below; 0: none is, a year rule stands beside it. `events` are marked.
    """
    named = range(rule.first, rule.last + 1, labels) if labels else ()
    frame = {
        "height": height, "base": height - floor, "events": on_rule(events, rule),
        "axis": [{"year": year, "x": f"{rule.left(year - rule.first + 1):.3f}"} for year in named],
    }  # fmt: skip
    placed = [m for m in indicator["measurements"] if m["on"] and m["date"]]
    if not placed:
        return {"points": [], "lines": [], "grid": [], **frame}
    numbers = [float(v) for m in placed for v in (m["value"], m["high"]) if v is not None]
    most = max([*numbers, 0.0]) or 1.0
    step = _step(most)
    base = height - floor

    def y(value: float) -> float:
        return base - value / most * (base - top)

    yearly = len({m["date"] for m in placed}) == len(placed) and all(len(m["date"]) == 4 for m in placed)
    points = []
    for m in placed:
        day = date.fromisoformat(m["on"])
        middle = date(day.year, 7, 1) if len(m["date"]) == 4 else day
        point = {
            **m,
            "anchor_name": m["key"].split(":", 1)[-1],
            "x": f"{rule.x(middle):.3f}",
            "y": f"{y(float(m['value'])):.1f}",
            "year": day.year,
        }
        if m["low"] is not None and m["high"] is not None:
            point |= {"y_low": f"{y(float(m['low'])):.1f}", "y_high": f"{y(float(m['high'])):.1f}"}
        points.append(point)
    lines = [
        (a, b) for a, b in pairwise(points)
        if yearly and a["verified"] and b["verified"] and b["year"] == a["year"] + 1 and a["year"] >= rule.first
    ]  # fmt: skip
    marked = {max(points, key=lambda p: float(p["value"]))["key"], points[-1]["key"], points[0]["key"]}
    labelled: list[tuple[float, float]] = []
    order = sorted(points, key=lambda p: (p["key"] not in marked, -float(p["value"])))
    for point in order:
        wanted = point["key"] in marked or len(points) <= 8
        place = (float(point["x"]), float(point["y"]))
        free = all(abs(place[0] - x) > 6.5 or abs(place[1] - y) > 16 for x, y in labelled)
        point["marked"] = wanted and free
        if point["marked"]:
            labelled.append(place)
        point["anchor"] = "start" if place[0] < 4 else "middle"
    for point in points:
        point["label_y"] = f"{float(point['y']) - 9:.1f}"
    # A name of the grid stands at the right edge, and gives way to that of a value.
    beside = [float(p["y"]) - 9 for p in points if p["marked"] and float(p["x"]) > 90]
    grid, value = [], max(step, 1.0) if all(number.is_integer() for number in numbers) else step
    step = value
    while value < most:
        free = all(abs(y(value) - 5 - there) > 11 for there in beside)
        grid.append(
            {"y": f"{y(value):.1f}", "text_y": f"{y(value) - 5:.1f}", "value": f"{value:g}", "named": free}
        )
        value += step
    return {"points": points, "lines": lines, "grid": grid, "yearly": yearly, **frame}


def _step(most: float) -> float:
    """A round step that cuts the scale into two to four."""
    power = 10.0 ** (len(str(int(most))) - 1) if most >= 1 else 0.1
    for factor in (0.5, 1, 2, 5):
        if most / (power * factor) <= 4:
            return power * factor
    return power * 10


def words_of_shapes(
    there: Collection[str], order: Sequence[str], width: int = 930
) -> tuple[list[dict[str, Any]], int]:
    """The words of the shapes that a drawing has, in three columns of it, and how high they stand; pixels."""
    placed = []
    for index, value in enumerate(value for value in order if value in there):
        x, y = width // 3 * (index % 3), 12 + 20 * (index // 3)
        placed.append({"value": value, "x": x, "y": y, "text_x": x + 22, "text_y": y + 12})
    return placed, 16 + 20 * -(-len(placed) // 3)


def marks(sections: list[dict[str, Any]], width: int = 928, step: int = 22) -> dict[str, Any]:
    """One mark for each commitment in the order of the text, a line or more for each section, a gap between paragraphs; pixels."""
    y, found = 0, []
    for section in sections:
        placed: list[dict[str, Any]] = []
        x, y, paragraph = 0, y + 40, ""
        for row in section["rows"]:
            new = row["paragraph_code"] != paragraph
            if new and placed:
                x += step // 2
            if x > width - step:
                x, y, new = 0, y + 40, True
            paragraph = row["paragraph_code"]
            placed.append(
                {"row": row, "x": x, "y": y, "paragraph": paragraph if new else "", "label_y": y - 4}
            )
            x += step
        found.append({**section, "marks": placed, "title_y": placed[0]["y"] - 20})
        y += 30
    return {"sections": found, "height": y}


def matrix(
    rows: list[dict[str, Any]], sections: list[dict[str, Any]], width: int = 928, step: int = 17
) -> dict[str, Any]:
    """Organizations × sections: the number, then its marks in text order; pixels."""
    names = 300
    column = (width - names) // max(1, len(sections))
    fit = max(1, (column - 34) // step)
    y, found = 34, []
    for row in rows:
        cells, lines = [], 1
        for index, cell in enumerate(row["cells"]):
            left = names + index * column
            lines = max(lines, -(-len(cell["rows"]) // fit))
            placed = [
                {"row": one, "x": left + 26 + (k % fit) * step, "y": y + (k // fit) * 20 - 12}
                for k, one in enumerate(cell["rows"])
            ]
            cells.append({**cell, "x": left, "marks": placed})
        found.append({**row, "y": y, "cells": cells, "line": y + lines * 20 - 10})
        y += lines * 20 + 8
    heads = [{**section, "x": names + index * column} for index, section in enumerate(sections)]
    return {"rows": found, "heads": heads, "height": y}
