"""Everything at once: the record or a list of it, in one file, pinned to one ledger number and sent as it is read.

The ledger is append-only, so its entries are sent while they are read, in constant memory. A list is read at one quiet moment into a
file on disk, some rows in memory at a time, and so is what cannot be sent before it is whole (a workbook, a package). The same tag means the same bytes: `Range` resumes each.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any, ClassVar, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from commitments import clock
from commitments.api import cells, shapes
from commitments.api.csvs import as_csv, cell
from commitments.api.expanding import fields_of, sparse
from commitments.api.views import CLOCKS, MEANINGS, shared
from commitments.conditional import Made, as_stream, needs_no_content, spooled
from commitments.models.declaration import Declaration
from commitments.packages import export as packages
from commitments.packages import folder
from commitments.readings import (
    catalogue,
    changes,
    commitments,
    comparison,
    happenings,
    indicators,
    organizations,
    sources,
)
from commitments.readings.moment import Moment, consistent, etag, resolve
from commitments.readings.parameters import Parameters, Refused
from commitments.reports.archives import settle

AT_ONCE = 200
TYPES = {
    "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "json": "application/json", "package": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_HEADERS = changes.HEADER
Rows = Iterator[dict[str, Any]]


def _entries(after: int, moment: Moment) -> Rows:
    """Entries to the pinned number, a few hundred in memory at a time."""
    while after < moment.at:
        page = changes.feed(after, min(AT_ONCE, moment.at - after))
        yield from page
        after = page[-1]["number"]


def _indicators(parameters: Parameters, moment: Moment) -> Rows:
    code = parameters.known("declaration", Declaration)
    return indicators.in_parts(moment, max(1, AT_ONCE // 10), **({"declaration": code} if code else {}))


class _Listed(NamedTuple):
    """A list as its resource gives it: the same filters, the same rows, some in memory at a time."""

    read: Callable[[Parameters, Moment], Rows]
    filters: tuple[str, ...]
    shape: type[serializers.Serializer[Any]]


_LISTS = {
    "commitments": _Listed(lambda given, now: commitments.in_parts(commitments.Filter.of(given), now, AT_ONCE), commitments.FILTERS, shapes.Commitment),
    "assessments": _Listed(lambda given, now: catalogue.assessments_in_parts(given, now, AT_ONCE), catalogue.ASSESSMENT_FILTERS, shapes.AssessmentInList),
    "actions": _Listed(lambda given, now: happenings.in_parts(happenings.Filter.of(given), now, AT_ONCE), happenings.FILTERS, shapes.Action),
    "indicators": _Listed(_indicators, ("declaration",), shapes.Indicator),
    "organizations": _Listed(lambda given, now: organizations.in_parts(now, AT_ONCE, **organizations.narrowed(given)), organizations.FILTERS, shapes.Organization),
    "sources": _Listed(lambda given, now: sources.in_parts(given, now, AT_ONCE), sources.FILTERS, shapes.Source),
    "status-changes": _Listed(lambda given, now: catalogue.status_changes_in_parts(given, now, AT_ONCE), catalogue.STATUS_CHANGE_FILTERS, shapes.StatusChange),
}  # fmt: skip
_LISTS["comparison"] = _Listed(
    lambda given, now: comparison.in_parts(given, now, AT_ONCE), comparison.FILTERS, shapes.Compared
)
OF = ("changes", *_LISTS)
_FILTERS = {
    name: [of for of in _LISTS if name in _LISTS[of].filters]
    for name in dict.fromkeys(name for listed in _LISTS.values() for name in listed.filters)
    if name != "declaration"
}


class Export(APIView):
    produces = tuple(TYPES.values())
    parameters: ClassVar[tuple[str, ...]] = ("format", "of", "declaration", "after", "fields", *CLOCKS)

    @extend_schema(
        operation_id="export", summary="The record, or a list of it, as one file: `of` says what, `format` how.",
        description="`Range: bytes=N-` goes on after N bytes: of the same file, with its `ETag` as `If-Range` and `at` in the address.",
        parameters=[
            *(OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.QUERY, description=MEANINGS[name]) for name in ("declaration", "after", "fields", *CLOCKS)),
            *(OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.QUERY, description=f"Filter of: {', '.join(lists)}.") for name, lists in _FILTERS.items()),
            OpenApiParameter("format", OpenApiTypes.STR, OpenApiParameter.QUERY, enum=list(TYPES), description="Default `ndjson`; `package` is a zip that another tracker loads."),
            OpenApiParameter("of", OpenApiTypes.STR, OpenApiParameter.QUERY, enum=list(OF), description="Default `changes`: every entry of the ledger, which `after` resumes; with `declaration`, `commitments`. Lists take the filters of their resource."),
        ],
        responses={
            **{(code, kind.split(";")[0]): OpenApiTypes.OBJECT if kind == TYPES["json"] else OpenApiTypes.BINARY for kind in TYPES.values() for code in (200, 206)},
            304: OpenApiResponse(None, "Nothing has changed."),
            **{(code, "application/problem+json"): OpenApiResponse(shapes.Problem, words) for code, words in {400: "A parameter that cannot be answered.", 404: "No declaration.", 416: "The file is not that long.", 429: "Too many requests."}.items()},
        },
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        query = dict(request.query_params.lists())
        of = Parameters({"of": query.get("of", [""])[0] or _default(query)}).choice("of", OF) or "changes"
        frame = [name for name in self.parameters if name != "declaration" or of not in _LISTS]
        given = Parameters.of(query, dict.fromkeys((*frame, *(_LISTS[of].filters if of in _LISTS else ()))))
        kind = given.choice("format", tuple(TYPES)) or "ndjson"
        moment = resolve(given.text("as_of"), given.text("at"), clock.today())
        if kind == "package":
            return self._package(given, moment, kind)
        if of == "changes":
            return self._changes(given, moment, kind)
        return self._list(given, moment, kind, of)

    def _changes(self, given: Parameters, moment: Moment, kind: str) -> HttpResponseBase:
        _not_here(given, "declaration", _("an export of changes is the whole ledger: entries are chained"))
        _not_here(given, "fields", _("an entry is exported whole: its hash is of all of it"))
        _not_here(
            given, "as_of", _("entries are of the ledger, which has numbers and no days: use at and after")
        )
        after = given.integer("after", 0, 10**17) or 0
        if after > moment.at:
            raise Refused(
                "after",
                "beyond-head",
                _("%(n)s is beyond the ledger's head, %(head)s") % {"n": after, "head": moment.at},
            )
        # Entries never change but by a redaction; one that comes while they are sent is seen by whoever asks again.
        known = f"{after} {moment.at} {changes.hash_of(moment.at)} {changes.last_redaction()}"
        tag = etag(Moment(date.min, moment.at, moment.at), settings.RELEASE, f"changes {kind} {known}", "*")
        return self._sent(lambda: _changes(kind, after, moment), tag, kind, f"changes.{moment.at}", moment)

    def _list(self, given: Parameters, moment: Moment, kind: str, of: str) -> HttpResponseBase:
        _not_here(given, "after", _("resumes an export of changes, and no other"))
        listed = _LISTS[of]
        filters = {name: value for name, value in given.given.items() if name in listed.filters}
        columns = tuple(listed.shape().fields)
        wanted = fields_of(given, columns)
        only, what = Parameters(filters), f"{of} {kind} {wanted} {sorted(filters.items())}"

        def made(now: Moment) -> IO[bytes]:
            rows = (sparse(row, wanted) for row in listed.read(only, now))
            if kind == "xlsx":
                paths = cells.paths_of(listed.shape, wanted)
                heads = [".".join(path) for path in paths]
                return spooled(_workbook(of, heads, (cells.row_of(row, paths) for row in rows)))
            return spooled(_list(kind, rows, wanted or columns))

        return self._whole(moment, what, kind, made, lambda now: f"{of}.{now.as_of}.{now.at}")

    def _package(self, given: Parameters, moment: Moment, kind: str) -> HttpResponseBase:
        """The declaration package as it is now: what `manage.py load_declaration` reads, on this tracker or another."""
        for name in ("after", "as_of", "at", "fields"):
            if name != "at" or moment.in_past:
                _not_here(given, name, _("a package is of the record as it is now; leave it out"))
        _not_here(given, "of", _("a package is of everything that a declaration has"))
        code = given.known("declaration", Declaration) or commitments.key_of_declaration()
        if code is None:
            raise Http404(_("Nothing on record has this key."))
        return self._whole(
            moment, f"package {code}", kind, lambda now: _zipped(packages.export(code), code), lambda now: f"{code}.{now.at}"
        )  # fmt: skip

    def _whole(
        self, moment: Moment, what: str, kind: str, make: Callable[[Moment], IO[bytes]], name: Callable[[Moment], str]
    ) -> HttpResponseBase:  # fmt: skip
        """A file that is made before it is sent. Its tag is the digest of its bytes, so that one which is the same after a write
        is resumed; the digest is kept, so that who has the file need not wait for its being made again."""
        kept = caches["pages"]
        if (tag := kept.get(self._state(moment, what))) and needs_no_content(self.request._request, tag):
            return self._sent(lambda: iter(()), tag, kind, name(moment), moment)
        moment, file = consistent(moment, make)
        file.seek(0)
        tag = f'"{hashlib.file_digest(file, "sha256").hexdigest()}"'  # type: ignore[arg-type]
        kept.set(self._state(moment, what), tag)
        return self._sent(lambda: file, tag, kind, name(moment), moment)

    def _state(self, moment: Moment, what: str) -> str:
        """Of what a file depends on: the day, the entry, and what was amended since."""
        return etag(moment, settings.RELEASE, f"{what} {moment.at}", "*").strip('"')

    def _sent(
        self, make: Callable[[], Made], tag: str, kind: str, name: str, moment: Moment
    ) -> HttpResponseBase:
        response = as_stream(self.request._request, make, tag, TYPES[kind])
        ending = "zip" if kind == "package" else kind
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
        response.headers["Ledger-Number"] = str(moment.at)
        response.headers["Cache-Control"] = shared("no-cache")
        response.headers["Vary"] = "Accept"
        return response


def _default(query: dict[str, list[str]]) -> str:
    """What is exported when nobody says of what: of a declaration its commitments, else the ledger."""
    return (
        "commitments"
        if any(query.get("declaration", [])) and query.get("format") != ["package"]
        else "changes"
    )


def _not_here(given: Parameters, name: str, reason: str) -> None:
    if given.text(name) is not None:
        raise Refused(name, "unknown-value", reason)


def _changes(kind: str, after: int, moment: Moment) -> Made:
    if kind == "xlsx":  # a cell holds 32,767 characters, a body may hold more: it stands in the other formats
        rows = (
            [row[n] if isinstance(row[n], int) else cell(row[n])[: cells.MOST] for n in _HEADERS]
            for row in _entries(after, moment)
        )
        return _workbook("changes", _HEADERS, rows)
    columns = (*_HEADERS, "salt", "body")
    if kind == "csv":
        return _csv(columns, _entries(after, moment))
    if kind == "json":
        head = {"number": moment.at, "hash": changes.hash_of(moment.at)}
        return _json(_entries(after, moment), {"head": head})
    return _lines(_entries(after, moment))


def _list(kind: str, rows: Rows, columns: tuple[str, ...]) -> Made:
    if kind == "json":
        return _json(rows, {}, counted=True)
    if kind == "ndjson":
        return _lines(rows)
    return _csv(columns, rows)


def _plain(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _lines(rows: Rows) -> Iterator[bytes]:
    for row in rows:
        yield _plain(row) + b"\n"


def _json(rows: Rows, beside: dict[str, Any], counted: bool = False) -> Iterator[bytes]:
    """One object: what stands beside the rows, the rows, and their number when it is known at the end only."""
    yield _plain(beside)[:-1] + (b"," if beside else b"") + b'"results":['
    count = 0
    for row in rows:
        yield (b"," if count else b"") + _plain(row)
        count += 1
    yield b"]" + (f',"count":{count}'.encode() if counted else b"") + b"}\n"


def _csv(columns: tuple[str, ...], rows: Rows) -> Iterator[bytes]:
    yield as_csv(columns, [])
    for row in rows:
        yield as_csv(columns, [row]).split(b"\r\n", 1)[1]


def _workbook(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """Written to a file; nobody has the whole of it in memory. Its bytes follow from the rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "B2"
    for number, head in enumerate(heads, 1):
        wide = head.rsplit(".", 1)[-1] in ("en", "zh", "ru")
        sheet.column_dimensions[get_column_letter(number)].width = 44 if wide else 16
    sheet.append(heads)
    last = 1
    for row in rows:
        sheet.append(row)
        last += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{last}"
    settled = tempfile.TemporaryFile()  # noqa: SIM115 who sends it closes it
    with tempfile.TemporaryFile() as file:
        book.save(file)
        settle(file, settled)
    return settled


def _zipped(package: folder.Package, code: str) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 who sends it closes it
    with (
        tempfile.TemporaryDirectory(prefix="tracker-package-") as place,
        zipfile.ZipFile(file, "w") as archive,
    ):
        folder.write(package, Path(place))
        for path in sorted(p for p in Path(place).rglob("*") if p.is_file()):
            member = zipfile.ZipInfo(f"{code}/{path.relative_to(place)}", (2000, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(member, "w") as target:
                shutil.copyfileobj(source, target)
    return file
