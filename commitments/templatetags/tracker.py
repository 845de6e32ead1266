"""Template words: texts in the reader's language, dates as precise as the record, doors that keep the moment."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.template.context import RequestContext
from django.utils import dateformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from commitments.rules.dates import CUT, last_day
from commitments.source.characters import width_of
from commitments.source.folding import lit

register = template.Library()
INTERFACE = {"en": "en", "zh": "zh-hans", "ru": "ru"}  # the interface that goes with the language of texts
_FALLBACK = ("en", "zh", "ru")
_HTML = {"zh": "zh-Hans"}
_FORMATS = {
    "en": {
        "year": "Y",
        "month": "F Y",
        "day": "j F Y",
        "short-month": "M Y",
        "short": "j M Y",
        "tiny": "j M",
    },
    "zh": {
        "year": "Y年",
        "month": "Y年n月",
        "day": "Y年n月j日",
        "short-month": "Y年n月",
        "short": "Y年n月j日",
        "tiny": "n.j",
    },
    "ru": {
        "year": "Y",
        "month": "F Y",
        "day": "j E Y",
        "short-month": "m.Y",
        "short": "d.m.Y",
        "tiny": "d.m",
    },
}


def content_language() -> str:
    """The language of texts that goes with the interface language."""
    language = get_language() or "en"
    return "zh" if language == "zh-hans" else language


def chosen(texts: Mapping[str, str] | None) -> tuple[str, str]:
    """(language, text) in the reader's language, or in the first that there is."""
    if not texts:
        return "", ""
    if "*" in texts:
        return "", texts["*"]
    for language in (content_language(), *_FALLBACK):
        if texts.get(language):
            return language, texts[language]
    return "", ""


@register.filter
def t(texts: Mapping[str, str] | None) -> str:
    """A text as plain words, for attributes and titles."""
    return chosen(texts)[1]


@register.filter
def tl(texts: Mapping[str, str] | None) -> str:
    """A text marked with its language where that is not the page's."""
    language, text = chosen(texts)
    if language and language != content_language():
        return format_html('<span lang="{}">{}</span>', _HTML.get(language, language), text)
    return text


@register.filter
def source_href(source: Mapping[str, Any]) -> str:
    """Where a source is read: at its address, or, when it is a file of the archive only, on its page."""
    return source["url"] or f"/sources/{source['key']}/"


@register.filter
def own(texts: Mapping[str, str] | None) -> str:
    """A text only when there is one in the reader's language: notes of the research are not shown in another."""
    return (texts or {}).get(content_language(), "")


_OTHER_LETTERS = re.compile("[\u0400-\u04ff\u0600-\u06ff\u2e80-\u9fff]")


@register.filter
def published_by(name: str) -> str:
    """Who published a source, as the record has it: an English name is marked as one on a page in another language."""
    if content_language() == "en" or _OTHER_LETTERS.search(name):
        return name
    return format_html('<span lang="en">{}</span>', name)


_NOT_LATIN = frozenset({"zh", "ru", "uk", "kk", "ky", "tg", "fa", "ps", "ur", "ar"})


@register.filter
def written_in(title: str, language: str) -> str:
    """The language of a title for `lang`: of a Chinese or Russian source it may be one of our own, in English."""
    own = language not in _NOT_LATIN or _OTHER_LETTERS.search(title)
    return html_lang(language) if own else "en"


@register.filter
def html_lang(language: str) -> str:
    return _HTML.get(language, language)


@register.filter
def d(iso: str | None, form: str = "day") -> str:
    """A date in words, no more precise than it is. `form`: short, from (after “since”), or a precision to cut it to."""
    if not iso:
        return ""
    text = str(iso)
    if form in CUT:
        text = text[: CUT[form]]
    precision = {4: "year", 7: "month", 10: "day"}[len(text)]
    if form == "tiny":
        return dateformat.format(last_day(text), _FORMATS[content_language()]["tiny"])
    if form == "from" and precision == "month" and content_language() == "ru":
        return dateformat.format(last_day(text), "E Y").lower()  # “с июня”, where by itself it is “июнь”
    key = (
        precision if form != "short" else {"year": "year", "month": "short-month", "day": "short"}[precision]
    )
    words = dateformat.format(last_day(text), _FORMATS[content_language()][key])
    return words[:1].lower() + words[1:] if content_language() == "ru" else words


@register.filter
def since(iso: str, precision: str = "day") -> str:
    """“since June 2010”."""
    return str(_("since %(day)s")) % {"day": d(iso[: CUT[precision]], "from")}


@register.filter
def when(iso: str | None, form: str = "day") -> str:
    """A date as <time>, with the weekday in the tooltip where it is known."""
    if not iso:
        return ""
    text = str(iso)[: CUT.get(form, 10)]
    if len(text) == 10:
        weekday = dateformat.format(date.fromisoformat(text), "l")
        return format_html('<time datetime="{}" title="{}">{}</time>', text, weekday, d(iso, form))
    return format_html('<time datetime="{}">{}</time>', text, d(iso, form))


@register.filter
def n(value: Any) -> str:
    """A number the way the language groups it."""
    if value in (None, ""):
        return ""
    number = Decimal(str(value))
    words = f"{number:,f}" if number == number.to_integral_value() else f"{number.normalize():,f}"
    words = words.split(".")[0] if number == number.to_integral_value() else words
    if content_language() == "ru":
        return words.replace(",", "\u00a0").replace(".", ",")
    return words


@register.filter
def get(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    return (mapping or {}).get(key)


@register.filter
def local(key: str) -> str:
    """A key without its declaration, as people read it."""
    return key.split(":", 1)[-1]


@register.filter
def slice_year(year: int) -> str:
    """The last two figures of a year, for narrow columns."""
    return f"{year % 100:02d}"


@register.filter
def year_x(year: int, years: list[dict[str, Any]]) -> str:
    """Where the column of a year begins on the year rule, in per cent."""
    return f"{100 * (year - years[0]['year'] + 1) / len(years):.3f}"


@register.filter
def shorter(words: str, iso: str) -> str:
    """A date for a narrow column: the short form where it is a day."""
    return d(iso, "short") if len(words) > 9 and len(iso) == 10 and words == d(iso) else words


@register.filter
def initial(code: str) -> str:
    """The letter of a section in narrow tables, as in the codes of its paragraphs."""
    return {"closing": "K", "organized-crime": "C"}.get(code, code[:1].upper())


@register.filter
def english_only(note: str) -> str:
    """A note of the research is in English and shown on English pages only."""
    return note if content_language() == "en" else ""


@register.filter
def shortmonth(iso: str) -> str:
    """The month of a date, short."""
    return d(iso[:7], "short")


@register.filter
def shortdate(iso: str) -> str:
    return d(iso, "short")


@register.filter
def commas(text: str) -> list[str]:
    """Values of a parameter that takes several."""
    return text.split(",")


@register.filter
def words(text: str) -> list[str]:
    """Words of a template as a list to walk."""
    return text.split()


@register.filter
def side(show: str | None, language: str) -> str:
    """Which languages of the text are shown: what was asked for, else the reader's beside the authentic one, else English."""
    wanted = show or language
    return "en" if wanted == "zh" else wanted


@register.filter
def pair(show: str, authentic: str) -> list[str]:
    """The languages that `show` names, in the order of their columns."""
    if show.startswith("only-"):
        return [show.removeprefix("only-")]
    if "," in show:
        return show.split(",")
    return [authentic] if show == "one" else [authentic, show]


@register.filter
def row_of(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """The row of a commitment among those of its paragraph."""
    return next(row for row in rows if row["key"] == key)


@register.filter
def letter(code: str) -> str:
    """The verse letter of a commitment: `c` of N6.c."""
    return code.rsplit(".", 1)[-1]


@register.filter
def letter_of(key: str) -> str:
    return key.rsplit(".", 1)[-1]


@register.filter
def highlight(text: str, words: list[str]) -> str:
    """Text with the words of a search lit."""
    parts = [
        format_html("<mark>{}</mark>", part) if hit else format_html("{}", part)
        for part, hit in lit(text, words)
    ]
    return SafeString("".join(parts))


# --- status -----------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def status_label(context: RequestContext, value: str) -> str:
    """The scale's word for a value."""
    labels: Mapping[str, Any] = context.get("labels") or {}
    return t(labels.get(value)) or value


@register.simple_tag(takes_context=True)
def has_room(context: RequestContext, run: Mapping[str, Any]) -> bool:
    """Whether the word of a run of a band fits below it, in the narrowest drawing that shows words: `room` pixels, 660 on pages."""
    wanted = 26 + 7 * width_of(status_label(context, run["value"]))
    return bool(run["share"] / 100 * context.get("room", 660) >= wanted)


@register.simple_tag(takes_context=True)
def glyph(context: RequestContext, value: str, named: bool = False) -> str:
    """The shape of a status. `named` when no word stands beside it."""
    if named:
        return format_html(
            '<svg class="s s-{0}" role="img" aria-label="{1}"><use href="#s-{0}"/></svg>',
            value,
            status_label(context, value),
        )
    return format_html('<svg class="s s-{0}" aria-hidden="true"><use href="#s-{0}"/></svg>', value)


@register.simple_tag(takes_context=True)
def status(context: RequestContext, value: str) -> str:
    """Shape and word together."""
    return format_html(
        '<span class="st">{}\u00a0{}</span>', glyph(context, value), status_label(context, value)
    )


# --- doors ------------------------------------------------------------------------------------------------------------


def carried(context: RequestContext) -> dict[str, str]:
    """What every link keeps: the language and the moment, when the address names them."""
    request = context.get("request")
    given = getattr(getattr(request, "carried", None), "given", {}) if request else {}
    kept = {name: given[name] for name in ("as_of", "at", "lang") if name in given}
    if request and "lang" not in kept and request.GET.get("lang") in ("en", "zh", "zh-hans", "ru"):
        kept["lang"] = request.GET["lang"]
    return kept


@register.simple_tag(takes_context=True)
def to(context: RequestContext, path: str, **query: Any) -> str:
    """An address of the product with the language and the moment of this page. A value of None is left out."""
    path, _hash, anchor = path.partition("#")
    base, _mark, own_query = path.partition("?")
    pairs = dict(pair.split("=", 1) for pair in own_query.split("&") if "=" in pair)
    pairs |= {k: str(v) for k, v in {**carried(context), **query}.items() if v is not None}
    for name in [k for k, v in query.items() if v is None]:
        pairs.pop(name, None)
    return base + (f"?{urlencode(pairs)}" if pairs else "") + (f"#{anchor}" if anchor else "")


@register.simple_tag(takes_context=True)
def same(context: RequestContext, **changes: Any) -> str:
    """This page with some parameters changed; None takes one away. The cursor of a list starts anew."""
    request = context["request"]
    pairs = {k: v for k, v in request.GET.items() if k not in ("cursor", "before")}
    for name, value in changes.items():
        if value is None:
            pairs.pop(name, None)
        else:
            pairs[name] = str(value)
    earlier = pairs.get("from", "")
    if "as_of" in changes and earlier + {4: "-12-31", 7: "-31"}.get(len(earlier), "") > pairs.get(
        "as_of", "9"
    ):
        del pairs["from"]  # a comparison with a day that lies behind the new one
    path: str = request.path
    return path + (f"?{urlencode(pairs)}" if pairs else "")


OF_PAGE = (
    "lang",
    "show",
    "colour",
    "c",
    "before",
    "columns",
    "group",
)  # of the page, and not of what it lists
_OF_READER = ("lang", "cursor", "before")  # what says how or from where a page is read, not what it says


@register.simple_tag(takes_context=True)
def canonical(context: RequestContext, language: str = "") -> str:
    """The one address of this page in a language, in its own when none is named; `any` leaves the reader's choice open."""
    request = context["request"]
    pairs = sorted((k, v) for k, v in request.GET.items() if k not in _OF_READER)
    if language != "any":
        pairs.append(("lang", language or content_language()))
    address: str = request.path + (f"?{urlencode(pairs)}" if pairs else "")
    try:
        return str(request.build_absolute_uri(address))
    except DisallowedHost:  # the page that says so has no address of ours
        return address


@register.simple_tag(takes_context=True)
def cited(context: RequestContext) -> str:
    """The address of this page that gives the same again later: its filters, its language, its day and its ledger entry."""
    request, moment = context["request"], context["moment"]
    kept = {k: v for k, v in request.GET.items() if v and k not in ("cursor", "before")}
    kept |= {"lang": content_language(), "as_of": str(moment.as_of), "at": str(moment.at)}
    return str(request.build_absolute_uri(f"{request.path}?{urlencode(kept)}"))


@register.simple_tag(takes_context=True)
def report_error(context: RequestContext) -> str:
    """A mail to those who keep this tracker that names the page and the moment; empty where nobody is named."""
    if not settings.CONTACT_EMAIL:
        return ""
    moment = context.get("moment")
    lines = [canonical(context), *([_("Ledger entry") + f" {moment.at}"] if moment else []), "", ""]
    query = {"subject": _("An error in Declaration Tracker"), "body": "\r\n".join(lines)}
    return f"mailto:{settings.CONTACT_EMAIL}?{urlencode(query, quote_via=quote)}"


@register.simple_tag(takes_context=True)
def same_without(context: RequestContext, name: str) -> str:
    """This page without one parameter."""
    return same(context, **{name: None})


@register.simple_tag(takes_context=True)
def api_query(context: RequestContext) -> str:
    """The query of this page as the API takes it: the same filters, without the language."""
    pairs = {k: v for k, v in context["request"].GET.items() if k not in OF_PAGE}
    return f"?{urlencode(pairs)}" if pairs else ""


@register.inclusion_tag("parts/downloads.html", takes_context=True)
def downloads(context: RequestContext, of: str, fields: str = "", **more: str) -> dict[str, Any]:
    """Files of exactly what a list shows: the same filters and order, the moment pinned. Who works here may save the list."""
    moment, request = context["moment"], context["request"]
    pairs = {k: v for k, v in request.GET.items() if v and k not in (*OF_PAGE, "as_of", "at")}
    pairs |= {"of": of, **more, **({"fields": fields} if fields else {})}
    pairs |= {"as_of": str(moment.as_of), "at": str(moment.at)}
    files = [
        (name, f"/api/v1/export/?{urlencode(pairs | {'format': name.lower()})}")
        for name in ("CSV", "XLSX", "JSON")
    ]
    return {
        "files": files,
        "keeps": bool(getattr(context.get("actor"), "role", "")),
        "here": request.get_full_path(),
    }


HELP_PICTURES = {  # made by tests/browser/pictures.py --docs: the page, and what its picture shows
    "overview": ("/", gettext_lazy("The overview: the figures of the headline and the status over the years")),
    "reader": ("/declarations/sco-afg-2009/?c=N6.c", gettext_lazy("The text in two languages with the panel of a commitment")),
    "commitment": ("/commitments/sco-afg-2009:N6.c/", gettext_lazy("A commitment: its clause, its status and how we know")),
}  # fmt: skip


@register.inclusion_tag("parts/helppicture.html", takes_context=True)
def help_picture(context: RequestContext, name: str) -> dict[str, Any]:
    """A picture of a page in the reader's language, which leads to the page itself."""
    path, words = HELP_PICTURES[name]
    tracked = context.get("tracked")
    here = (tracked and tracked["key"] in path) or path == "/"  # another tracker has other pages
    return {
        "page": to(context, path) if here else "",
        "picture": f"help/{name}.{content_language()}.jpg",
        "words": words,
    }


@register.inclusion_tag("parts/chartfiles.html", takes_context=True)
def chart_files(context: RequestContext, kind: str, key: str = "", of: str = "") -> dict[str, Any]:
    """A chart by itself: as a drawing, as its figures, and to embed, of the language and the moment of this page.

    `of`: its name, for one of many on a page, whose links are short.
    """
    name, moment = (f"{kind}.{key}" if key else kind), context["moment"]
    pairs = {k: v for k, v in context["request"].GET.items() if v and k not in (*OF_PAGE, "as_of", "at")}
    narrowed = urlencode({**(pairs if kind == "actions" else {}), "lang": content_language()})
    pinned = f"{narrowed}&as_of={moment.as_of}&at={moment.at}"
    return {
        "name": name.replace(":", "."),
        "of": of,
        "svg": f"/charts/{name}.svg?{pinned}",
        "csv": f"/charts/{name}.csv?{pinned}",
        "embed": f"/embed/{name}/?{narrowed}",
    }


@register.simple_tag(takes_context=True)
def lang_query(context: RequestContext) -> str:
    kept = {k: v for k, v in carried(context).items() if k == "lang"}
    return f"?{urlencode(kept)}" if kept else ""


@register.simple_tag
def portfolio_table(portfolio: Mapping[str, Any], scale: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Status × role of one organization: {"columns": [{"role", "own", "total"}], "rows": [{"value", "cells"}]}.

    What it undertook through a membership alone is a column that is not its own.
    """
    parts = [(role, True, rollup) for role, rollup in portfolio["by_role"].items()]
    if portfolio["undertaken_through"]:
        parts.insert(0, ("obligor", False, portfolio["rollup"]))
    columns = [
        {"role": role, "own": own, "total": rollup.total, "by": rollup.by_value}
        for role, own, rollup in parts
    ]
    values = [v["value"] for v in scale if any(v["value"] in column["by"] for column in columns)]
    rows = [
        {"value": value, "cells": [{**column, "n": column["by"].get(value, 0)} for column in columns]}
        for value in values
    ]
    return {"columns": columns, "rows": rows}


@register.simple_tag(takes_context=True)
def figure(context: RequestContext, number: Any, path: str, **query: Any) -> str:
    """A figure is a door: the number itself leads to the list that makes exactly that number."""
    return format_html('<a class="fig" href="{}"><b>{}</b></a>', to(context, path, **query), n(number))


@register.simple_tag(takes_context=True)
def narrowed_figure(
    context: RequestContext, number: Any, path: str, narrowed: Mapping[str, str], **query: Any
) -> str:
    """A figure of a list that is narrowed: the door keeps what narrows it."""
    return figure(context, number, path, **{**narrowed, **query})


@register.simple_tag(takes_context=True)
def narrowed_to(context: RequestContext, path: str, narrowed: Mapping[str, str], **query: Any) -> str:
    """An address of another list, narrowed as this one is."""
    return to(context, path, **{**narrowed, **query})


@register.simple_tag(takes_context=True)
def without(context: RequestContext, name: str) -> str:
    """This page without one of its parameters, and without those that say nothing alone."""
    return same(context, **{name: None}, **({"role": None} if name == "organization" else {}))


# --- vocabulary of the interface --------------------------------------------------------------------------------------

WORDS: dict[str, Any] = {
    "commitment_to_act": gettext_lazy("undertaking"), "position": gettext_lazy("position"),
    "call_on_others": gettext_lazy("call on others"), "recognition": gettext_lazy("recognition"),
    "obligor": gettext_lazy("who undertakes"), "addressee": gettext_lazy("who is asked"), "lead": gettext_lazy("lead"),
    "partner": gettext_lazy("partner"), "named": gettext_lazy("named in the text"),
    "reported": gettext_lazy("reported by the organization"), "analyst": gettext_lazy("analyst's assessment"),
    "agreed": gettext_lazy("confirmed by both sides"), "high": gettext_lazy("high"), "medium": gettext_lazy("medium"),
    "low": gettext_lazy("low"), "primary": gettext_lazy("primary"), "press": gettext_lazy("press"), "copy": gettext_lazy("copy"),
    "action": gettext_lazy("action"), "event": gettext_lazy("event"), "indicator": gettext_lazy("indicator"),
    "source": gettext_lazy("source"), "commitment": gettext_lazy("commitment"), "organization": gettext_lazy("organization"),
    "entity": gettext_lazy("named in the text"), "topic": gettext_lazy("topic"), "authentic": gettext_lazy("authentic text"),
    "official": gettext_lazy("official translation"), "own_translation": gettext_lazy("own translation, not official"),
    "zh": gettext_lazy("Chinese"), "en": gettext_lazy("English"), "ru": gettext_lazy("Russian"), "fa": gettext_lazy("Persian"),
    "ro": gettext_lazy("Romanian"), "ur": gettext_lazy("Urdu"), "kk": gettext_lazy("Kazakh"), "tg": gettext_lazy("Tajik"),
    "uk": gettext_lazy("Ukrainian"), "de": gettext_lazy("German"), "ps": gettext_lazy("Pashto"), "uz": gettext_lazy("Uzbek"),
    "ky": gettext_lazy("Kyrgyz"), "fr": gettext_lazy("French"), "ar": gettext_lazy("Arabic"),
    "not_yet": gettext_lazy("not yet"), "current": gettext_lazy("current"), "ended": gettext_lazy("ended"),
    "up": gettext_lazy("up is better"), "down": gettext_lazy("down is better"), "context": gettext_lazy("context only"),
    "yearly": gettext_lazy("yearly"), "half-yearly": gettext_lazy("half-yearly"), "quarterly": gettext_lazy("quarterly"),
    "monthly": gettext_lazy("monthly"), "weekly": gettext_lazy("weekly"), "daily": gettext_lazy("daily"),
    "once": gettext_lazy("once"), "brief": gettext_lazy("brief"), "due": gettext_lazy("due"), "building": gettext_lazy("being made"),
    "ready": gettext_lazy("ready"), "failed": gettext_lazy("failed"), "instrument": gettext_lazy("instrument"),
    "mechanism": gettext_lazy("mechanism"), "operation": gettext_lazy("operation"), "place": gettext_lazy("place"),
    "subject": gettext_lazy("subject"), "connective": gettext_lazy("connecting words"), "punctuation": gettext_lazy("punctuation"),
    "frame": gettext_lazy("introducing verb"), "reference": gettext_lazy("reference to another text"),
    # kinds of actions and events
    "agreement": gettext_lazy("agreement"), "aid": gettext_lazy("aid"), "exercise": gettext_lazy("exercise"),
    "finding": gettext_lazy("finding"), "incident": gettext_lazy("incident"), "institution": gettext_lazy("institution"),
    "meeting": gettext_lazy("meeting"), "programme": gettext_lazy("programme"), "report": gettext_lazy("report"),
    "resolution": gettext_lazy("resolution"), "statement": gettext_lazy("statement"), "strategy": gettext_lazy("strategy"),
    "treaty": gettext_lazy("treaty"), "baseline": gettext_lazy("baseline"), "declaration": gettext_lazy("declaration"),
    "end": gettext_lazy("end"), "regime_change": gettext_lazy("change of authorities"), "status": gettext_lazy("change of standing"),
    "decision": gettext_lazy("decision"),
    # types of organizations
    "intergovernmental_organization": gettext_lazy("intergovernmental organization"),
    "intergovernmental_body": gettext_lazy("intergovernmental body"),
    "intergovernmental_forum": gettext_lazy("intergovernmental forum"), "state": gettext_lazy("state"),
    "state_group": gettext_lazy("group of states"), "government": gettext_lazy("government"),
    "de_facto_authority": gettext_lazy("de facto authority"), "secretariat": gettext_lazy("secretariat"),
    "governing_body": gettext_lazy("governing body"), "standing_body": gettext_lazy("standing body"),
    "meeting_mechanism": gettext_lazy("meeting mechanism"), "contact_group": gettext_lazy("contact group"),
    "un_organ": gettext_lazy("UN organ"), "un_committee": gettext_lazy("UN committee"),
    "un_commission": gettext_lazy("UN commission"), "un_agency": gettext_lazy("UN office or agency"),
    "un_mission": gettext_lazy("UN mission"), "un_expert_body": gettext_lazy("UN expert body"),
    "treaty_body": gettext_lazy("treaty body"), "multinational_force": gettext_lazy("multinational force"),
    "council": gettext_lazy("council"), "coordination_council": gettext_lazy("coordination council"),
    "training_body": gettext_lazy("training body"), "national_agency": gettext_lazy("national agency"),
    "generic_group": gettext_lazy("group named in general"),
    # what the ledger records
    "scale": gettext_lazy("scale"), "edition": gettext_lazy("edition"), "membership": gettext_lazy("membership"),
    "measurement": gettext_lazy("value"), "assessment": gettext_lazy("assessment"), "retraction": gettext_lazy("retraction"),
    "grant": gettext_lazy("grant of a role"), "schedule": gettext_lazy("schedule"), "load": gettext_lazy("loaded"),
    "amend": gettext_lazy("amended"), "assess": gettext_lazy("assessed"), "correct": gettext_lazy("corrected"),
    "retract": gettext_lazy("retracted"), "retracted": gettext_lazy("retracted"), "issue": gettext_lazy("issued"), "restricted": gettext_lazy("restricted"),
    "file": gettext_lazy("archived copy"), "evidence": gettext_lazy("evidence"), "withdrawal": gettext_lazy("withdrawal of a source"),
    "dispute": gettext_lazy("dispute"), "reply": gettext_lazy("reply"), "outcome": gettext_lazy("outcome of a dispute"),
    "proposal": gettext_lazy("proposal"), "submit": gettext_lazy("submitted"), "return": gettext_lazy("returned"),
    "accept": gettext_lazy("accepted"), "withdraw": gettext_lazy("withdrawn"), "attach": gettext_lazy("attached"),
    "add": gettext_lazy("added"), "measure": gettext_lazy("measured"), "decide": gettext_lazy("decided"),
    "replaced": gettext_lazy("replaced"), "redact": gettext_lazy("redacted"), "submitted": gettext_lazy("submitted"), "returned": gettext_lazy("returned"),
    "accepted": gettext_lazy("accepted"), "withdrawn": gettext_lazy("withdrawn"), "maintained": gettext_lazy("maintained"),
    "corrected": gettext_lazy("corrected"), "answered": gettext_lazy("answered"), "asked": gettext_lazy("asked"),
    "opened": gettext_lazy("opened"), "overdue": gettext_lazy("overdue"), "nothing": gettext_lazy("nothing to report"),
    # steps of a report
    "reading the record": gettext_lazy("reading the record"), "freezing the reading": gettext_lazy("freezing the reading"),
    "asked for": gettext_lazy("asked for"), "html": gettext_lazy("writing the page"), "pdf": gettext_lazy("setting the PDF"), "docx": gettext_lazy("writing the Word file"),
    "xlsx": gettext_lazy("writing the workbook"), "csv": gettext_lazy("writing the table"), "publishing": gettext_lazy("publishing"),
}  # fmt: skip


SECTIONS: dict[str, Any] = {
    "preamble": gettext_lazy("Preamble"), "narcotics": gettext_lazy("Narcotics"), "terrorism": gettext_lazy("Terrorism"),
    "organized-crime": gettext_lazy("Organized crime"), "closing": gettext_lazy("Closing"),
}  # fmt: skip


COLUMN_WORDS = {
    "words": gettext_lazy("The words"), "section": gettext_lazy("Section"), "kind": gettext_lazy("Kind"),
    "strength": gettext_lazy("Firmness of wording"), "organizations": gettext_lazy("Organizations"),
    "status": gettext_lazy("Status"), "since": gettext_lazy("Since"), "confidence": gettext_lazy("Confidence"),
    "because": gettext_lazy("Why"), "evidence": gettext_lazy("Newest evidence"),
}  # fmt: skip
CLASS_WORDS = {
    "primary": gettext_lazy("primary sources"), "press": gettext_lazy("the press"), "copy": gettext_lazy("copies"),
}  # fmt: skip


@register.filter
def signed(number: int) -> str:
    """A difference with its sign; a true minus, and a middle dot for none."""
    return f"+{number}" if number > 0 else f"−{-number}" if number else "·"


@register.filter
def column_word(name: str) -> Any:
    return COLUMN_WORDS[name]


@register.filter
def class_word(name: str) -> Any:
    return CLASS_WORDS[name]


@register.filter
def get_number(mapping: Mapping[int, int], number: str) -> int:
    return mapping.get(int(number), 0)


@register.filter
def section_of(code: str, sections: list[dict[str, Any]]) -> Any:
    """The word of a section by its code."""
    return next((section_word(section) for section in sections if section["code"] == code), code)


@register.filter
def section_word(section: Mapping[str, Any]) -> Any:
    """A short name of a section for narrow heads; its title where the interface has none."""
    return SECTIONS.get(section["code"]) or t(section["title"])


_LOADED = re.compile(r"package (?P<name>.+), sha256 (?P<sha256>[0-9a-f]{16})")


@register.filter
def reason_words(because: str | None) -> Any:
    """Why an entry was recorded: the words of those who wrote it; what the product says itself in the reader's language."""
    if because is None:
        return "–"
    day = because.removeprefix("due after ")
    if day != because:
        return _("due after %(day)s") % {"day": d(day)}
    if loaded := _LOADED.fullmatch(because):
        return _("loaded from the package %(name)s (sha256 %(sha256)s…)") % loaded.groupdict()
    return WORDS.get(because, because)


@register.filter
def actor_word(code: str) -> Any:
    """Who recorded an entry: an opaque code, or one of the product's own hands."""
    return {"reports": pgettext("actor", "reports"), "package": _("package")}.get(code, code)


@register.filter
def word(code: str | None) -> Any:
    """The interface's word for a code of the record."""
    return WORDS.get(code or "", code or "")


GROUPS: dict[str, Any] = {
    "commitment": gettext_lazy("Commitments"), "action": gettext_lazy("Actions"), "event": gettext_lazy("Events"),
    "organization": gettext_lazy("Organizations"), "entity": gettext_lazy("Named in the text"), "topic": gettext_lazy("Topics"),
    "indicator": gettext_lazy("Indicators"), "source": gettext_lazy("Sources"),
}  # fmt: skip


@register.filter
def group_word(group: str) -> Any:
    """The heading of a group of hits."""
    return GROUPS[group]


@register.simple_tag
def counted(noun: str, number: int) -> str:
    """“18 undertakings”: a number with its noun."""
    forms = {
        "commitment": lambda k: ngettext("%(n)s commitment", "%(n)s commitments", k),
        "commitment_to_act": lambda k: ngettext("%(n)s undertaking", "%(n)s undertakings", k),
        "position": lambda k: ngettext("%(n)s position", "%(n)s positions", k),
        "call_on_others": lambda k: ngettext("%(n)s call on others", "%(n)s calls on others", k),
        "recognition": lambda k: ngettext("%(n)s recognition", "%(n)s recognitions", k),
        "assessment": lambda k: ngettext("%(n)s assessment", "%(n)s assessments", k),
        "action": lambda k: ngettext("%(n)s action", "%(n)s actions", k),
        "source": lambda k: ngettext("%(n)s source", "%(n)s sources", k),
        "organization": lambda k: ngettext("%(n)s organization", "%(n)s organizations", k),
        "indicator": lambda k: ngettext("%(n)s indicator", "%(n)s indicators", k),
        "value": lambda k: ngettext("%(n)s value", "%(n)s values", k),
        "report": lambda k: ngettext("%(n)s report", "%(n)s reports", k),
        "issued_report": lambda k: ngettext("%(n)s report issued", "%(n)s reports issued", k),
        "change": lambda k: ngettext("%(n)s change", "%(n)s changes", k),
        "entry": lambda k: ngettext("%(n)s entry", "%(n)s entries", k),
        "hit": lambda k: ngettext("%(n)s hit", "%(n)s hits", k),
        "fact": lambda k: ngettext("%(n)s fact", "%(n)s facts", k),
    }
    words: str = forms[noun](number) % {"n": n(number)}
    return words


@register.simple_tag(takes_context=True)
def counted_door(context: RequestContext, noun: str, number: int, path: str, **query: Any) -> str:
    """The same with the number as a door."""
    words = counted(noun, number)
    shown = n(number)
    before, _found, after = words.partition(shown)
    return format_html(
        '{}<a class="fig" href="{}"><b>{}</b></a>{}', before, to(context, path, **query), shown, after
    )


_SOURCE = re.compile(r"\bsrc-[a-z0-9-]+")


@register.simple_tag(takes_context=True)
def remark(context: RequestContext, note: Any, key: str, derived: bool = False) -> str:
    """A note of the record, in English where there is no other, with the sources that it names as links; `derived` is said
    before it where it does not say so itself."""
    words, declaration, parts, end = str(english_only(note) or ""), key.partition(":")[0], [], 0
    if derived and not re.search(r"(?<!not )\bderived\b", words.lower()):
        parts.append(_("derived") + " ")
    for found in _SOURCE.finditer(words):
        parts.append(words[end : found.start()])
        address = to(context, f"/sources/{declaration}:{found[0]}/")
        parts.append(format_html('<a href="{}">{}</a>', address, found[0].removeprefix("src-")))
        end = found.end()
    return format_html_join("", "{}", ((part,) for part in (*parts, words[end:])))


@register.filter
def unit_name(indicator: Mapping[str, Any]) -> str:
    """What an indicator is counted in, in words."""
    return str(_("yes or no")) if indicator["unit"] == "boolean" else t(indicator["unit_label"])


@register.simple_tag(takes_context=True)
def unit(context: RequestContext, indicator: Mapping[str, Any], value: str | None) -> str:
    """A value with its unit, in the right plural form."""
    if value is None:
        return ""
    language = content_language()
    forms = indicator["unit_forms"].get(language)
    if isinstance(forms, dict):
        label = forms[_russian_form(Decimal(value))]
    else:
        label = forms or t(indicator["unit_label"])
    if language == "en" and Decimal(value) == 1:
        label = _ONE.get(label, label)
    if indicator["unit"] == "boolean":
        return str(_("yes") if Decimal(value) else _("no"))
    if indicator["unit"] == "percent":
        return f"{n(value)}{'' if language == 'zh' else chr(0xA0)}%"
    return f"{n(value)}\u00a0{label}" if language != "zh" else f"{n(value)}{label}"


_ONE = {
    "states": "state",
    "meetings": "meeting",
    "crimes": "crime",
    "firearms": "firearm",
    "people": "person",
    "troops": "soldier",
}


def _russian_form(value: Decimal) -> str:
    """CLDR plural category of Russian."""
    if value != value.to_integral_value():
        return "other"
    whole = int(value)
    if whole % 10 == 1 and whole % 100 != 11:
        return "one"
    if whole % 10 in (2, 3, 4) and whole % 100 not in (12, 13, 14):
        return "few"
    return "many"
