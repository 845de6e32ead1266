"""Template words of reports: what one covers, what a judgement rests on, and charts that stand on their own."""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from commitments import charts
from commitments.paint import as_address, painted
from commitments.templatetags.tracker import INTERFACE, WORDS, d, local, n, t

register = template.Library()
MOST_NAMED = 12  # commitments that a sentence names; of more it gives the number
_MOST_MARKS = 400
_YEARS_HIGH, _WIDE = 240, 660  # pixels, of a page 680 wide
_ALONE = 'xmlns="http://www.w3.org/2000/svg" width="100%" font-family="Noto Sans, Source Sans 3, Segoe UI, sans-serif" font-size="9" fill="#454a52"'
STEPS: dict[str, Any] = {
    "changed": gettext_lazy("changed"), "reaffirmed": gettext_lazy("reaffirmed"), "first": gettext_lazy("first judgement"),
}  # fmt: skip
# How the parts of a scope are named where they are not a section, an organization or a list of codes.
_FILTERS: dict[str, Any] = {
    "kind": gettext_lazy("Kind"), "status": gettext_lazy("Status"), "role": gettext_lazy("Role"), "paragraph": gettext_lazy("Paragraph"),
    "instrument": gettext_lazy("Named in the text"), "strength": gettext_lazy("Strength"), "q": gettext_lazy("Search"),
    "changed": gettext_lazy("Changed in"), "counts": gettext_lazy("Counts"), "open": gettext_lazy("Open"),
    "disagreement": gettext_lazy("Reported otherwise"), "disputed": gettext_lazy("Disputed"), "verifiable": gettext_lazy("Verifiable"),
    "via": gettext_lazy("Also through groups"), "scale": gettext_lazy("Scale"), "ordering": gettext_lazy("Order"),
    "topic": gettext_lazy("Topic"), "source_class": gettext_lazy("Class of source"),
}  # fmt: skip


_YES_NO: dict[str, Any] = {
    "yes": gettext_lazy("yes"), "true": gettext_lazy("yes"), "no": gettext_lazy("no"), "false": gettext_lazy("no"),
}  # fmt: skip
_WORDS = dict.fromkeys(("counts", "open", "disagreement", "disputed", "verifiable"), _YES_NO)
_PLAIN = ("section", "codes", "organization")  # what says by itself what it is


@register.simple_tag
def report_title(reading: Mapping[str, Any]) -> str:
    """“Yearly progress report, 2025”: the title with its period, and with the edition of a later one."""
    title = f"{t(reading['title'])}{_(', ')}{period_words(reading['period'])}"
    if reading["edition"] == 1:
        return title
    return _("%(title)s (%(edition)s)") % {"title": title, "edition": edition(reading["edition"])}


def period_words(period: Mapping[str, str]) -> str:
    """A period as people call it: a year, a month, a day, or from one day to another."""
    start, end = date.fromisoformat(period["start"]), date.fromisoformat(period["end"])
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31) and start.year == end.year:
        return d(period["end"], "year")
    if (
        start.day == 1
        and end.year == start.year
        and end.month == start.month
        and end.day == monthrange(end.year, end.month)[1]
    ):
        return d(period["end"], "month")
    return d(period["start"]) if start == end else f"{d(period['start'])} – {d(period['end'])}"


@register.simple_tag
def period(report: Mapping[str, Any]) -> str:
    """The period of a report in the shape of the API."""
    return period_words({"start": report["period_start"], "end": report["period_end"]})


@register.simple_tag
def entry_title(report: Mapping[str, Any]) -> str:
    """The title of a report with its period and edition, in the report's own language."""
    with translation.override(INTERFACE[report["language"]]):
        title = t(report["title"]) + _(", ") + period(report)
        if report["edition"] == 1 and not report["replaced_by"]:
            return title
        return _("%(title)s (%(edition)s)") % {"title": title, "edition": edition(report["edition"])}


@register.simple_tag(takes_context=True)
def option_of(context: Context, report: Mapping[str, Any]) -> str:
    """A report in a list to choose from."""
    parts = [
        period(report),
        t(report["title"]),
        *([covers(context, report)] if report["scope"]["filters"] else []),
    ]
    parts.append(str(WORDS[report["language"]]))
    if report["edition"] > 1 or report["replaced_by"]:
        parts.append(edition(report["edition"]))
    return " · ".join(parts)


@register.filter
def edition(number: int) -> str:
    return _("edition %(n)s") % {"n": number}


@register.simple_tag(takes_context=True)
def covers(context: Context, report: Mapping[str, Any]) -> str:
    """What a report or a schedule covers, in words: its `scope` has the filters, and what they name."""
    scope = report["scope"]
    return filter_words(scope["filters"], context.get("labels"), scope["named"]) or _("the whole declaration")


@register.simple_tag(takes_context=True)
def as_report(context: Context, form: str) -> str:
    """The page that makes a report or a brief of the list that is shown, with its filters."""
    request = context["request"]
    kept = {name: value for name, value in request.GET.items() if name not in ("at", "cursor", "ordering")}
    if form == "brief" and "topic" in kept:
        del kept["topic"]  # a brief says of what it is by the codes of the clauses, as the text has them
        kept["codes"] = codes(context["found"].rows)
    return f"/reports/new/?{urlencode({**kept, 'form': form})}"


@register.simple_tag(takes_context=True)
def report_on(context: Context, form: str = "report", **scope: str) -> str:
    """The page that makes a report or a brief of a scope, in the language and of the declaration that the page's address names."""
    named = {name: context["request"].GET.get(name) for name in ("declaration", "lang")}
    kept = {name: value for name, value in {**named, **scope}.items() if value}
    return f"/reports/new/?{urlencode({'form': form, **kept})}"


@register.simple_tag(takes_context=True)
def brief_of(context: Context, code: str, declaration: str = "") -> str:
    """The page that makes a brief of one commitment, or of several whose codes stand with commas between."""
    return report_on(context, "brief", codes=code, **({"declaration": declaration} if declaration else {}))


@register.filter
def codes(rows: Iterable[Mapping[str, Any]]) -> str:
    """The codes of commitments as a filter takes them, each once."""
    return ",".join(dict.fromkeys(row["code"] for row in rows if row.get("code")))


_FOR_PEOPLE = ("html", "pdf", "docx", "xlsx", "csv", "json")


@register.filter
def for_people(files: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The files of a report, first those that people read."""
    return sorted(files, key=lambda file: _FOR_PEOPLE.index(file["format"]))


@register.simple_tag
def in_language(texts: Mapping[str, str], language: str | None) -> str:
    """A text in a language that is not the page's."""
    return texts.get(language or "", "") or t(texts)


_MEDIA = {
    "html": "text/html", "pdf": "application/pdf", "json": "application/json", "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@register.filter
def media(format: str) -> str:
    return _MEDIA[format]


@register.simple_tag
def scope_words(reading: Mapping[str, Any]) -> str:
    """What a report covers, in words."""
    scope = reading["scope"]
    labels = {value["value"]: value["label"] for value in reading["scale"]}
    return filter_words(scope["filters"], labels, scope["named"]) or _("the whole declaration")


def filter_words(
    filters: Mapping[str, str], labels: Mapping[str, Any] | None, named: Iterable[Mapping[str, Any]]
) -> str:
    """What narrows a report, in words: what is `named` (see readings.scopes) by its name, clauses by their codes, states by the
    `labels` of the scale. Empty when nothing does."""
    parts, states = [], {value: t(texts) for value, texts in (labels or {}).items()}
    names = {(item["filter"], item["code"]): t(item["name"]) for item in named}
    for name, value in filters.items():
        words = states if name == "status" else _WORDS.get(name, WORDS)
        each = [value] if name == "q" else value.split(",")
        told = _(", ").join(names.get((name, part)) or str(words.get(part, part)) for part in each)
        if name == "organization":
            told = f"{told} ({value})"
        if name == "via":  # has one value, which its own word says
            parts.append(str(_FILTERS[name]))
            continue
        parts.append(told if name in _PLAIN else f"{_FILTERS.get(name, name)}{_(': ')}{told}")
    return _("; ").join(parts)


@register.filter
def difference(line: Mapping[str, int]) -> str:
    """The change of a number, with its sign; nothing when there is none."""
    change = line["n"] - line["before"]
    return f"{change:+d}".replace("-", "−") if change else "·"


# Why a report could not be made or differs, as the machinery writes it; behind a colon stand names that have no translation.
WHY: dict[str, Any] = {
    "the worker stopped while building it": gettext_lazy("the worker stopped while building it"),
    "it took longer than a worker may take for a report": gettext_lazy("it took longer than a worker may take for a report"),
    "No space left on device: there is no room in the folder of reports": gettext_lazy("there is no room in the folder of reports"),
    "the PDF could not be made": gettext_lazy("the PDF could not be made"),
    "an error of the program": gettext_lazy("an error of the program"),
    "the file is missing": gettext_lazy("the file is missing"),
    "tampered: the file is not the one that was issued": gettext_lazy("tampered: the file is not the one that was issued"),
    "cannot be made here, for something is missing": gettext_lazy("cannot be made here, for something is missing"),
    "the ledger gives another reading than the one that was issued": gettext_lazy("the ledger gives another reading than the one that was issued"),
    "renderer changed": gettext_lazy("the renderer changed"),
    "the same renderer makes other bytes": gettext_lazy("the same renderer makes other bytes"),
}  # fmt: skip


@register.filter
def why(text: str) -> str:
    """Why a report could not be made, or differs, in the reader's language."""
    told = []
    for part in text.split("; "):
        head, colon, rest = (part, "", "") if part in WHY else part.partition(": ")
        told.append(f"{WHY.get(head, head)}{_(': ') if colon else ''}{rest}")
    return _("; ").join(told)


@register.filter
def step_word(step: str) -> Any:
    return STEPS[step]


def _publications(context: Context, reading: Mapping[str, Any]) -> dict[str, Any]:
    """The sources of a reading by key, made once for a page."""
    found: dict[str, Any] | None = context.get("publications")
    if found is None:
        found = {source["key"]: source for source in reading["sources"]}
        context.dicts[0]["publications"] = found
    return found


def source_line(source: Mapping[str, Any], publications: Mapping[str, Any]) -> str:
    """Who published it, of what class, and that it was withdrawn when it was."""
    publisher = publications.get(source["key"], {}).get("publisher") or local(source["key"])
    words = f"{publisher} ({WORDS.get(source['class'], source['class'])})"
    return f"{words}{_(', ')}{WORDS['withdrawn']}" if source["withdrawn"] else words


def evidence_line(fact: Mapping[str, Any], publications: Mapping[str, Any]) -> str:
    """A fact that a judgement rests on: when, what, and who says so."""
    told = _("; ").join(source_line(source, publications) for source in fact["sources"])
    title = t(fact["title"])
    if not title and fact["sources"]:
        title = publications.get(fact["sources"][0]["key"], {}).get("title", "")
    words = " ".join(part for part in (d(fact["date"], "short") if fact["date"] else "", title) if part)
    if not fact["verified"]:
        words += f" [{_('not verified')}]"
    return f"{words} – {told}" if told else words


@register.simple_tag(takes_context=True)
def source_words(context: Context, reading: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    return source_line(source, _publications(context, reading))


@register.simple_tag(takes_context=True)
def evidence_words(context: Context, reading: Mapping[str, Any], fact: Mapping[str, Any]) -> str:
    return evidence_line(fact, _publications(context, reading))


def placed(
    reading: Mapping[str, Any], indicator: Mapping[str, Any]
) -> tuple[charts.YearRule, int, dict[str, Any]]:
    """An indicator on the years from adoption to the end of the period, with the step of the years that are named."""
    adopted = date.fromisoformat(reading["declaration"]["adopted_on"])
    last = max(adopted.year, date.fromisoformat(reading["period"]["end"]).year)
    rule = charts.YearRule(adopted, adopted.year, last)
    step = max(
        1, (last - adopted.year) // 4
    )  # a label is drawn letter by letter, and there are many drawings
    found = charts.series(dict(indicator), rule, height=150, floor=22, labels=step, events=reading["events"])
    return rule, step, found


@register.simple_tag
def series(reading: Mapping[str, Any], indicator: Mapping[str, Any]) -> str:
    """The page's drawing of an indicator as a picture in the report."""
    rule, _step, chart = placed(reading, indicator)
    if len(chart["points"]) < 2:  # one value is a line of the table, and shows no course
        return (
            "" if chart["points"] else format_html('<p class="note">{}</p>', _("No dated value by this day."))
        )
    context = {"chart": chart, "indicator": indicator, "ticks": rule.ticks[1:], "printed": True}
    return _picture(t(indicator["name"]), [("charts/series.html", chart["height"], context)])


def _picture(
    alt: str, parts: Sequence[tuple[str, int, Mapping[str, Any]]], scale: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Drawings of a page, one below the other, as a picture that holds all that it needs. (template, height, what it shows)"""
    drawn = ""
    y, labels = 0, {value["value"]: value["label"] for value in scale}
    for template_name, height, context in parts:
        inner = str(render_to_string(template_name, {"labels": labels, **context}))
        if len(parts) > 1:  # inside the drawing that holds them
            inner = re.sub(
                r'<svg class="chart"(?: width="100%")?', f'<svg y="{y}" width="100%"', inner, count=1
            )
        drawn += inner
        y += height
    if len(parts) > 1:
        drawn = f'<svg height="{y}">{drawn}</svg>'
    if 'href="#' in drawn or "url(#" in drawn:  # shapes and hatches are of the one sheet
        drawn = drawn.replace(">", f">{render_to_string('parts/sprite.html')}", 1)
    tag, rest = drawn.split(">", 1)
    tag = tag.replace(' width="100%"', "").replace("<svg", f"<svg {_ALONE}", 1)  # an attribute stands once
    drawn = f"{tag}>{rest}"
    return format_html('<img class="chart" alt="{}" src="{}">', alt, as_address(painted(drawn)))


@register.simple_tag
def drawn_years(reading: Mapping[str, Any]) -> str:
    """Status over the years as the overview draws it, for the commitments of the report."""
    years = reading["years"]
    total = sum(years[0]["counts"].values())
    there = {value for column in years for value in column["counts"]}
    placed_words, high = charts.words_of_shapes(there, [value["value"] for value in reading["scale"]], _WIDE)
    events = charts.on_rule(reading["events"], charts.rule_of(years))
    columns = charts.columns(years, total, height=_YEARS_HIGH)
    said = _("Each column is all commitments of the report as judged at the end of a year, the first on the day of adoption. Hatched: stopped. Grey: not counted.")  # fmt: skip
    picture = _picture(
        _("Commitments by status at the end of each year"),
        [("charts/years.html", _YEARS_HIGH, {"columns": columns, "events": events, "height": _YEARS_HIGH}),
         ("charts/axis.html", 22, {"years": years}), ("charts/legend.html", high, {"legend": placed_words, "legend_height": high})],
        reading["scale"],
    )  # fmt: skip
    return format_html('<p class="note">{}</p>{}', said, picture)


@register.simple_tag
def drawn_marks(reading: Mapping[str, Any]) -> str:
    """One mark for each commitment in the order of the text, as the overview draws it; of thousands it would show nothing."""
    if reading["figures"]["commitments"] > _MOST_MARKS:
        return ""
    sections = [
        {**section, "rows": mine}
        for section in reading["sections"]
        if (mine := [{**c, "paragraph_code": c["paragraph"]} for c in reading["commitments"] if c["section"] == section["code"]])
    ]  # fmt: skip
    placed = charts.marks(sections, width=_WIDE)
    return _picture(
        _("The text, mark by mark"), [("charts/marks.html", placed["height"], {"marks": placed})],
        reading["scale"],
    )  # fmt: skip


@register.simple_tag
def clause_words(commitment: Mapping[str, Any], language: str) -> str:
    """The words of a clause in a language: its parts as they stand in the text, and an ellipsis where something stands between."""
    parts = [q for q in commitment["quotations"] if q["role"] == "clause" and q["language"] == language]
    words, end = "", None
    for part in sorted(parts, key=lambda q: q["start"]):
        words += ("" if end in (None, part["start"]) else " … ") + part["exact"]
        end = part["end"]
    return words


@register.filter
def is_dense(reading: Mapping[str, Any]) -> bool:
    """Whether a brief is set so that its commitments share a page: of one or two there is room, and of many none is enough."""
    return 2 < len(reading["commitments"]) < 7


@register.filter
def is_close(reading: Mapping[str, Any]) -> bool:
    """Whether even that is too much: of four and more the band is drawn without its words, which stand beside it."""
    return is_dense(reading) and len(reading["commitments"]) > 3


@register.simple_tag
def drawn_band(reading: Mapping[str, Any], commitment: Mapping[str, Any]) -> str:
    """The status of one commitment over the years, as its page draws it; half as wide where several share a page."""
    dense = is_dense(reading)
    end = date.fromisoformat(reading["period"]["end"])
    adopted = date.fromisoformat(reading["declaration"]["adopted_on"])
    rule = charts.YearRule(adopted, adopted.year, max(adopted.year, end.year))
    band = charts.band(commitment["history"], rule, max(end, adopted))
    years: list[dict[str, Any]] = [
        {"adoption": True, "day": adopted.isoformat(), "year": rule.first},
        *({"adoption": False, "year": year} for year in range(rule.first, rule.last + 1)),
    ]
    if dense:  # every column stays, and every third year has its name
        years[1:] = [year | {"unnamed": number % 3 != 1} for number, year in enumerate(years[1:])]
    high = 30 if is_close(reading) else 58
    return _picture(
        _("Status over the years"),
        [("charts/band.html", high, {"band": band, "ticks": rule.ticks, "high": high, "room": 390 if dense else 640}), ("charts/axis.html", 22, {"years": years})],
        reading["scale"],
    )  # fmt: skip


@register.simple_tag
def moved(now: int, before: int) -> str:
    """The difference of a number to the period before, with its sign; nothing when there is none."""
    return format_html(" <small>{}</small>", f"{now - before:+d}".replace("-", "−")) if now != before else ""


@register.simple_tag
def in_section(section: Mapping[str, Any], value: str) -> str:
    """How many commitments of a section have a status, with the difference to the period before."""
    now, before = (figures["by_status"].get(value, 0) for figures in (section, section["before"]))
    return format_html("{}{}", n(now) if now or before else "·", moved(now, before))


@register.simple_tag
def membership_words(reading: Mapping[str, Any]) -> str:
    """Which commitments entered or left the count, in full: the summary names no more than some."""
    told = [
        f"{words}{_(': ')}{listed(local(key) for key in reading[name])}{_('.')}"
        for name, words in (("entered", _("Entered the count")), ("left", _("Left the count")))
        if len(reading[name]) > MOST_NAMED
    ]
    return format_html_join("", '<p class="note">{}</p>', ((words,) for words in told))


def listed(parts: Iterable[str]) -> str:
    """Things in a row: in Chinese with the mark that stands between the parts of a list."""
    return pgettext("list", ", ").join(parts)
