"""Indicators as charts of Word's own, which those who edit the report can restyle. Their values stand in the chart itself.

A chart is a part of the package (ECMA-376, part 1, 21.2) that a drawing in a paragraph refers to. python-docx has no words for
it, so its two elements are written here.
"""

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm

from commitments.charts import YearRule
from commitments.reports.wordstyles import add_paragraph
from commitments.templatetags.reports import placed
from commitments.templatetags.tracker import t, unit_name

Reading = dict[str, Any]
LOCALES = {"en": "en-GB", "zh": "zh-CN", "ru": "ru-RU"}
_WIDE, _HIGH = Mm(130), Mm(52)  # two beside each other on A4 across
_BLUE, _PAPER, _INK = "11506B", "FFFFFF", "17191D"


def add_indicators(doc: Any, reading: Reading, language: str) -> None:
    """Every indicator that has a dated value, two charts in a line, after what they say and do not say."""
    if not reading["indicators"]:
        return
    said = add_paragraph(
        doc, _("An outcome figure never moves a status by itself. A value that is not verified is hollow; a bar is the range that the source gives; broken lines are changes of circumstances."),
    )  # fmt: skip
    said.paragraph_format.keep_with_next = True
    line, drawn = None, 0
    for indicator in reading["indicators"]:
        rule, step, chart = placed(reading, indicator)
        if not chart["points"]:
            continue
        if line is None or drawn % 2 == 0:
            line = add_paragraph(doc)
        drawn += 1
        _add(doc, line, indicator, _drawn(indicator, rule, step, chart, language), drawn)


def _drawn(indicator: Reading, rule: YearRule, step: int, chart: Reading, language: str) -> bytes:
    values = [float(v) for p in chart["points"] for v in (p["value"], p["high"]) if v is not None]
    series = [
        *_changes(chart, rule, max(values)),
        *_ranges(chart["points"], rule),
        *(_series(_("Value"), run, rule, line=_BLUE) for run in _runs(chart["lines"])),
        *_dots(chart["points"], rule),
    ]
    context = {
        "title": f"{t(indicator['name'])} ({unit_name(indicator)})",
        "lang": LOCALES[language],
        "series": sorted(
            series, key=lambda s: -len(s["x"])
        ),  # LibreOffice draws none that is longer than the first
        "first": rule.first - any(_year(p, rule) < rule.first for p in chart["points"]),
        "last": rule.last + 1,
        "unit": step,
        "figures": "#,##0" if all(value.is_integer() for value in values) else "#,##0.0",
    }
    return render_to_string("reports/wordchart.xml", context).encode()


def _year(point: Reading, rule: YearRule) -> float:
    """The place on the year rule as a year with its fraction; what was before the rule stands just before it, as there."""
    return round(rule.first - 1 + float(point["x"]) / 100 * rule.columns, 3)


def _series(name: str, points: list[Reading], rule: YearRule, **more: Any) -> Reading:
    return {
        "name": name, "x": [str(_year(p, rule)) for p in points], "y": [p["value"] for p in points], "width": 19050, **more,
    }  # fmt: skip


def _changes(chart: Reading, rule: YearRule, most: float) -> list[Reading]:
    """A broken line from the bottom to the largest value, for each change of circumstances."""
    return [
        _series(t(event["title"]), [{**event, "value": "0"}, {**event, "value": str(most)}], rule, width=9525, line=_INK, dashed=True)
        for event in chart["events"]
    ]  # fmt: skip


def _runs(lines: list[tuple[Reading, Reading]]) -> list[list[Reading]]:
    """Lines between two points each as runs of points."""
    found: list[list[Reading]] = []
    for before, after in lines:
        if found and found[-1][-1]["key"] == before["key"]:
            found[-1].append(after)
        else:
            found.append([before, after])
    return found


def _dots(points: list[Reading], rule: YearRule) -> list[Reading]:
    """The values themselves: those verified, and those not verified, which are hollow."""
    return [
        _series(name, some, rule, dot=colour)
        for verified, name, colour in ((True, _("Value"), _BLUE), (False, _("not verified"), _PAPER))
        if (some := [p for p in points if p["verified"] is verified])
    ]


def _ranges(points: list[Reading], rule: YearRule) -> list[Reading]:
    """The range that a source gives, as bars that go up and down from the value."""
    some = [p for p in points if p["low"] is not None and p["high"] is not None]
    far = [[abs(float(p["value"]) - float(p[end])) for p in some] for end in ("low", "high")]
    below, above = [[f"{number:g}" for number in numbers] for numbers in far]
    return [_series(f"{_('Lowest')} – {_('Highest')}", some, rule, below=below, above=above)] if some else []


def _add(doc: Any, line: Any, indicator: Reading, xml: bytes, number: int) -> None:
    """The part of the package, and the drawing in the line that refers to it."""
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CONTENT_TYPE.DML_CHART, xml, doc.part.package)
    run = line.add_run()
    run._r.append(
        parse_xml(
            render_to_string(
                "reports/worddrawing.xml",
                {
                    "id": number, "relation": doc.part.relate_to(part, RELATIONSHIP_TYPE.CHART), "wide": int(_WIDE), "high": int(_HIGH),
                    "name": indicator["code"], "words": _words_of(indicator),
                },
            )
        )
    )  # fmt: skip


def _words_of(indicator: Reading) -> str:
    """What a chart shows, for who does not see it; the figures stand in the table after the charts."""
    years = sorted(m["date"][:4] for m in indicator["measurements"] if m["date"])
    return f"{t(indicator['name'])} ({unit_name(indicator)}), {years[0]}–{years[-1]}"
