"""Spreadsheets: the list to be filled in, a table brought, its columns named, its rows seen before they are accepted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commitments import clock
from commitments.archive import content
from commitments.ledger.kinds import file_reason
from commitments.models.organization import Organization
from commitments.models.sheet import Sheet
from commitments.readings import commitments, desk, judgements
from commitments.readings.parameters import Parameters, Refused
from commitments.sheets import columns, template, work
from commitments.tasks import nudge, work_sheets
from commitments.templatetags.desk import FIELDS
from commitments.templatetags.tracker import content_language, t
from commitments.web.actors import actor_of, person_of
from commitments.web.desk.frame import go, now, posted, shown, the_declaration
from commitments.web.errors import refused

SHOWN = 300  # rows of a preview
PREVIEW = 3  # rows of a table that stand below its columns while they are named


def _organizations(request: HttpRequest) -> list[tuple[str, str]]:
    """For whom a table may report: for a focal point its own; an analyst's table judges, unless it enters a letter."""
    actor = actor_of(request)
    rows = Organization.objects.order_by("key")
    if actor.bound:
        rows = rows.filter(pk__in=actor.organizations)
    return [(key, f"{key} · {t(name)}") for key, name in rows.values_list("key", "name")]


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """One's tables, and a new one."""
    actor, person = actor_of(request), person_of(request)
    choices, fault = _organizations(request), ""
    if request.method == "POST":
        organization = posted(request, "organization") or None
        sent = request.FILES.get("upload")
        if (organization or actor.bound) and organization not in dict(choices):
            fault = _("say for which organization you report")
        elif sent is None:
            fault = _("choose a file")
        elif (sent.size or 0) > content.LARGEST:
            fault = file_reason("too-large")
        else:
            try:
                sheet = work.receive(
                    name=sent.name or "", data=sent.read(), person=person, declaration=the_declaration().pk,
                    organization=organization, language=content_language(), now=clock.now(),
                )  # fmt: skip
            except content.NotAccepted as error:
                fault = (
                    file_reason(error.code)
                    if error.code != "type"
                    else _("only XLSX and CSV files are tables")
                )
            else:
                nudge(work_sheets)
                return go(request, f"/desk/sheets/{sheet.pk}/")
    rows = Sheet.objects.filter(person=person).order_by("-pk").defer("rows", "results")[:30]
    context = {
        "rows": rows,
        "choices": choices,
        "fault": fault,
        "chosen": posted(request, "organization"),
    }
    return shown(request, "desk/sheets.html", context, 400 if fault else 200)


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The list of commitments as XLSX, narrowed by the filters of the list."""
    query = {name: values for name, values in request.GET.lists() if name not in ("lang", "for")}
    try:
        wanted = commitments.Filter.of(Parameters.of(query, commitments.FILTERS))
    except Refused as error:
        return refused(request, error)
    actor, declaration = actor_of(request), the_declaration()
    organization = request.GET.get("for") or (actor.organizations[0] if actor.bound else None)
    rows = commitments.listing(wanted, now()).rows
    if actor.bound:
        own = {row["key"] for row in desk.may_be_judged(actor, declaration.pk)}
        rows = [row for row in rows if row["key"] in own]
    labels = {value["value"]: value["label"] for value in judgements.scale_values(declaration.scale_id)}
    response = HttpResponse(template.workbook(rows, labels, organization), content_type=content.XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{declaration.pk}.xlsx"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _own(request: HttpRequest, number: str) -> Sheet:
    found = (
        Sheet.objects.filter(pk=int(number), person=person_of(request)).first()
        if _is_number(number)
        else None
    )
    if found is None:
        raise Http404
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A table: how its columns are read, and what becomes of each row."""
    sheet = _own(request, number)
    fault = ""
    if request.method == "POST":
        intent = posted(request, "intent")
        if intent == "columns":
            fault = _name_columns(request, sheet)
        elif intent == "choose":
            _choose(request, sheet)
        elif intent == "accept":
            _accept(request, sheet)
        elif intent == "discard" and sheet.state != Sheet.State.TAKING:
            sheet.delete()
            messages.success(request, _("The table is discarded."))
            return go(request, "/desk/sheets/")
        if not fault:
            nudge(work_sheets)
            return go(request, f"/desk/sheets/{number}/")
    return shown(request, "desk/sheet.html", _context(request, sheet, fault), 400 if fault else 200)


def _name_columns(request: HttpRequest, sheet: Sheet) -> str:
    """The fault in what was named, or nothing."""
    mapping: dict[str, int] = {}
    for index in range(len(sheet.header)):
        field = posted(request, f"column-{index}")
        if field in mapping:
            return _("two columns cannot both be “%(field)s”") % {"field": FIELDS.get(field, field)}
        if field in columns.COLUMNS:
            mapping[field] = index
    if not columns.enough(mapping):
        return _("name the column of the value, and that of the code or of the words")
    work.name_columns(sheet, mapping)
    return ""


def _choose(request: HttpRequest, sheet: Sheet) -> None:
    rows = desk.may_be_judged(actor_of(request), sheet.declaration_id)
    known = {row[name]: row["key"] for row in rows for name in ("key", "code")}
    chosen = {
        str(result["row"]): known[code]
        for result in sheet.results
        if result["outcome"] == "parked"
        and (code := posted(request, f"row-{result['row']}").strip()) in known
    }
    work.choose(sheet, chosen)


def _accept(request: HttpRequest, sheet: Sheet) -> None:
    if not any(result["outcome"] == "ok" for result in sheet.results):
        messages.error(request, _("No row is right yet."))
        return
    held = Sheet.objects.filter(pk=sheet.pk, state=Sheet.State.CHECKED)
    held.update(state=Sheet.State.TAKING, percent=0, tries=0, lease_until=None, failure="")


def _context(request: HttpRequest, sheet: Sheet, fault: str) -> dict[str, Any]:
    counts = dict.fromkeys(("ok", "unchanged", "refused", "parked"), 0)
    for result in sheet.results:
        counts[result["outcome"]] += 1
    by_field = {index: field for field, index in sheet.mapping.items()}
    heads = [
        {"index": index, "letter": columns.letter(index), "cell": cell, "field": request.POST.get(f"column-{index}", by_field.get(index, "")),
         "samples": [row["cells"][index] for row in sheet.rows[:PREVIEW] if index < len(row["cells"])]}
        for index, cell in enumerate(sheet.header)
    ]  # fmt: skip
    named = commitments.titles([r["commitment"] for r in sheet.results if r["commitment"]])
    rows = [r | {"about": named.get(r["commitment"])} for r in sheet.results]
    order = {"refused": 0, "parked": 1, "ok": 2, "unchanged": 3}
    rows.sort(key=lambda r: (order[r["outcome"]], r["row"]))
    if sheet.results and content_language() != sheet.language:
        rows = work.told_again(sheet, rows[:SHOWN]) + rows[SHOWN:]
    return {
        "sheet": sheet, "heads": heads, "fields": [(c, columns.column_word(c)) for c in columns.COLUMNS],
        "counts": counts,
        "rows": rows[:SHOWN],
        "hidden": max(0, len(rows) - SHOWN), "fault": fault,
        "working": sheet.state in work.WORKING, "commitments": desk.may_be_judged(actor_of(request), sheet.declaration_id),
    }  # fmt: skip


@require_safe
def progress(request: HttpRequest, number: str) -> HttpResponse:
    """How far the work on a table is."""
    sheet = _own(request, number)
    return shown(
        request, "desk/sheet_progress.html", {"sheet": sheet, "working": sheet.state in work.WORKING}
    )
