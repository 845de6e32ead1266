"""Everything at once: the record or a list of it, in one file, pinned to one ledger number and sent as it is read."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from openpyxl import Workbook
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments import clock
from commitments.api import shapes
from commitments.api.csvs import as_csv, cell
from commitments.api.views import CLOCKS, MEANINGS
from commitments.models.declaration import Declaration
from commitments.packages import export as packages
from commitments.packages import folder
from commitments.readings import (
    catalogue,
    changes,
    commitments,
    happenings,
    indicators,
    organizations,
    sources,
)
from commitments.readings.moment import Moment, consistent, resolve
from commitments.readings.parameters import Parameters, Refused

AT_ONCE = 500
TYPES = {
    "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "json": "application/json", "package": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_HEADERS = changes.HEADER
_NO_FILTER = Parameters({})
Rows = Iterator[dict[str, Any]]


def _entries(after: int, moment: Moment) -> Rows:
    """Entries to the pinned number, a few hundred in memory at a time."""
    while after < moment.at:
        page = changes.feed(after, min(AT_ONCE, moment.at - after))
        yield from page
        after = page[-1]["number"]


def _commitments(parameters: Parameters, moment: Moment) -> list[dict[str, Any]]:
    return commitments.present(commitments.listing(commitments.Filter.of(parameters), moment).rows, moment)


_LISTS: dict[str, Callable[[Parameters, Moment], list[dict[str, Any]]]] = {
    "commitments": _commitments,
    "assessments": catalogue.assessments,
    "actions": lambda parameters, moment: happenings.listing(happenings.Filter.of(parameters), moment),
    "indicators": lambda parameters, moment: indicators.listing(
        moment, **({"declaration": code} if (code := parameters.text("declaration")) else {})
    ),
    "organizations": lambda parameters, moment: organizations.listing(moment),
    "sources": sources.listing,
    "status-changes": catalogue.status_changes,
}
OF = ("changes", *_LISTS)


class Export(APIView):
    produces = tuple(TYPES.values())
    parameters: ClassVar[tuple[str, ...]] = ("format", "of", "declaration", "after", *CLOCKS)

    @extend_schema(
        operation_id="export", summary="The record, or a list of it, as one file: `of` says what, `format` how.",
        parameters=[
            *(OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.QUERY, description=MEANINGS[name]) for name in ("declaration", "after", *CLOCKS)),
            OpenApiParameter("format", OpenApiTypes.STR, OpenApiParameter.QUERY, enum=list(TYPES), description="Default `ndjson`; `package` is a zip that another tracker loads."),
            OpenApiParameter("of", OpenApiTypes.STR, OpenApiParameter.QUERY, enum=list(OF), description="Default `changes`: every entry of the ledger, which `after` resumes."),
        ],
        responses={
            **{(200, kind.split(";")[0]): OpenApiTypes.OBJECT if kind == TYPES["json"] else OpenApiTypes.BINARY for kind in TYPES.values()},
            **{(code, "application/problem+json"): OpenApiResponse(shapes.Problem, words) for code, words in {400: "A parameter that cannot be answered.", 404: "No declaration.", 429: "Too many requests."}.items()},
        },
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        given, head = (
            Parameters.of(dict(request.query_params.lists()), self.parameters),
            request.method == "HEAD",
        )
        kind, of = given.choice("format", tuple(TYPES)) or "ndjson", given.choice("of", OF) or "changes"
        declaration = given.known("declaration", Declaration)
        moment = resolve(given.text("as_of"), given.text("at"), clock.today())
        after = given.integer("after", 0, 10**17) or 0
        if after > moment.at:
            raise Refused("after", "beyond-head", f"{after} is beyond entry {moment.at}")
        if after and (of != "changes" or kind == "package"):
            raise Refused("after", "unknown-value", "resumes an export of changes, and no other")
        if kind == "package":
            return _package(declaration, moment, head)
        if of == "changes":
            if declaration:
                raise Refused(
                    "declaration",
                    "unknown-value",
                    "an export of changes is the whole ledger: entries are chained",
                )
            return _sent(_changes(kind, after, moment), kind, f"changes.{moment.at}", moment, head=head)
        only = Parameters({"declaration": declaration} if declaration else {})
        moment, rows = consistent(moment, lambda now: _LISTS[of](only, now))
        return _sent(_list(kind, rows), kind, f"{of}.{moment.as_of}.{moment.at}", moment, head=head)


def _changes(kind: str, after: int, moment: Moment) -> Iterator[bytes]:
    if kind == "xlsx":  # a cell holds 32,767 characters, a body may hold more: it stands in the other formats
        return _workbook(_HEADERS, _entries(after, moment))
    columns = (*_HEADERS, "salt", "body")
    if kind == "csv":
        return _csv(columns, _entries(after, moment))
    if kind == "json":
        head = {"number": moment.at, "hash": changes.hash_of(moment.at)}
        return _json(_entries(after, moment), f'{{"head":{json.dumps(head)},"results":[', "]}\n")
    return _lines(_entries(after, moment))


def _list(kind: str, rows: list[dict[str, Any]]) -> Iterator[bytes]:
    columns = tuple(rows[0]) if rows else ("key",)
    if kind == "xlsx":
        return _workbook(columns, iter(rows))
    if kind == "csv":
        return _csv(columns, iter(rows))
    return (
        _json(iter(rows), f'{{"count":{len(rows)},"results":[', "]}\n")
        if kind == "json"
        else _lines(iter(rows))
    )


def _lines(rows: Rows) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _json(rows: Rows, before: str, behind: str) -> Iterator[bytes]:
    yield before.encode()
    for index, row in enumerate(rows):
        yield (b"," if index else b"") + json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
    yield behind.encode()


def _csv(columns: tuple[str, ...], rows: Rows) -> Iterator[bytes]:
    yield as_csv(columns, [])
    for row in rows:
        yield as_csv(columns, [row]).split(b"\r\n", 1)[1]


def _workbook(columns: tuple[str, ...], rows: Rows) -> Iterator[bytes]:
    """Written to a file and sent from it; nobody has the whole of it in memory."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("export")
    sheet.freeze_panes = "A2"
    sheet.append(columns)
    for row in rows:
        sheet.append([row[n] if isinstance(row[n], int) else cell(row[n])[:32_767] for n in columns])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while part := file.read(65_536):
            yield part


def _package(declaration: str | None, moment: Moment, head: bool) -> HttpResponseBase:
    """The declaration package as it is now: what `manage.py load_declaration` reads, on this tracker or another."""
    if moment.in_past:
        raise Refused("at", "unknown-value", "a package is of the record as it is now; leave `at` out")
    code = declaration or commitments.key_of_declaration()
    if code is None:
        return Response(status=404)
    moment, package = consistent(moment, lambda now: packages.export(code))
    out = io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix="tracker-package-") as place,
        zipfile.ZipFile(out, "w") as archive,
    ):
        folder.write(package, Path(place))
        for path in sorted(p for p in Path(place).rglob("*") if p.is_file()):
            member = zipfile.ZipInfo(f"{code}/{path.relative_to(place)}", (2000, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, path.read_bytes())
    return _sent(iter([out.getvalue()]), "package", f"{code}.{moment.at}", moment, head=head)


def _sent(parts: Iterator[bytes], kind: str, name: str, moment: Moment, *, head: bool) -> HttpResponseBase:
    response: HttpResponseBase = StreamingHttpResponse(parts, content_type=TYPES[kind])
    if head:
        response = HttpResponse(content_type=TYPES[kind])
    ending = "zip" if kind == "package" else kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response.headers["Ledger-Number"] = str(moment.at)
    response.headers["Cache-Control"] = "no-store"
    return response
