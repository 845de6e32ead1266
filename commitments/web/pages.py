"""The pages: each takes its parameters, makes one reading and names its template."""

import hashlib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments import charts, clock
from commitments.archive import store
from commitments.conditional import as_file
from commitments.models.declaration import Declaration
from commitments.models.organization import Organization
from commitments.readings import (
    catalogue,
    changes,
    commitments,
    comparison,
    corrections,
    happenings,
    indicators,
    judgements,
    organizations,
    overview,
    reports,
    search,
    sources,
    text,
)
from commitments.readings.moment import Moment
from commitments.readings.parameters import LARGEST_PAGE, Parameters, Refused
from commitments.reports.build import ACTOR
from commitments.reports.schedules import MOST_IN_A_BRIEF
from commitments.rules.dates import first_day, last_day
from commitments.rules.status import ORDER
from commitments.templatetags.tracker import content_language, t
from commitments.web import drawings
from commitments.web.actors import closed_to
from commitments.web.attachments import as_attachment
from commitments.web.errors import page_error, refused
from commitments.web.reading import Context, page
from commitments.web.sorting import by_name

PAGE = 100
FEW = 10  # hits of each group of a search, beside those of the others


@page("overview.html", resource="summary/")
def overview_page(given: Parameters, moment: Moment) -> Context | None:
    key = commitments.key_of_declaration()
    if key is None:
        return {"reading": None}
    today = clock.today()
    reading = overview.read(key, moment, today)
    assert reading is not None
    rollup = reading["rollup"]
    rows = organizations.matrix(key, reading["rows"], ("addressee", "named"))
    named = organizations.bodies(rows, reading["declaration"])
    shown = reading["years"]
    return {
        "reading": reading,
        "rollup": rollup,
        **drawings.by_years(reading),
        "legend": charts.legend(rollup.by_value, rollup.total),
        "uncounted": [
            (v["value"], n)
            for v in reading["scale"]
            if not v["counts"] and (n := rollup.by_value.get(v["value"], 0))
        ],
        "counted_values": [
            (v["value"], n)
            for v in reading["scale"]
            if v["counts"] and (n := rollup.by_value.get(v["value"], 0))
        ],
        "matrix": named[:8],
        "context": _context_indicator(key, moment, shown, reading["events"]),
        "next_due": reports.next_due(today, key),
        "page": "overview",
    }


def _context_indicator(
    key: str, moment: Moment, years: list[dict[str, Any]], events: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """The series with the most values: context for the whole, which never moves a status."""
    found = max(
        indicators.listing(moment, declaration=key), key=lambda i: len(i["measurements"]), default=None
    )
    if found is None or not found["measurements"]:
        return None
    return {"indicator": found, "chart": charts.series(found, charts.rule_of(years), labels=4, events=events)}


LANGUAGES = ("zh", "en", "ru")
COLOURS = ("status", "kind", "strength", "organization")
# One or two languages; the authentic text stands beside one of them unless it is asked otherwise.
SHOWS = ("en", "ru", "en,ru", "zh", "one", "only-en", "only-ru")


@page(
    "reader.html", parameters=("show", "colour", "organization", "c"), resource="declarations/{declaration}/"
)
def reader_page(given: Parameters, moment: Moment, declaration: str) -> Context | None:
    """The authentic edition with the interface language beside it, or the languages that are asked for."""
    found = overview.declaration_of(declaration)
    if found is None:
        return None
    reading = text.read(declaration, moment)
    show = given.choice("show", SHOWS)
    code = given.code("c")
    selected = f"{declaration}:{code}" if code else None
    if selected and selected not in {row["key"] for row in reading["rows"]}:
        raise Refused(
            "c", "unknown-code", _("no commitment of this text has the code “%(code)s”") % {"code": code}
        )
    organization = given.known("organization", Organization)
    colour = given.choice("colour", COLOURS) or ("organization" if organization else "status")
    return {
        "declaration": found,
        "reading": reading,
        "show": show,
        "shows": SHOWS,
        "colour": colour,
        **(_by_organization(reading["rows"], organization) if colour == "organization" else {}),
        "authentic": found["language"],
        "selected": commitments.one(selected, moment) if selected else None,
        "sections": {section["code"]: section for section in found["sections"]},
        "titles": {p["code"]: p["texts"] for p in reading["paragraphs"] if p["kind"] == "heading"},
        "page": "text",
    }


def _by_organization(rows: list[dict[str, Any]], chosen: str | None) -> Context:
    """The role of one organization in each clause; when none is chosen, of the one that has a role in most of them."""
    linked = commitments.organizations_of([row["key"] for row in rows])
    counts = Counter(code for links in linked.values() for code in {link["code"] for link in links})
    names = {link["code"]: link["name"] for links in linked.values() for link in links}
    code = chosen or (counts.most_common(1)[0][0] if counts else "")
    has = {key: {link["role"] for link in links if link["code"] == code} for key, links in linked.items()}
    roles = Counter(role for mine in has.values() for role in mine)
    return {
        "organization": code,
        # Of several roles in one clause the first: who undertakes is also named.
        "role_in": {key: min(mine, key=commitments.ROLES.index) for key, mine in has.items() if mine},
        "roles": [{"role": role, "n": roles[role]} for role in commitments.ROLES if roles[role]],
        "organizations": sorted(
            ({"code": c, "name": names[c], "n": k} for c, k in counts.items()), key=lambda o: (-o["n"], o["code"])
        ),
    }  # fmt: skip


COLUMNS = {  # of the list of commitments: each with the fields of the API that it shows
    "words": ("title", "quotations"), "section": ("section",), "kind": ("kind",), "strength": ("strength",),
    "organizations": ("organizations",), "status": ("status",), "since": ("status",), "confidence": ("status",),
    "because": ("status",), "evidence": ("newest_evidence",),
}  # fmt: skip
SHOWN = ("words", "kind", "status", "since", "evidence")


def _columns(given: Parameters) -> list[dict[str, Any]]:
    """The columns of the list, each with the choice that its link makes: the same with it, or without it."""
    chosen = given.choices("columns", COLUMNS) or list(SHOWN)
    found = []
    for name in COLUMNS:
        others = [other for other in COLUMNS if (other in chosen) != (other == name)]
        found.append({"name": name, "shown": name in chosen, "others": ",".join(others) or None})
    return found


def _fields(columns: list[str]) -> str:
    return ",".join(dict.fromkeys(("key", "code", *(field for name in columns for field in COLUMNS[name]))))


@page("commitments.html", parameters=(*commitments.FILTERS, "columns"), resource="commitments/")
def commitments_page(given: Parameters, moment: Moment) -> Context:
    wanted, columns = commitments.Filter.of(given), _columns(given)
    found = commitments.listing(wanted, moment, classes=True)
    everything = commitments.listing(commitments.Filter(declaration=wanted.declaration), moment)
    keys = [row["key"] for row in found.rows]
    shown = [column["name"] for column in columns if column["shown"]]
    quotations = commitments.quotations_of(keys)
    responsible = commitments.organizations_of(keys) if "organizations" in shown else {}
    for row in found.rows:
        row["organizations"] = responsible.get(row["key"], [])
        row["clause"] = {
            language: " … ".join(
                q["exact"]
                for q in quotations[row["key"]]
                if q["role"] == "clause" and q["language"] == language
            )
            for language in LANGUAGES
        }
    key = commitments.key_of_declaration()
    declaration = overview.declaration_of(key) if key else None
    reason = None
    if wanted.organization and not found.rows and wanted.via:
        reason = organizations.one(wanted.organization, moment)
    return {
        "found": found,
        "everything": everything,
        "sections": declaration["sections"] if declaration else [],
        "kinds": commitments.KINDS,
        "classes": commitments.CLASSES,
        "strengths": ("5", "4", "3", "2", "1"),
        "columns": columns,
        "topics": [
            topic for topic in commitments.topics(keys) if topic["count"] or topic["code"] == wanted.topic
        ],
        "fields": _fields(shown) if given.text("columns") else "",
        "orderings": ("text", "status", "since", "-since", "evidence", "-evidence", "-strength"),
        "words": list(wanted.words),
        "why_none": reason,
        "most_in_a_brief": MOST_IN_A_BRIEF,
        "organization": _named_organization(wanted.organization, moment),
        "page": "commitments",
    }


def _narrowed(given: Parameters) -> dict[str, str]:
    return {name: text for name in commitments.NARROWS if (text := given.text(name))}


def _narrowed_by(narrowed: dict[str, str], moment: Moment) -> list[dict[str, Any]]:
    """What narrows a list, as a reader calls it: {"name", "texts" or "words"}."""
    sections = commitments.section_titles(narrowed.get("declaration")) if "section" in narrowed else {}
    found: list[dict[str, Any]] = []
    for name, value in narrowed.items():
        part: dict[str, Any] = {"name": name, "words": value.split(",")}
        if name == "organization" and (organization := _named_organization(value, moment)):
            part["texts"] = organization["name"]
        elif name == "topic":
            part["texts"] = next(
                topic["name"] for topic in catalogue.topics(None, moment) if topic["code"] == value
            )
        elif name == "section" and value in sections:
            part["texts"] = sections[value]
        found.append(part)
    return found


def _named_organization(code: str | None, moment: Moment) -> dict[str, Any] | None:
    if code is None:
        return None
    return next((o for o in organizations.listing(moment) if o["code"] == code), None)


@page("commitment.html", resource="commitments/{key}/")
def commitment_page(given: Parameters, moment: Moment, key: str) -> Context | HttpResponse | None:
    found = commitments.one(key, moment)
    if found is None:
        return None
    if found["replaced_by"]:  # the page of what stands for it names it
        query = urlencode({k: v for k, v in given.given.items() if k in ("lang", "as_of", "at")})
        return HttpResponseRedirect(
            f"/commitments/{found['replaced_by'][0]}/" + (f"?{query}" if query else "") + "#replaces"
        )
    rule = drawings.rule_since(found["adopted_on"], moment)
    measured = indicators.listing(moment, commitments__commitment=key)
    events = overview.events(found["declaration"], moment) if measured else []
    series = [
        {"indicator": i, "chart": charts.series(i, rule, height=132, floor=14, events=events)}
        for i in measured
    ]
    roles: dict[str, list[dict[str, Any]]] = {}
    for organization in found["organizations"]:
        roles.setdefault(organization["role"], []).append(organization)
    used = {source["key"]: source for h in found["happenings"] for source in h["sources"]}
    return {
        "commitment": found,
        **drawings.status(found, moment),
        "series": series,
        "roles": roles,
        "replaced": [
            {"key": old, "versions": changes.versions("commitment", old, moment.at)}
            for old in found["replaces"]
        ],
        "beside": commitments.beside(key, found["paragraph"], found["declaration"], moment),
        "sources": sorted(used.values(), key=lambda s: s["date"], reverse=True),
        "address": f"/commitments/{key}/?as_of={moment.as_of}&at={moment.at}",
        "head": {"number": moment.at, "hash": changes.hash_of(moment.at)},
        "page": "commitments",
    }


@page("panel.html")
def panel_fragment(given: Parameters, moment: Moment, key: str) -> Context | None:
    found = commitments.one(key, moment)
    return {"selected": found} if found else None


@page("organizations.html", parameters=organizations.FILTERS, resource="organizations/")
def organizations_page(given: Parameters, moment: Moment) -> Context:
    narrowed = organizations.narrowed(given) | {"ordering": given.text("ordering") or "number"}
    role = narrowed["role"]
    rows = organizations.listing(moment, **narrowed)
    if narrowed["ordering"] == "name":
        language = content_language()
        rows.sort(key=lambda row: by_name(t(row["name"]), language))
    key = commitments.key_of_declaration()
    listing = commitments.listing(commitments.Filter(declaration=key), moment)
    matrix = organizations.matrix(key, listing.rows, (role,) if role else commitments.ROLES) if key else []
    by_code = {row["code"]: row for row in matrix}
    for row in rows:
        row["matrix"] = by_code.get(row["code"])
    declaration = overview.declaration_of(key) if key else None
    parties = [p["organization"] for p in declaration["parties"]] if declaration else []
    members = [p["organization"] for p in declaration["parties_at_adoption"]] if declaration else []
    if key and role in (None, "obligor"):
        through = organizations.through_groups(key, members, listing.rows)
        for row in rows:
            row["through"] = through.get(row["code"])
    groups = [
        ("parties", [r for r in rows if r["code"] in parties or r["code"] in members]),
        ("bodies", [r for r in rows if r["type"].startswith("intergovernmental") and r["code"] not in parties]),
        ("within", [r for r in rows if r["parent"] and r["type"] not in ("state", "state_group", "generic_group", "intergovernmental_organization", "intergovernmental_body", "intergovernmental_forum") and r["code"] not in parties]),
        ("others", None),
    ]  # fmt: skip
    seen = {r["code"] for _, many in groups if many for r in many}
    groups[-1] = ("others", [r for r in rows if r["code"] not in seen])
    return {
        "groups": groups,
        "total": len(rows),
        "roles": commitments.ROLES,
        "kinds": organizations.kinds(),
        "sections": declaration["sections"] if declaration else [],
        "ordering": narrowed["ordering"],
        "page": "organizations",
    }


@page("organization.html", resource="organizations/{code}/")
def organization_page(given: Parameters, moment: Moment, code: str) -> Context | None:
    found = organizations.one(code, moment)
    if found is None:
        return None
    for portfolio in found["portfolios"]:
        parts = (portfolio["undertaken"], *portfolio["roles"].values())
        codes = dict.fromkeys(row["code"] for part in parts for row in part)
        portfolio["brief"] = ",".join(codes) if len(codes) <= MOST_IN_A_BRIEF else ""
    return {
        "organization": found,
        "happenings": happenings.listing(happenings.Filter(organization=code), moment),
        "page": "organizations",
    }


@page("actions.html", parameters=happenings.FILTERS, resource="actions/")
def actions_page(given: Parameters, moment: Moment) -> Context:
    wanted = happenings.Filter.of(given)
    rows = happenings.listing(wanted, moment)
    key = commitments.key_of_declaration()
    declaration = overview.declaration_of(key) if key else None
    rule = drawings.rule_since(declaration["adopted_on"], moment) if declaration else None
    return {
        "rows": rows,
        "timeline": drawings.happened(rows, rule) if rule else [],
        "ticks": rule.ticks if rule else [],
        "earlier_than": drawings.earlier_than(rows, rule) if rule else "",
        "kinds": happenings.kinds(moment),
        "words": list(wanted.words),
        "unverified": sum(not row["verified"] for row in rows),
        "page": "actions",
    }


@page("indicators.html", parameters=("declaration",), resource="indicators/")
def indicators_page(given: Parameters, moment: Moment) -> Context:
    code = given.known("declaration", Declaration)
    rows = indicators.listing(moment, **({"declaration": code} if code else {}))
    return {**drawings.multiples(rows, moment), "page": "indicators"}


@page("measurements.html", parameters=("verified",))
def measurements_page(given: Parameters, moment: Moment) -> Context:
    return {"rows": indicators.values(moment, given.flag("verified")), "page": "indicators"}


@page("indicator.html", resource="indicators/{key}/")
def indicator_page(given: Parameters, moment: Moment, key: str) -> Context | None:
    found = indicators.one(key, moment)
    if found is None:
        return None
    declaration = overview.declaration_of(found["declaration"])
    assert declaration is not None
    rows = commitments.listing(commitments.Filter(declaration=found["declaration"]), moment).rows
    return {
        **drawings.indicator(found, drawings.rule_since(declaration["adopted_on"], moment), moment),
        "serves": [row for row in rows if row["key"] in set(found["commitments"])],
        "page": "indicators",
    }


@page("sources.html", parameters=sources.FILTERS, resource="sources/")
def sources_page(given: Parameters, moment: Moment) -> Context:
    rows = sources.listing(given, moment)
    return {"rows": rows, "classes": sources.CLASSES, "words": given.query(), "page": "sources"}


@page("source.html", resource="sources/{key}/")
def source_page(given: Parameters, moment: Moment, key: str) -> Context | None:
    found = sources.one(key, moment)
    return {"source": found, "page": "sources"} if found else None


@require_safe
def known_on(request: HttpRequest) -> HttpResponse:
    """From a day to the ledger number of its end: back to the page, which then shows what was on record on that day."""
    if (closed := closed_to(request)) is not None:
        return closed
    try:
        given = Parameters.of(dict(request.GET.lists()), ("on", "back", "lang"))
        if (day := given.day("on", last_day)) is None:
            raise Refused("on", "invalid-date", _("must be given"))
    except Refused as error:
        return refused(request, error)
    back = given.text("back") or "/"
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}) or not back.startswith("/"):
        return refused(request, Refused("back", "unknown-value", _("is not a page of this tracker")))
    path, _mark, query = back.partition("?")
    pairs = [pair for pair in parse_qsl(query) if pair[0] != "at"]
    if (number := changes.last_by(day)) == 0:
        began = changes.recorded_at(1)[:10] if changes.head()["number"] else None
        words = (
            _("nothing was on record yet; the record begins on %(day)s") % {"day": began}
            if began
            else _("nothing is on record yet")
        )
        return refused(request, Refused("on", "before-record", words))
    return HttpResponseRedirect(f"{path}?{urlencode([*pairs, ('at', number)])}")


@page("dispute.html")
def dispute_page(given: Parameters, moment: Moment, key: str) -> Context | None:
    found = judgements.dispute(key, moment)
    return {"dispute": found, "page": "commitments"} if found else None


@require_safe
def archived_file(request: HttpRequest, sha256: str) -> HttpResponse:
    """An archived copy of a source, as it was sent: an attachment, never opened in our name."""
    if (closed := closed_to(request)) is not None:
        return closed
    found = sources.file_of(sha256)
    if found is None:
        raise Http404
    kept = store.read(Path(settings.ARCHIVE_DIR), sha256)
    if kept is None:
        return page_error(request, 503, "not-as-issued")
    response = as_attachment(kept, found["name"], found["media_type"])
    if settings.PUBLIC_READING:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return as_file(request, response, sha256)


@require_safe
def script(request: HttpRequest, name: str) -> HttpResponse:
    """A script for outsiders: the one that verifies the chain from the feed alone, the one that mirrors a tracker."""
    text = (Path(settings.BASE_DIR) / "static" / name).read_bytes()
    response = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "public, no-cache"
    return as_file(request, response, hashlib.sha256(text).hexdigest())


@page("assessments.html", parameters=catalogue.ASSESSMENT_FILTERS, resource="assessments/")
def assessments_page(given: Parameters, moment: Moment) -> Context:
    """Assessments that stand, newest first; with `moved` only those that changed a value."""
    rows = catalogue.assessments(given, moment)
    named = commitments.titles([row["commitment"] for row in rows])
    return {"rows": [{**row, "row": named[row["commitment"]]} for row in rows], "page": "commitments"}


@page("status_changes.html", parameters=catalogue.STATUS_CHANGE_FILTERS, resource="status-changes/")
def status_changes_page(given: Parameters, moment: Moment) -> Context:
    """What changed in the world, newest first; the changes of the record are another page."""
    rows = catalogue.status_changes(Parameters({"ordering": "-on"} | dict(given.given)), moment)
    first, last = given.day("from", first_day), given.day("to", last_day)
    narrowed = _narrowed(given)
    return {
        "rows": rows,
        "day_before": first - timedelta(days=1) if first else None,
        "narrowed": narrowed,
        "narrowed_by": _narrowed_by(narrowed, moment),
        "last_shown": min(last, moment.as_of) if last else moment.as_of,
        "organization": _named_organization(given.text("organization"), moment),
        "page": "changes",
    }


@page("compare.html", parameters=("from", *commitments.NARROWS), resource="comparison/")
def compare_page(given: Parameters, moment: Moment) -> Context:
    """Two moments side by side: the year rule moves the later one, a second rule the earlier."""
    found = comparison.read(given, moment)
    earlier = comparison.earlier_of(given, moment)
    key = commitments.key_of_declaration()
    declaration = overview.declaration_of(key) if key else None
    adopted = date.fromisoformat(declaration["adopted_on"]) if declaration else earlier
    narrowed = _narrowed(given)
    return {
        **found,
        "moved": [row for row in found["rows"] if row["moved"]],
        "entered": [row for row in found["rows"] if row["entered"]],
        "left": [row for row in found["rows"] if row["left"]],
        "earlier_day": earlier,
        "earlier_years": [
            c for c in overview.columns(adopted, moment.as_of, earlier) if c["day"] <= moment.as_of
        ],
        "narrowed": narrowed,
        "narrowed_by": _narrowed_by({k: v for k, v in narrowed.items() if k != "section"}, moment),
        "first_after": earlier + timedelta(days=1),
        "sections": declaration["sections"] if declaration else [],
        "organization": _named_organization(given.text("organization"), moment),
        "page": "changes",
    }


CHANGES = 120  # transactions of one page; reports of one day are one line of it


@page("changes.html", parameters=("before", "after"), resource="changes/")
def changes_page(given: Parameters, moment: Moment) -> Context:
    before = given.integer("before", 1, 10**17)
    after = given.integer("after", 0, 10**17) or 0
    rows = changes.batches(min(before or moment.at + 1, moment.at + 1), CHANGES + 1, after)
    subjects = [row["subject"] for row in rows if row["subject_type"] == "report"]
    return {
        "rows": _in_runs(rows[:CHANGES]),
        "issued": reports.named(subjects),
        "older": rows[CHANGES - 1]["batch"] if len(rows) > CHANGES else None,
        "head": changes.head(),
        "page": "changes",
    }


def _in_runs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Reports that fell due and were issued one after the other on one day are one line, which opens. What somebody asked for
    stands alone, with who and why."""
    found: list[dict[str, Any]] = []
    for row in rows:
        issue = (row["verb"], row["subject_type"], row["actor"], row["entries"]) == (
            "issue",
            "report",
            ACTOR,
            1,
        )
        last = found[-1] if found else None
        if issue and last and last.get("run") and last["recorded_at"][:10] == row["recorded_at"][:10]:
            last["run"].append(row)
        else:
            found.append({**row, "run": [row]} if issue else row)
    return found


@page("change.html", parameters=("after",))
def change_page(given: Parameters, moment: Moment, batch: str) -> Context | None:
    if not (batch.isascii() and batch.isdigit() and len(batch) < 18):
        return None
    after = given.integer("after", 0, 10**17) or 0
    rows = changes.batch_entries(int(batch), after, PAGE + 1)
    if not rows or int(batch) > moment.at:
        return None
    summary = changes.batches(int(batch) + 1, 1)
    return {
        "batch": summary[0] if summary else None,
        "rows": rows[:PAGE],
        "issued": reports.named([row["subject"] for row in rows if row["subject_type"] == "report"]),
        "more": rows[PAGE - 1]["number"] if len(rows) > PAGE else None,
        "page": "changes",
    }


@page("search.html", parameters=("q", "group"), resource="search/")
def search_page(given: Parameters, moment: Moment) -> Context:
    """Every group with its first hits; of one that is chosen as many as a page holds."""
    words, chosen = tuple(given.query()), given.choice("group", search.GROUPS)
    groups = search.search(words, moment, LARGEST_PAGE if chosen else FEW) if words else []
    return {
        "q": given.text("q") or "",
        "words": list(words),
        "facets": [(g["group"], g["count"]) for g in groups if g["count"] or g["group"] == chosen],
        "groups": (shown := [group for group in groups if chosen in (None, group["group"])]),
        "total": sum(group["count"] for group in shown),
        "everything": sum(group["count"] for group in groups),
        "chosen": chosen,
        "page": "search",
    }


@page("corrections.html")
def corrections_page(given: Parameters, moment: Moment) -> Context:
    """What was taken back, disputed or redacted, newest first, of everything that is followed."""
    rows = corrections.listing(None, moment)[::-1]
    named = commitments.titles([row["commitment"] for row in rows if "commitment" in row])
    return {
        "rows": [{**row, "row": named.get(row.get("commitment", ""))} for row in rows],
        "disputes": corrections.disputes(moment),
        "redactions": changes.redactions(moment.at),
        "page": "corrections",
    }


@page("help.html")
def help_page(given: Parameters, moment: Moment) -> Context:
    return {"page": "help"}


@page("style.html", stored=False)
def style_page(given: Parameters, moment: Moment) -> Context | None:
    """The parts of every page side by side, for those who build them; in production there is none."""
    if not settings.DEBUG:
        return None
    return {
        "colours": ("paper", "sheet", "ink", "ink-2", "ink-3", "rule", "rule-2", "link", "mark", "focus", "go", "stall", "end", "undo", "fail", "none"),
        "sizes": ("t1", "t2", "t3", "t4", "t5", "t6", "t7"),
        "spaces": ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"),
        "values": ORDER,
        "page": "style",
    }  # fmt: skip


@page("method.html")
def method_page(given: Parameters, moment: Moment) -> Context:
    key = commitments.key_of_declaration()
    return {
        "declaration": overview.declaration_of(key) if key else None,
        "editions": text.editions(key) if key else [],
        "coverage": text.coverage(key) if key else None,
        "contact": settings.CONTACT_EMAIL,
        "page": "method",
    }


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and the ledger is there; its number is 0 while nothing is loaded."""
    number = changes.head()["number"]
    return JsonResponse({"status": "ok", "ledger_number": number}, headers={"Cache-Control": "no-store"})
