"""The resources of /api/v1/: parameters are checked, a reading is made, its shape is sent."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments import clock
from commitments.api import shapes
from commitments.api.csvs import as_csv
from commitments.api.expanding import expanded, fields_of, sparse
from commitments.ledger import schemas
from commitments.models import declaration
from commitments.readings import (
    catalogue,
    changes,
    commitments,
    comparison,
    explanation,
    happenings,
    indicators,
    organizations,
    overview,
    search,
    sources,
    text,
)
from commitments.readings.moment import Moment, consistent, etag, matches, resolve
from commitments.readings.parameters import LARGEST_PAGE, Parameters, Refused
from commitments.readings.rows import AT_ONCE

Get = TypeVar("Get", bound=Callable[..., Response])
CLOCKS = ("as_of", "at")
PAGING = ("page_size", "cursor")
PAGE = 50
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
MEANINGS = {
    "as_of": "What was true on this day: YYYY-MM-DD, or YYYY-MM and YYYY for their last day. Default: today.",
    "at": "What was known at this ledger number. Default: the head.",
    "page_size": f"1 to {LARGEST_PAGE}, default {PAGE}.",
    "cursor": "From `next` or `previous` of another page; holds the ledger number, so pages stay stable under writes.",
    "declaration": "Code of a declaration.",
    "section": "Codes of sections, separated by commas.",
    "paragraph": "Code of a paragraph: N6.",
    "kind": "One or more kinds, separated by commas.",
    "status": "One or more values of the scale, separated by commas.",
    "organization": "Code of an organization.",
    "role": "With `organization`: one or more roles, separated by commas.",
    "via": "With `organization`: `membership` also finds what binds a group it belonged to on the day of adoption.",
    "instrument": "Code of an instrument, mechanism, operation or place.",
    "counts": "`true`: those in the denominator; `false`: the others.",
    "open": "`true`: those that could still move.",
    "strength": "Firmness of wording, 1 to 5.",
    "verifiable": "`true` or `false`.",
    "disagreement": "`true`: an organization reported another value than the status.",
    "disputed": "`true`: a dispute of the status is open.",
    "recorded_after": "Those of which we learned after this ledger number.",
    "topic": "Code of a topic: precursors.",
    "source_class": "Classes of sources, separated by commas.",
    "changed": "A year in which the value changed.",
    "group": "Only these groups of hits, separated by commas.",
    "q": "Words that must all be there, 200 characters at most.",
    "scale": "Key of a scale; default is the declaration's.",
    "ordering": "Order; `-` before a name turns it round.",
    "after": "Entries after this ledger number.",
    "limit": "1 to 500, default 500.",
    "since": "Recorded at or after this instant, with its zone: 2026-11-01T00:00:00Z.",
    "until": "Recorded before this instant.",
    "audience": "`public` or `restricted`: of a restricted entry the header is shown.",
    "format": "`json` or `csv`.",
    "from": "From this day on: YYYY-MM-DD, or YYYY-MM and YYYY for their first day. Of a comparison: the earlier day; of a month or a year its last one.",
    "to": "To this day: YYYY-MM-DD, or YYYY-MM and YYYY for their last day.",
    "moved": "`true`: those whose value is another one; `false`: the others.",
    "fields": "Only these fields of each thing, separated by commas.",
    "explain": "`1`: behind each figure its rule, what is counted and among what, and what that rests on.",
}


_WHOLE = ("after", "recorded_after", "limit", "page_size", "at", "strength", "changed", "year")  # numbers


def _documented(names: tuple[str, ...]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            name,
            OpenApiTypes.INT if name in _WHOLE else OpenApiTypes.STR,
            OpenApiParameter.QUERY,
            description=MEANINGS.get(name, ""),
        )
        for name in names
    ]


def _page_of(shape: type[serializers.Serializer[Any]]) -> Any:
    fields = {
        "count": serializers.IntegerField(),
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
        "results": shape(many=True),
        "expanded": serializers.DictField(
            required=False, help_text="with `expand`: what the results name, by key"
        ),
    }
    return inline_serializer(f"{shape.__name__}Page", fields)  # type: ignore[arg-type]


def documented(
    shape: type[serializers.Serializer[Any]], names: tuple[str, ...], *, page: bool = False, missing: bool = False,
    operation: str, summary: str, sparse: bool = True, expands: tuple[str, ...] = (),
    sparse_of: type[serializers.Serializer[Any]] | None = None,
) -> Callable[[Get], Get]:  # fmt: skip
    """The schema of one operation, with the problems it may answer. `sparse`: whether `fields` narrows what it gives.

    `sparse_of`: the shape whose fields are meant, where what it gives holds others inside.
    """
    errors = {400: "A parameter that cannot be answered.", 406: "Another media type was asked for."}
    if missing:
        errors[404] = "Nothing has this key."
    responses: dict[Any, Any] = {200: _page_of(shape) if page else shape}
    responses |= {
        (code, "application/problem+json"): OpenApiResponse(shapes.Problem, description)
        for code, description in errors.items()
    }
    responses[304] = OpenApiResponse(None, "Nothing has changed.")
    more = [*_documented(names), *(_documented(("fields",)) if sparse else [])]
    if expands:
        what = f"Beside it under `expanded`, once each, what it names; separated by commas: {', '.join(expands)}."
        more.append(OpenApiParameter("expand", OpenApiTypes.STR, OpenApiParameter.QUERY, description=what))
    schema = extend_schema(
        operation_id=operation, summary=summary, description=summary, parameters=more, responses=responses
    )

    def decorate(get: Get) -> Get:
        found: Get = schema(get)
        found.fields = tuple(map(str, (sparse_of or shape)().fields)) if sparse else ()  # type: ignore[attr-defined]
        found.expands = expands  # type: ignore[attr-defined]
        return found

    return decorate


def shared(how: str) -> str:
    """What a cache may do with a public reply; of a closed tracker nothing is kept anywhere."""
    return f"public, {how}" if settings.PUBLIC_READING else "private, no-store"


class Reading(APIView):
    """A public reading. `parameters` are what it takes beside its address."""

    parameters: ClassVar[tuple[str, ...]] = CLOCKS
    appended = False  # whether what it reads to a number never changes, so that it needs no quiet moment
    stored = True  # whether the reply is a function of the ledger alone; working state is not

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        raise NotImplementedError

    def get(self, request: Request, **address: str) -> Response:
        get: Any = type(self).get
        allowed = (
            *self.parameters,
            *(("fields",) if get.fields else ()),
            *(("expand",) if get.expands else ()),
        )
        parameters = Parameters.of(dict(request.query_params.lists()), allowed)
        self.fields = fields_of(parameters, get.fields)
        self.expand = parameters.choices("expand", get.expands)
        moment = self.moment(parameters)
        tag = self._tag(moment, request)
        known = request.META.get("HTTP_IF_NONE_MATCH", "")
        anything = "*" in parse_etags(
            known
        )  # only what is there matches it: that is seen when it has been read
        if self.stored and not anything and matches(known, tag):
            return Response(status=304, headers=self._headers(moment, tag))
        if self.appended:
            found = self.answer(request, parameters, moment, **address)
        else:
            moment, found = consistent(moment, lambda now: self.answer(request, parameters, now, **address))
        headers = self._headers(moment, self._tag(moment, request))
        return (
            Response(status=304, headers=headers)
            if self.stored and anything
            else Response(found, headers=headers)
        )

    def _tag(self, moment: Moment, request: Request) -> str:
        return etag(moment, settings.RELEASE, request.get_full_path(), "*")

    def _headers(self, moment: Moment, tag: str) -> dict[str, str]:
        headers = {"Ledger-Number": str(moment.at), "Link": f'<{LICENCE}>; rel="license"'}
        if self.stored:
            return headers | {"ETag": tag, "Cache-Control": shared("no-cache"), "Vary": "Accept"}
        return headers | {"Cache-Control": "no-store"}

    def moment(self, parameters: Parameters) -> Moment:
        return resolve(parameters.text("as_of"), parameters.text("at"), clock.today())

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        found = self.read(parameters, moment, **address)
        if found is None:
            raise Http404(_("Nothing on record has this key."))
        return self._narrowed(found, moment) if self.fields or self.expand else found

    def _narrowed(self, found: dict[str, Any], moment: Moment) -> dict[str, Any]:
        """One thing with the fields that were asked for, and what it names under `expanded`."""
        beside = {"expanded": expanded([found], self.expand, moment)} if self.expand else {}
        return sparse(found, self.fields) | beside


class Listing(Reading):
    """A reading in pages. The cursor pins the ledger number and the day, and names the row after which it goes on.

    The lists of the record only grow. One of working state moves under the reader's hand: it says how it is ordered, by what
    never changes about a row (`rank`), and whether that falls; then a page begins after the last one whatever came or went.
    """

    falling: ClassVar[bool | None] = None  # None: rows are found again by their keys

    def rank(self, row: Mapping[str, Any]) -> list[Any]:
        return [str(row.get("key") or row.get("id") or row["code"])]

    def moment(self, parameters: Parameters) -> Moment:
        cursor = parameters.text("cursor")
        if cursor is None:
            return super().moment(parameters)
        opened = _open_cursor(cursor, self._scope(parameters))
        return resolve(opened.as_of, str(opened.at), clock.today())

    def _scope(self, parameters: Parameters) -> str:
        kept = sorted((k, v) for k, v in parameters.given.items() if k not in ("cursor", "page_size"))
        return hashlib.sha256(repr((self.__class__.__name__, kept)).encode()).hexdigest()[:12]

    def present(self, rows: list[Any], moment: Moment) -> list[Any]:
        return rows

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        size = parameters.integer("page_size", 1, LARGEST_PAGE) or PAGE
        given, scope = parameters.text("cursor"), self._scope(parameters)
        rows = self.read(parameters, moment, **address)
        if rows and self.falling is not None:
            rows = sorted(rows, key=self.rank, reverse=self.falling)
        start, end = self._window(rows, _open_cursor(given, scope) if given else None, size)

        def link(offset: int, row: Any, back: bool) -> str:
            query = request.query_params.copy()
            query["cursor"] = Cursor(
                offset, moment.at, str(moment.as_of), scope, self.rank(row), back
            ).sealed()
            return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")

        results = self.present(rows[start:end], moment)
        return {
            "count": len(rows),
            "next": link(end, rows[end - 1], False) if 0 < end < len(rows) else None,
            "previous": link(start, rows[start], True) if 0 < start < len(rows) else None,
            "results": [sparse(row, self.fields) for row in results],
        } | ({"expanded": expanded(results, self.expand, moment)} if self.expand else {})

    def _window(self, rows: list[Any], cursor: "Cursor | None", size: int) -> tuple[int, int]:
        """Where the page begins and ends: behind the row that the cursor names, or before it."""
        if cursor is None:
            return 0, min(size, len(rows))
        ranks = [self.rank(row) for row in rows]
        if self.falling is None:  # it is found again, wherever it stands now
            if len(cursor.row) != 1 or not isinstance(cursor.row[0], str):
                raise Refused("cursor", "invalid-cursor", _("is not a cursor of this list"))
            before = min(cursor.offset, len(rows)) - (not cursor.back)
            if ranks[max(0, before) : before + 1] != [cursor.row] and cursor.row in ranks:
                before = ranks.index(cursor.row)
        elif ranks and [type(part) for part in ranks[0]] != [type(part) for part in cursor.row]:
            raise Refused("cursor", "invalid-cursor", _("is not a cursor of this list"))
        else:  # it may be gone: what stands before it is counted
            before = sum(rank > cursor.row if self.falling else rank < cursor.row for rank in ranks)
            if cursor.row not in ranks and not cursor.back:
                before -= 1
        start = max(0, before - size) if cursor.back else before + 1
        return start, min(before if cursor.back else start + size, len(rows))


class Cursor(NamedTuple):
    offset: int
    at: int
    as_of: str
    scope: str
    row: list[Any]  # the rank of the row after which the page begins, or before which it ends
    back: bool

    def sealed(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(self, separators=(",", ":")).encode()).decode().rstrip("=")


def _open_cursor(cursor: str, scope: str) -> Cursor:
    try:
        found = Cursor(*json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)))
    except (ValueError, TypeError, RecursionError):
        found = Cursor(-1, -1, "", "", [], False)
    whole = all(type(number) is int and 0 <= number < 10**18 for number in found[:2])
    kinds = isinstance(found.as_of, str) and isinstance(found.row, list) and isinstance(found.back, bool)
    if not whole or not kinds or found.scope != scope:
        raise Refused("cursor", "invalid-cursor", _("is not a cursor of this list"))
    return found


class Schema(SpectacularJSONAPIView):
    """The contract itself, which takes no parameter."""

    def initial(self, request: Request, *args: Any, **more: Any) -> None:
        Parameters.of(dict(request.query_params.lists()), ())
        super().initial(request, *args, **more)

    def finalize_response(self, request: Request, response: Response, *args: Any, **more: Any) -> Response:
        if response.status_code == 200:
            response.headers["Cache-Control"] = shared("no-cache")
        made: Response = super().finalize_response(request, response, *args, **more)
        return made


class Root(APIView):
    @documented(
        shapes.Root,
        (),
        operation="root",
        sparse=False,
        summary="The resources, the licence and the ledger's head.",
    )
    def get(self, request: Request) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        names = (
            "declarations", "editions", "proposals", "sections", "paragraphs", "commitments", "organizations", "instruments", "topics", "actions",
            "indicators", "sources", "assessments", "reports", "changes", "status-changes", "comparison", "summary", "search", "scales", "schemas", "export",
        )  # fmt: skip
        return Response(
            {
                "resources": {name: f"/api/v1/{name}/" for name in names} | {"schema": "/api/v1/schema/"},
                "licence": {
                    "name": "CC BY 4.0",
                    "url": LICENCE,
                    "holds_for": "data and translations; texts are official documents",
                },
                "head": changes.head(),
            },
            headers={"Cache-Control": "no-store"},
        )


class Declarations(Listing):
    parameters = (*CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.declarations()

    @documented(shapes.Declaration, parameters, page=True, operation="declarations", summary="Declarations.")
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Declaration(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return overview.declaration_of(address["key"])

    @documented(shapes.Declaration, CLOCKS, missing=True, operation="declaration", summary="One declaration.")
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Editions(Listing):
    parameters = ("declaration", *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return text.editions(parameters.known("declaration", declaration.Declaration))

    @documented(
        shapes.Edition,
        parameters,
        page=True,
        operation="editions",
        expands=("declaration",),
        summary="Language versions of the texts.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Edition(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        rows = text.editions(address["key"].split(":")[0], with_text=True)
        return next((row for row in rows if row["key"] == address["key"]), None)

    @documented(
        shapes.EditionDetail,
        CLOCKS,
        missing=True,
        operation="edition",
        expands=("declaration",),
        summary="One edition with its text.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Sections(Listing):
    parameters = ("declaration", *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.sections(parameters.known("declaration", declaration.Declaration))

    @documented(
        shapes.SectionDetail,
        parameters,
        page=True,
        operation="sections",
        expands=("declaration",),
        summary="Sections of the texts.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Paragraphs(Listing):
    parameters = ("declaration", "section", *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        section = parameters.known("section", declaration.Section, "code")
        code = parameters.known("declaration", declaration.Declaration)
        keys = [code] if code else [d["key"] for d in catalogue.declarations()]
        rows = [row for key in keys for row in text.paragraphs(key)]
        return [row for row in rows if section is None or row["section"] == section]

    @documented(
        shapes.Paragraph,
        parameters,
        page=True,
        operation="paragraphs",
        expands=("declaration",),
        summary="Paragraphs in every language.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Section(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return next((row for row in catalogue.sections() if row["key"] == address["key"]), None)

    @documented(
        shapes.SectionDetail,
        CLOCKS,
        missing=True,
        operation="section",
        expands=("declaration",),
        summary="One section.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Paragraph(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        rows = text.paragraphs(address["key"].split(":")[0])
        return next((row for row in rows if row["key"] == address["key"]), None)

    @documented(
        shapes.Paragraph,
        CLOCKS,
        missing=True,
        operation="paragraph",
        expands=("declaration",),
        summary="One paragraph in every language.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Commitments(Listing):
    parameters = (*commitments.FILTERS, *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return commitments.listing(commitments.Filter.of(parameters), moment).rows

    def present(self, rows: list[Any], moment: Moment) -> list[Any]:
        return commitments.present(rows, moment)

    @documented(
        shapes.Commitment,
        parameters,
        page=True,
        operation="commitments",
        expands=("actions", "declaration", "indicators", "instruments", "organizations"),
        summary="Commitments with their status.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


_DETAIL = tuple(shapes.CommitmentDetail().fields)


class Commitment(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        found = commitments.one(address["key"], moment)
        return {name: found[name] for name in _DETAIL} if found else None

    @documented(
        shapes.CommitmentDetail, CLOCKS, missing=True, operation="commitment",
        expands=("actions", "declaration", "indicators", "instruments", "organizations"), summary="One commitment with every assessment and what each rests on.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Organizations(Listing):
    parameters = (*organizations.FILTERS, *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return organizations.listing(moment, **organizations.narrowed(parameters))

    @documented(
        shapes.Organization, parameters, page=True, operation="organizations", summary="Organizations."
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Organization(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        found = organizations.one(address["key"], moment)
        if found is None:
            return None
        keys = ("key", "group", "member", "start", "end", "validity", "note")

        def membership(row: Mapping[str, Any]) -> dict[str, Any]:
            return {key: row[key] for key in keys}

        portfolios = [
            {
                "declaration": p["declaration"],
                "undertaken": [row["key"] for row in p["undertaken"]],
                "undertaken_through": p["undertaken_through"],
                "roles": {role: [row["key"] for row in rows] for role, rows in p["roles"].items()},
                "joined_later": [membership(row) for row in p["joined_later"]],
            }
            for p in found["portfolios"]
        ]
        roles = {role: len(rows) for p in found["portfolios"] for role, rows in p["roles"].items()}
        plain = {name: found[name] for name in map(str, shapes.Organization().fields) if name != "roles"}
        return plain | {
            "roles": roles, "portfolios": portfolios,
            "memberships": [membership(row) for row in found["memberships"]],
            "members": [membership(row) for row in found["members"]],
        }  # fmt: skip

    @documented(
        shapes.OrganizationDetail, CLOCKS, missing=True, operation="organization",
        summary="One organization with its memberships and portfolios.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Instruments(Listing):
    parameters = ("category", *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.instruments(
            parameters.choice("category", ("instrument", "mechanism", "operation", "place"))
        )

    @documented(
        shapes.Instrument, parameters, page=True, operation="instruments",
        expands=("commitments",), summary="Instruments, mechanisms, operations and places that the texts name.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Instrument(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return next((row for row in catalogue.instruments() if row["code"] == address["key"]), None)

    @documented(
        shapes.Instrument,
        CLOCKS,
        missing=True,
        operation="instrument",
        expands=("commitments",),
        summary="One instrument, mechanism, operation or place.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Actions(Listing):
    parameters = (*happenings.FILTERS, *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return happenings.listing(happenings.Filter.of(parameters), moment)

    @documented(
        shapes.Action,
        parameters,
        page=True,
        operation="actions",
        expands=("commitments", "declaration", "organizations"),
        summary="Actions and events, from their date on.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Action(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return happenings.one(address["key"], moment)

    @documented(
        shapes.Action,
        CLOCKS,
        missing=True,
        operation="action",
        expands=("commitments", "declaration", "organizations"),
        summary="One action or event.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Indicators(Listing):
    parameters = ("declaration", *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        code = parameters.known("declaration", declaration.Declaration)
        return indicators.listing(moment, **({"declaration": code} if code else {}))

    @documented(
        shapes.Indicator,
        parameters,
        page=True,
        operation="indicators",
        expands=("commitments", "declaration"),
        summary="Indicators with their values.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Indicator(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return indicators.one(address["key"], moment)

    @documented(
        shapes.Indicator,
        CLOCKS,
        missing=True,
        operation="indicator",
        expands=("commitments", "declaration"),
        summary="One indicator.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Sources(Listing):
    parameters = (*sources.FILTERS, *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return sources.listing(parameters, moment)

    @documented(
        shapes.Source,
        parameters,
        page=True,
        operation="sources",
        expands=("declaration",),
        summary="Publications.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Source(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return sources.one(address["key"], moment)

    @documented(
        shapes.SourceDetail,
        CLOCKS,
        missing=True,
        operation="source",
        expands=("declaration",),
        summary="One publication and what rests on it.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Assessments(Listing):
    parameters = (*catalogue.ASSESSMENT_FILTERS, *CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.assessments(parameters, moment)

    @documented(
        shapes.AssessmentInList,
        parameters,
        page=True,
        operation="assessments",
        expands=("commitment",),
        summary="Standing assessments, newest first.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Assessment(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.assessment(address["key"], moment)

    @documented(
        shapes.AssessmentDetail,
        CLOCKS,
        missing=True,
        operation="assessment",
        expands=("commitment",),
        summary="One assessment.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Scales(Listing):
    parameters = (*CLOCKS, *PAGING)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        keys = dict.fromkeys(d["scale"] for d in catalogue.declarations())
        return [catalogue.scale(key) for key in keys]

    @documented(
        shapes.Scale,
        parameters,
        page=True,
        operation="scales",
        summary="Scales: values, definitions, what counts.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Scale(Reading):
    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.scale(address["key"])

    @documented(
        shapes.Scale, CLOCKS, missing=True, operation="scale", summary="One scale: its values in their order."
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class _Table(Reading):
    """A reading that is a table too: `format=csv`."""

    produces = ("text/csv",)
    columns: ClassVar[tuple[str, ...]]

    def get(self, request: Request, **address: str) -> Response:
        response = super().get(request, **address)
        if response.status_code == 200 and request.query_params.get("format") == "csv":
            columns = tuple(name for name in self.columns if not self.fields or name in self.fields)
            found = HttpResponse(
                as_csv(columns, response.data["results"]), content_type="text/csv; charset=utf-8"
            )
            name = request.path.strip("/").rsplit("/", 1)[1]
            found.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
            for header, value in response.headers.items():
                found.headers.setdefault(header, value)
            return found  # type: ignore[return-value]
        return response


class Changes(_Table):
    appended = True
    parameters = ("after", "limit", "since", "until", "audience", "format")
    columns = (*changes.HEADER, "salt", "body")

    def moment(self, parameters: Parameters) -> Moment:
        parameters.choice("format", ("json", "csv"))
        return resolve(None, None, clock.today())

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        after = parameters.integer("after", 0, 10**17) or 0
        if after > moment.head:
            raise Refused(
                "after",
                "beyond-head",
                _("%(n)s is beyond the ledger's head, %(head)s") % {"n": after, "head": moment.head},
            )
        limit = parameters.integer("limit", 1, 500) or 500
        found = changes.feed(
            after, limit, since=parameters.instant("since"), until=parameters.instant("until"),
            audience=parameters.choice("audience", ("public", "restricted")),
        )  # fmt: skip
        results = [entry for entry in found if entry["number"] <= moment.head]
        kinds = sorted({(e["subject_type"], e["body"]["format"]) for e in results if e["body"]})
        return {
            "results": results,
            "head": {"number": moment.head, "hash": changes.hash_of(moment.head)},
            "schemas": {
                f"{kind}.{number}": f"/api/v1/schemas/{kind}.{number}.json" for kind, number in kinds
            },
        }

    @documented(
        shapes.Feed, parameters, operation="changes", sparse=False,
        summary="The ledger: entries in order and without gaps; `since`, `until` and `audience` leave some out.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class StatusChanges(_Table, Listing):
    """In pages as JSON; as a table whole."""

    parameters = (*catalogue.STATUS_CHANGE_FILTERS, "format", *CLOCKS, *PAGING)
    columns = (
        "commitment", "code", "title", "on", "precision", "before", "after", "because", "track", "assessment", "ledger_number",
    )  # fmt: skip

    def rank(self, row: Mapping[str, Any]) -> list[Any]:
        return [row["assessment"]]

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.status_changes(parameters, moment)

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        if parameters.choice("format", ("json", "csv")) != "csv":
            return super().answer(request, parameters, moment, **address)
        for name in ("cursor", "page_size", "expand"):
            if parameters.text(name) is not None:
                raise Refused(name, "unknown-value", _("a table comes whole: leave it out"))
        return {"results": self.read(parameters, moment)}

    @documented(
        shapes.StatusChange, parameters, page=True, operation="status_changes", expands=("commitment",),
        summary="What changed in the world: statuses that took another value, by the day from which they hold.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Topics(Listing):
    parameters = ("declaration", *PAGING, *CLOCKS)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return catalogue.topics(parameters.known("declaration", declaration.Declaration), moment)

    @documented(
        shapes.Topic,
        parameters,
        page=True,
        operation="topics",
        expands=("commitments",),
        summary="Matters with which several commitments deal; `topic` narrows lists to one.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Comparison(Listing):
    parameters = (*comparison.FILTERS, *PAGING, *CLOCKS)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return list(comparison.in_parts(parameters, moment, AT_ONCE))

    @documented(
        shapes.Compared, parameters, page=True, operation="comparison",
        summary="Two moments side by side: the status of each commitment on the day `from`, and on `as_of`.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Schemas(APIView):
    @documented(
        shapes.Schemas,
        (),
        operation="body_schemas",
        sparse=False,
        summary="JSON Schemas of the bodies of the ledger.",
    )
    def get(self, request: Request) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        found = {
            f"{kind}.{number}": f"/api/v1/schemas/{kind}.{number}.json" for kind, number in schemas.names()
        }
        return Response({"results": found}, headers={"Cache-Control": shared("no-cache")})


class BodySchema(APIView):
    @extend_schema(
        operation_id="body_schema", summary="The JSON Schema of a body: of a kind of subject, in a format. It never changes.",
        responses={200: OpenApiTypes.OBJECT, (404, "application/problem+json"): shapes.Problem},
    )  # fmt: skip
    def get(self, request: Request, name: str) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        kind, _dot, number = name.removesuffix(".json").partition(".")
        if not name.endswith(".json") or (kind, number) not in {(k, str(n)) for k, n in schemas.names()}:
            raise Http404(_("Nothing on record has this key."))
        headers = {"Cache-Control": shared("max-age=86400")}
        return Response(schemas.schema_of(kind, int(number)), headers=headers)


class Summary(Reading):
    parameters = ("declaration", "explain", *CLOCKS)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        code = parameters.known("declaration", declaration.Declaration) or commitments.key_of_declaration()
        found = overview.summary(code, moment) if code else None
        if found and code and parameters.choice("explain", ("0", "1")) == "1":
            found["explain"] = explanation.explained(code, moment)
        return found

    @documented(
        shapes.Summary,
        parameters,
        missing=True,
        operation="summary",
        summary="The figures of the headline, as k of n.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Search(Listing):
    """Groups, each a list of its own: a group that goes on has the address of its next page, whose cursor is of that group."""

    parameters = ("q", "group", *PAGING, *CLOCKS)

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        words = tuple(parameters.query())
        if not words:
            raise Refused("q", "required", _("say what to search for"))
        size = parameters.integer("page_size", 1, LARGEST_PAGE) or PAGE
        groups = parameters.choices("group", search.GROUPS) or list(search.GROUPS)
        cursor = self._cursor(parameters)
        found = [self._group(request, name, words, moment, cursor, size) for name in groups]
        return {"q": parameters.text("q"), "count": sum(g["count"] for g in found), "results": found}

    def _cursor(self, parameters: Parameters) -> "Cursor | None":
        given = parameters.text("cursor")
        if given is None:
            return None
        if parameters.text("group") not in search.GROUPS:  # a cursor goes on in one group
            raise Refused("cursor", "invalid-cursor", _("is not a cursor of this list"))
        return _open_cursor(given, self._scope(parameters))

    def _group(
        self, request: Request, name: str, words: tuple[str, ...], moment: Moment, cursor: "Cursor | None", size: int
    ) -> dict[str, Any]:  # fmt: skip
        hits = search.hits_of(name, words, moment)
        start, end = self._window(hits, cursor, size)
        shown = hits[start:end]
        if name == "commitment":
            search.excerpts(shown, words)
        following = None
        if 0 < end < len(hits):
            query = request.query_params.copy()
            query["group"] = name
            scope = self._scope(Parameters({k: str(v) for k, v in query.items() if v}))
            query["cursor"] = Cursor(
                end, moment.at, str(moment.as_of), scope, self.rank(hits[end - 1]), False
            ).sealed()
            following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        return {
            "group": name,
            "count": len(hits),
            "next": following,
            "hits": [sparse(hit, self.fields) for hit in shown],
        }

    @documented(
        shapes.SearchResult,
        parameters,
        operation="search",
        sparse_of=shapes.Hit,
        summary="Search over everything, in three languages.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)
