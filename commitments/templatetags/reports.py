"""Template words of reports: what one covers, what a judgement rests on, and charts that stand on their own."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments import charts
from commitments.paint import as_address, painted
from commitments.templatetags.tracker import SECTIONS, WORDS, d, local, t

register = template.Library()
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
}  # fmt: skip


# What says by itself what it is, and the words for it.
_NAMED: dict[str, tuple[dict[str, Any], str]] = {
    "section": (SECTIONS, ""),
    "codes": ({}, ""),
    "organization": ({}, ""),
}


@register.simple_tag
def report_title(reading: Mapping[str, Any]) -> str:
    """“Yearly progress report, 2025”: the title with its period."""
    return f"{t(reading['title'])}{_(', ')}{period_words(reading['period'])}"


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
def option_of(report: Mapping[str, Any]) -> str:
    """A report in a list to choose from."""
    edition = f" ({report['edition']})" if report["edition"] > 1 else ""
    return f"{period(report)} · {t(report['title'])} · {WORDS[report['language']]}{edition}"


@register.simple_tag(takes_context=True)
def as_report(context: Context, form: str) -> str:
    """The page that makes a report or a brief of the list that is shown, with its filters."""
    request = context["request"]
    kept = {
        name: value
        for name, value in request.GET.items()
        if name not in ("at", "cursor", "ordering", "declaration")
    }
    return f"/reports/new/?{urlencode({**kept, 'form': form})}"


@register.simple_tag(takes_context=True)
def brief_of(context: Context, code: str) -> str:
    """The page that makes a brief of one commitment."""
    lang = context["request"].GET.get("lang")
    return f"/reports/new/?{urlencode({'form': 'brief', 'codes': code, **({'lang': lang} if lang else {})})}"


@register.filter
def unavailable(report: Mapping[str, Any]) -> list[str]:
    """Formats that were asked for and could not be made where the report was built."""
    made = {file["format"] for file in report["files"]}
    return [name for name in report["formats"] if name not in made]


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
    parts = []
    if scope["organization"]:
        parts.append(f"{t(scope['organization']['name'])} ({scope['organization']['code']})")
    parts += [t(section["title"]) for section in scope["sections"]]
    rest = {k: v for k, v in scope["filters"].items() if k not in ("organization", "section")}
    parts += [filter_words(rest)] if rest else []
    return _("; ").join(parts) or _("the whole declaration")


@register.filter
def filter_words(filters: Mapping[str, str]) -> str:
    """What narrows a report, in words: sections by their short names, organizations and clauses by their codes."""
    parts = []
    for name, value in filters.items():
        named, label = _NAMED.get(name) or (WORDS, f"{_FILTERS.get(name, name)}{_(': ')}")
        parts.append(label + _(", ").join(str(named.get(part, part)) for part in value.split(",")))
    return _("; ").join(parts)


@register.filter
def difference(line: Mapping[str, int]) -> str:
    """The change of a number, with its sign; nothing when there is none."""
    change = line["n"] - line["before"]
    return f"{change:+d}".replace("-", "−") if change else "·"


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


@register.simple_tag
def series(reading: Mapping[str, Any], indicator: Mapping[str, Any]) -> str:
    """The page's drawing of an indicator, on the years from adoption to the end of the period, as a picture in the report."""
    adopted = date.fromisoformat(reading["declaration"]["adopted_on"])
    last = max(adopted.year, date.fromisoformat(reading["period"]["end"]).year)
    rule = charts.YearRule(adopted, adopted.year, last)
    step = max(
        1, (last - adopted.year) // 4
    )  # a label is drawn letter by letter, and there are many drawings
    chart = charts.series(dict(indicator), rule, height=150, floor=22, labels=step, events=reading["events"])
    if not chart["points"]:
        return format_html('<p class="note">{}</p>', _("No dated value by this day."))
    drawn = render_to_string(
        "charts/series.html",
        {"chart": chart, "indicator": indicator, "ticks": rule.ticks[1:], "printed": True},
    )
    alone = drawn.replace("<svg ", f"<svg {_ALONE} ", 1)
    return format_html(
        '<img class="chart" alt="{}" src="{}">', t(indicator["name"]), as_address(painted(alone))
    )
