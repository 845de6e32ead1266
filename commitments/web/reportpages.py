"""Reports: the list, each one with what became of it since, comparisons, feeds, and those who get them by mail."""

import hashlib
from collections import Counter
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments import clock
from commitments.accounts.clients import client_address
from commitments.conditional import as_file
from commitments.deliveries import subscriptions
from commitments.ledger.record import last_numbers
from commitments.ledger.wellformed import Refused as RuleBroken
from commitments.models.report import Schedule
from commitments.readings import changes, reports
from commitments.readings.moment import Moment, resolve
from commitments.readings.parameters import Parameters, Refused
from commitments.reports import comparing, content, editions, rendering
from commitments.rules.periods import ONCE
from commitments.templatetags.tracker import content_language
from commitments.web import pageframe
from commitments.web.actors import closed_to
from commitments.web.errors import page_error, refused
from commitments.web.reading import Context, page
from commitments.web.reportfiles import SHOWN, TYPES, content_policy, file_of

PERIODS = 40  # on one page


@page("reports.html", parameters=(*reports.FILTERS, "page"), stored=False, resource="reports/")
def reports_page(given: Parameters, moment: Moment) -> Context:
    only, number = reports.narrowed(given), given.integer("page", 1, 100_000) or 1
    first = (number - 1) * PERIODS
    periods = reports.periods(
        moment, first, PERIODS + 1, **only
    )  # one more tells whether there are older ones
    return {
        "periods": periods[:PERIODS],
        "total": reports.known(moment, **only).count(),
        "newer": number - 1,
        "older": number + 1 if len(periods) > PERIODS else None,
        "progress": reports.progress(),
        "next_due": reports.next_due(clock.today()),
        "page": "reports",
    }


@page("report_progress.html", stored=False)
def reports_progress(given: Parameters, moment: Moment) -> Context:
    return {"progress": reports.progress()}


@page("report.html", stored=False, resource="reports/{key}/")
def report_page(given: Parameters, moment: Moment, key: str) -> Context | None:
    found = reports.one(key, moment)
    if found is None:
        return None
    frozen = frozen_of(found)
    moved = changes.moved_since(found["ledger_number"]) if found["ledger_number"] is not None else 0
    current = (
        frozen and frozen.get("format") == content.FORMAT and not found["replaced_by"] and not moment.in_past
    )
    differs = _differences(key, frozen, moment.head) if frozen and current and moved else None
    return {
        "report": found,
        "frozen": frozen,
        "moved": moved,
        "differs": differs,
        "same": bool(frozen and current and _as_asked(found, frozen) and (not moved or (differs and differs["empty"]))),
        "left_out": _left_out(found),
        "checked": reports.checked(key),
        "delivery": partial(subscriptions.deliveries, key),  # asked for when an administrator looks
        "others": [r for r in reports.listing(moment, schedule=found["schedule"], period_end=found["period_end"]) if r["id"] != key],
        "page": "reports",
    }  # fmt: skip


def _left_out(found: dict[str, Any]) -> list[str]:
    """Formats that were asked for and could not be made where it was built. Of a schedule that was changed since, none: what it
    asked for then is not what it asks for now."""
    if (
        not found["entry"]
        or last_numbers("schedule", [found["schedule"]])[found["schedule"]] > found["entry"]
    ):
        return []
    made = {file["format"] for file in found["files"]}
    return [name for name in found["formats"] if name not in made]


def _as_asked(found: dict[str, Any], frozen: dict[str, Any]) -> bool:
    """Whether its schedule still asks for what was issued: a new edition has the title, the formats and the drawings of now."""
    made = {file["format"] for file in found["files"]}
    formats = {*found["formats"], "json"} & {*settings.REPORT_FORMATS, "json"}
    if rendering.missing_for_pdf():
        formats.discard("pdf")
    now = (found["title"], found["form"], formats, rendering.renderer())
    return now == (frozen["title"], frozen["form"], made, found["renderer"])


def _differences(key: str, frozen: dict[str, Any], head: int) -> dict[str, Any] | None:
    """What a report made now would say otherwise; the same for everybody until the ledger moves."""

    def compared() -> dict[str, Any] | None:
        now = editions.as_it_would_be(frozen, head)
        return comparing.compare(frozen, now) if now else None

    found: dict[str, Any] | None = cache.get_or_set(
        f"differs:{settings.RELEASE}:{key}:{head}", compared, 3600
    )
    return found


@page("report_state.html", stored=False)
def report_state(given: Parameters, moment: Moment, key: str) -> Context | HttpResponse | None:
    """How far one report is: the fragment that its page asks for again and again."""
    found, checked = reports.one(key, moment), reports.checked(key)
    if found and found["state"] in ("ready", "failed") and not checked["wanted"]:
        return HttpResponse(
            headers={"HX-Refresh": "true", "Cache-Control": "no-store"}
        )  # the whole page says more now
    return {"report": found, "checked": checked} if found else None


def frozen_of(report: dict[str, Any]) -> dict[str, Any] | None:
    """The frozen reading of a report, when its file is still the one that was issued."""
    return editions.frozen_of(report["id"], report["reading_sha256"])


@page("report_compare.html", parameters=("a", "b"), stored=False)
def report_compare(given: Parameters, moment: Moment) -> Context | HttpResponse:
    """What lies between two reports; with none chosen, the newest two of a schedule."""
    ready = reports.listing(moment, state="ready")
    rows = [r for r in ready if r["form"] == "report"]
    a, b = _two(rows, given.text("a"), given.text("b"))
    found = {name: reports.one(key, moment) if key else None for name, key in (("a", a), ("b", b))}
    frozen = {name: frozen_of(report) if report else None for name, report in found.items()}
    for name, key in (("a", a), ("b", b)):
        if key and not frozen[name]:
            if found[name]:
                raise Refused(
                    name,
                    "not-as-issued",
                    _("its frozen reading is missing, or is not the one that was issued"),
                )
            raise Refused(
                name, "unknown-code", _("no issued report has the key “%(key)s”") % {"key": key[:80]}
            )
    both = frozen["a"] and frozen["b"]
    age = {
        name: (report["period_end"], report["edition"]) for name, report in found.items() if both and report
    }
    chosen = [
        r for r in ready if r["id"] in (a, b) and r not in rows
    ]  # of a brief: it is not offered, and can be asked for
    return {
        "rows": [*chosen, *rows], "a": found["a"], "b": found["b"], "frozen": frozen, "page": "reports",
        "backwards": bool(age) and age["a"] > age["b"],
        "found": comparing.compare(frozen["a"], frozen["b"]) if both and frozen["a"] and frozen["b"] else None,
    }  # fmt: skip


def _two(rows: list[dict[str, Any]], a: str | None, b: str | None) -> tuple[str | None, str | None]:
    """Which two are compared, of `rows` with the newest first: to one that is chosen its neighbour of the same schedule and
    language, the one before it when there is one; with none chosen the newest two of a schedule."""
    if a and b:
        return a, b
    known = {row["id"]: (row["schedule"], row["language"]) for row in rows}
    if (one := a or b) is not None:
        same = [key for key in known if one in known and known[key] == known[one]]
        place = same.index(one) if one in same else 0
        older, newer = same[place + 1 : place + 2], same[max(0, place - 1) : place]
        other = next(iter([*newer, *older] if a else [*older, *newer]), None)
        return (a, other) if a else (other, b)
    mine = [row for row in rows if row["language"] == content_language()] or rows
    several = Counter(row["schedule"] for row in mine)
    two = [row["id"] for row in mine if row["schedule"] == next((s for s in several if several[s] > 1), None)]
    return (two[1], two[0]) if two else (None, None)


@require_safe
def report_schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of a frozen reading."""
    if (closed := closed_to(request)) is not None:
        return closed
    raw = content.SCHEMA.read_bytes()
    response = HttpResponse(raw, content_type="application/schema+json")
    return as_file(request, response, hashlib.sha256(raw).hexdigest())


@page(
    "report_feed.xml",
    parameters=("schedule", "language"),
    stored=False,
    content_type="application/atom+xml; charset=utf-8",
)
def report_feed(given: Parameters, moment: Moment) -> Context:
    """Atom (RFC 4287): the reports of a schedule, in one language or all."""
    schedule = given.known("schedule", Schedule)
    language = given.choice("language", ("en", "zh", "ru"))
    if schedule is None:
        raise Refused("schedule", "schedule-required", _("say of which schedule"))
    rows = reports.issued(schedule, language, moment)
    updated = max((row["updated"] for row in rows), default="")
    return {
        "rows": rows,
        "updated": updated,
        "schedule": Schedule.objects.get(pk=schedule),
        "language": language,
    }


@require_safe
def report_file(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """A rendering of an issued report, as it was issued. A page carries its style; only that style is let through.

    Of CSV there are two more: `raw=1` without the apostrophes that keep a spreadsheet from running a cell, `bom=1` with the mark
    by which old spreadsheets know UTF-8. They are made of the frozen reading and have no digest of their own.
    """
    if (closed := closed_to(request)) is not None:
        return closed
    head = changes.head()["number"]
    found = reports.one(key, Moment(clock.today(), head, head))
    path = file_of(found, name) if found else None
    try:
        allowed = ("raw", "bom") if name.endswith(".csv") else ()
        given = Parameters.of(dict(request.GET.lists()), (*allowed, "lang"))
        flavour = {flag: True for flag in allowed if given.choice(flag, ("0", "1")) == "1"}
    except Refused as error:
        return refused(request, error)
    if found is None or path is None:
        raise Http404
    raw = path.read_bytes()
    issued = {file["url"].rsplit("/", 1)[1]: file["sha256"] for file in found["files"]}
    if hashlib.sha256(raw).hexdigest() != issued[name]:
        return page_error(request, 503, "not-as-issued")
    for_ever = "public, max-age=31536000, immutable" if settings.PUBLIC_READING else "private, no-store"
    if flavour:
        reading = frozen_of(found)
        if reading is None:
            return page_error(request, 503, "not-as-issued")
        for_ever = "no-cache"  # made by today's release
        raw = rendering.csv(reading, found["language"], **flavour)
    response = HttpResponse(raw, content_type=TYPES[path.suffix])
    how = "inline" if path.suffix in SHOWN else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{key.replace(":", "-")}{path.suffix}"'
    response.headers["Cache-Control"] = for_ever
    response.headers["Content-Security-Policy"] = content_policy(raw)
    return as_file(request, response, hashlib.sha256(raw).hexdigest())


@csrf_exempt  # a public page, the same bytes for everybody: it carries no token, and sends a letter that asks, no more
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for a schedule's reports by mail."""
    if (closed := closed_to(request)) is not None:
        return closed
    rows = list(Schedule.objects.exclude(cadence=ONCE).order_by("key"))
    chosen = request.POST.get("schedule") or request.GET.get("schedule") or (rows[0].pk if rows else "")
    context: Context = {
        "rows": rows,
        "chosen": chosen,
        "page": "reports",
        "address": request.POST.get("address", "")[:254],
    }
    status = 200
    if request.method == "POST":
        language = request.POST.get("language", "")
        try:
            if chosen not in {s.pk for s in rows}:
                raise RuleBroken("schedule", _("choose a report"))
            if language not in ("en", "zh", "ru"):
                raise RuleBroken("language", _("choose a language"))
            subscriptions.subscribe(
                address=request.POST.get("address", ""), schedule=chosen, language=language, site=request.build_absolute_uri("/").rstrip("/"), client=client_address(request)
            )  # fmt: skip
            context["asked"] = True
        except RuleBroken as broken:
            context["faults"], status = {broken.field: broken.reason}, 400
    return _plain(request, "subscribe.html", context, status)


@csrf_exempt  # the secret in the address is what opens it; RFC 8058 posts here without a session
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest, secret: str, act: str = "") -> HttpResponse:
    """The page of one subscription: confirm it or end it. Only a POST changes anything: mail programs follow links."""
    found = subscriptions.by_secret(secret)
    if act not in ("", "confirm", "end"):
        raise Http404
    if found is None:
        if subscriptions.has_ended(secret) or (request.method == "POST" and act == "end"):
            return _plain(request, "subscription.html", {"ended": True, "page": "reports"})  # all is well
        raise Http404
    done = {}
    if request.method == "POST" and act == "end":
        subscriptions.end(found)
        done = {"ended": True}
    elif request.method == "POST" and act == "confirm":
        subscriptions.confirm(found)
        done = {"confirmed": True}
    return _plain(request, "subscription.html", {"subscription": found, "page": "reports", **done})


def _plain(request: HttpRequest, template: str, context: Context, status: int = 200) -> HttpResponse:
    """A page that is no reading, in the frame of the others."""
    moment = resolve(None, None, clock.today())
    response = render(
        request,
        template,
        {"moment": moment, **pageframe.frame(moment, clock.today()), **context},
        status=status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response
