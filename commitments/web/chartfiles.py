"""Charts by themselves: as a drawing (SVG), as its figures (CSV), and as a page to embed elsewhere. One template draws all of them."""

import csv
import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt

from commitments import charts, clock
from commitments.paint import painted
from commitments.readings import commitments, happenings, indicators, judgements, organizations, overview
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters, Refused
from commitments.source.characters import no_formula, width_of
from commitments.templatetags.tracker import WORDS, t, unit_name
from commitments.web import drawings
from commitments.web.reading import Context, page

WIDTH, EDGE = 960, 16
NAMED_ROLES = ("addressee", "named")


@dataclass
class Chart:
    """A chart: what it is called and says, its parts (template, height, context) and the same as a table."""

    title: str
    caption: str
    page: str  # where it stands in the product
    parts: list[tuple[str, int, Context]]
    head: list[str]
    rows: list[list[Any]]
    more: Context = field(default_factory=dict)


Made = Callable[[str, Moment, Parameters], Chart | None]


def _declaration() -> dict[str, Any] | None:
    key = commitments.key_of_declaration()
    return overview.declaration_of(key) if key else None


def _day(day: str | None, precision: str) -> str:
    """A day no more precise than the record."""
    return judgements.iso(date.fromisoformat(day), precision) or "" if day else ""


def _by_years(key: str, moment: Moment, given: Parameters) -> Chart | None:
    declaration = _declaration()
    reading = overview.read(declaration["key"], moment, clock.today()) if declaration and not key else None
    if reading is None:
        return None
    labels = {value["value"]: t(value["label"]) for value in reading["scale"]}
    return Chart(
        _("Commitments by status at the end of each year"),
        _("The first column is the day of adoption, the last one today. Hatched: stopped. Grey: not counted."), "/",
        [("charts/years.html", 362, drawings.by_years(reading)), ("charts/axis.html", 22, {}), _legend(_there(reading), reading["scale"])],
        [_("Status"), *(c["day"] for c in reading["years"])],
        [[labels[value["value"]], *(c["counts"].get(value["value"], 0) for c in reading["years"])] for value in reading["scale"]],
    )  # fmt: skip


def _there(reading: dict[str, Any]) -> set[str]:
    return {value for column in reading["years"] for value in column["counts"]}


def _legend(there: set[str], scale: list[dict[str, Any]]) -> tuple[str, int, Context]:
    """The words of the shapes that there are, in three columns of the drawing."""
    placed, high = charts.words_of_shapes(there, [value["value"] for value in scale])
    return "charts/legend.html", high, {"legend": placed}


def _marks(key: str, moment: Moment, given: Parameters) -> Chart | None:
    declaration = _declaration()
    reading = overview.read(declaration["key"], moment, clock.today()) if declaration and not key else None
    if reading is None:
        return None
    placed = charts.marks(reading["sections"])
    labels = {value["value"]: t(value["label"]) for value in reading["scale"]}
    return Chart(
        _("The text, mark by mark"), _("One mark for each commitment, in the order of the text."), "/",
        [("charts/marks.html", placed["height"], {"marks": placed}), _legend(_there(reading), reading["scale"])],
        [_("Clause"), _("Section"), _("Title"), _("Status"), _("Since")],
        [[row["code"], t(s["title"]), t(row["title"]), labels[row["status"]["value"]], _day(row["status"]["since"], row["status"]["since_precision"])] for s in reading["sections"] for row in s["rows"]],
    )  # fmt: skip


def _matrix(key: str, moment: Moment, given: Parameters) -> Chart | None:
    declaration = _declaration()
    if declaration is None or key:
        return None
    rows = commitments.listing(commitments.Filter(declaration=declaration["key"]), moment).rows
    found = organizations.bodies(organizations.matrix(declaration["key"], rows, NAMED_ROLES), declaration)
    placed = charts.matrix(found, declaration["sections"])
    there = {one["status"]["value"] for row in found for cell in row["cells"] for one in cell["rows"]}
    return Chart(
        _("Who is asked or named"), _("Organizations that the clauses ask or name, by section, each with its commitments."), "/organizations/",
        [("charts/matrix.html", placed["height"], {"matrix": placed, "roles": ",".join(NAMED_ROLES)}), _legend(there, judgements.scale_values(declaration["scale"]))],
        [_("Organization"), _("All"), *(t(s["title"]) for s in declaration["sections"])],
        [[t(row["name"]), row["total"], *(len(cell["rows"]) for cell in row["cells"])] for row in found],
    )  # fmt: skip


def _status(key: str, moment: Moment, given: Parameters) -> Chart | None:
    found = commitments.one(key, moment) if key else None
    if found is None:
        return None
    drawn = drawings.status(found, moment)
    labels = {v["value"]: t(v["label"]) for v in judgements.scale_values(found["status"]["scale"])}
    return Chart(
        f"{found['code']} {t(found['title'])}",
        _("The status over the years, a stroke for each assessment; below it the evidence, by its source: filled primary, ring press, broken ring copy."), f"/commitments/{key}/",
        [("charts/band.html", 58, drawn), ("charts/dots.html", 34, drawn), ("charts/axis.html", 22, {})],
        [_("True as of"), _("Status"), _("Why"), _("Confidence"), _("Track"), _("Ledger entry")],
        [
            [_day(a["effective_on"], a["effective_precision"]), labels.get(a["value"], a["value"]), t(a["because"]), str(WORDS.get(a["confidence"], "")), str(WORDS.get(a["track"], "")), a["ledger_number"]]
            for a in found["assessments"] if not a["replaced_by"] and a["retracted_because"] is None
        ],
        {"commitment": found},
    )  # fmt: skip


def _actions(key: str, moment: Moment, given: Parameters) -> Chart | None:
    declaration = _declaration()
    if declaration is None or key:
        return None
    rule = drawings.rule_since(declaration["adopted_on"], moment)
    rows = happenings.listing(happenings.Filter.of(given), moment)
    caption = _("Each dot is an action or an event, by its source: filled primary, ring press, broken ring copy; hollow is not verified.")  # fmt: skip
    if year := drawings.earlier_than(rows, rule):
        caption += " " + _("What happened before %(year)s stands in the first column.") % {"year": year}
    return Chart(
        _("Actions and events"), caption, "/actions/",
        [*(("charts/line.html", 30, {"kind": kind, "dots": dots, "ticks": rule.ticks}) for kind, dots in drawings.happened(rows, rule)), ("charts/axis.html", 22, {})],
        [_("Date"), _("Kind"), _("What happened"), _("Verified"), _("Source")],
        [[h["date"], str(WORDS.get(h["kind"], h["kind"])), t(h["title"]), _("yes") if h["verified"] else _("no"), "; ".join(s["publisher"] for s in h["sources"])] for h in rows],
    )  # fmt: skip


def _series(key: str, moment: Moment, given: Parameters) -> Chart | None:
    found = indicators.one(key, moment) if key else None
    declaration = overview.declaration_of(found["declaration"]) if found else None
    if found is None or declaration is None:
        return None
    drawn = drawings.indicator(found, drawings.rule_since(declaration["adopted_on"], moment), moment)
    return Chart(
        f"{t(found['name'])} ({unit_name(found)})",
        _("An outcome figure never moves a status by itself. A value that is not verified is hollow; a bar is the range that the source gives; broken lines are changes of circumstances."), f"/indicators/{key}/",
        [("charts/series.html", 260, drawn)],
        [_("Date"), _("Value"), _("Lowest"), _("Highest"), _("Verified"), _("Source")],
        [[m["date"] or "", m["value"], m["low"] or "", m["high"] or "", _("yes") if m["verified"] else _("no"), "; ".join(s["publisher"] for s in m["sources"])] for m in found["measurements"]],
    )  # fmt: skip


_CHARTS: dict[str, Made] = {
    "years": _by_years, "marks": _marks, "matrix": _matrix, "status": _status, "actions": _actions, "series": _series,
}  # fmt: skip


def _read(name: str, moment: Moment, given: Parameters) -> Chart | None:
    kind, _dot, key = name.partition(".")
    make = _CHARTS.get(kind)
    if kind != "actions" and (other := next((n for n in given.given if n in happenings.FILTERS), None)):
        raise Refused(other, "unknown-parameter", _("narrows the chart of actions and no other"))
    return make(key, moment, given) if make else None


def _laid_out(chart: Chart) -> Context:
    """Where each part stands in the drawing: a title of some lines, the parts, what it says and whence."""
    titles, captions = _lines(chart.title, 62), _lines(chart.caption, 136)
    y = EDGE + 26 * len(titles) + 10
    parts = []
    for template, height, context in chart.parts:
        parts.append({"template": template, "y": y, "height": height, **context})
        y += height
    y += 22
    foot = [{"text": line, "y": y + 18 * index} for index, line in enumerate(captions)]
    y += 18 * len(captions) + 4
    return {
        "chart_title": chart.title, "titles": [{"text": line, "y": EDGE + 22 + 26 * index} for index, line in enumerate(titles)],
        "parts": parts, "foot": foot, "cite_y": y, "width": WIDTH, "inner": WIDTH - 2 * EDGE, "edge": EDGE, "height": y + EDGE, "page_address": chart.page, **chart.more,
    }  # fmt: skip


def _lines(text: str, most: int) -> list[str]:
    """A text in lines of some width, in letters; a Chinese character may begin a line."""
    found, line, width = [], "", 0
    for piece in re.findall(r"[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+\s*|\s+", text):
        wide = width_of(piece)
        if line and width + wide > most:
            found.append(line.rstrip())
            line, width = "", 0
        line, width = line + piece, width + wide
    return [*found, line.rstrip()]


def _painted(content: bytes, request: HttpRequest) -> bytes:
    """The drawing with the colours of the sheet inside (a file has no sheet), and whole addresses."""
    site = html.escape(request.build_absolute_uri("/").rstrip("/"))

    drawn = painted(content.decode())
    return re.sub(r'href="/', f'href="{site}/', drawn).encode()


def _answer(
    make: Callable[[Chart, Moment], Context | HttpResponse],
) -> Callable[..., Context | HttpResponse | None]:
    def read(given: Parameters, moment: Moment, name: str) -> Context | HttpResponse | None:
        chart = _read(name, moment, given)
        return make(chart, moment) if chart else None

    return read


def _table(chart: Chart, moment: Moment) -> HttpResponse:
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\r\n")
    for row in (chart.head, *chart.rows):
        lines.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return HttpResponse("﻿" + file.getvalue(), content_type="text/csv; charset=utf-8")


def _for_all(view: Any) -> Any:
    """What other sites may show: in a frame, or as a picture."""

    def shown(request: HttpRequest, **address: str) -> HttpResponse:
        response: HttpResponse = view(request, **address)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return shown


drawing = _for_all(
    page("charts/chart.svg", parameters=happenings.FILTERS, content_type="image/svg+xml", finish=_painted)(
        _answer(lambda chart, _now: _laid_out(chart))
    )
)
figures = _for_all(page("", parameters=happenings.FILTERS)(_answer(_table)))
embedded = _for_all(
    xframe_options_exempt(
        csp_replace({"frame-ancestors": ["*"]})(
            page("charts/embed.html", parameters=happenings.FILTERS)(
                _answer(lambda chart, _now: _laid_out(chart) | {"columns": chart.head, "rows": chart.rows})
            )
        )
    )
)
