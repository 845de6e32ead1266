"""Reports for programs: the list, one, what lies between two, and “make this report now”."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from commitments import clock
from commitments.api import shapes
from commitments.api.access import PublicReading
from commitments.api.once import once
from commitments.api.proposals import IDEMPOTENCY_KEY, PROBLEMS
from commitments.api.tokens import ByTable, ByToken, actor_of
from commitments.api.views import CLOCKS, PAGING, Listing, Reading, documented
from commitments.ledger.wellformed import Faulty, faults_of
from commitments.ledger.wellformed import Refused as RuleBroken
from commitments.models.declaration import Declaration
from commitments.readings import commitments, desk, reports
from commitments.readings.moment import Moment, resolve
from commitments.readings.parameters import Parameters, Refused
from commitments.reports import comparing, editions, schedules
from commitments.tasks import build_reports, nudge

_FIELDS = ("declaration", *schedules.ONCE_FIELDS)


class Reports(Listing):
    parameters = (*reports.FILTERS, *CLOCKS, *PAGING)
    stored = False
    authentication_classes = (ByToken,)
    permission_classes = (PublicReading, ByTable)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return reports.listing(moment, **reports.narrowed(parameters))

    @documented(
        shapes.Report, parameters, page=True, operation="reports", summary="Reports, newest period first."
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)

    @extend_schema(
        operation_id="make_report", summary="Make a report now: follow each at its `url` until it is ready.",
        request=shapes.NewReport, parameters=[IDEMPOTENCY_KEY], responses={202: shapes.MadeReports, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        body = request.data
        if not isinstance(body, dict):
            raise ParseError("The body is not an object.", "invalid-json")
        for name in body:
            if name not in _FIELDS:
                words = _("is not a field here; there are: %(names)s") % {"names": ", ".join(_FIELDS)}
                raise RuleBroken(f"/{str(name)[:60]}", words)
        code = body.get("declaration") or commitments.key_of_declaration()
        if not isinstance(code, str) or code not in desk.declarations():
            raise RuleBroken("declaration", _("nothing on record has this code"))
        payload = {name: value for name, value in body.items() if name != "declaration"}
        actor = actor_of(request).code

        def make() -> Response:
            try:
                state, period = schedules.check_once(payload, Declaration.objects.get(pk=code), clock.today())
                made = schedules.make_now(state=state, period=period, by=actor)
            except (Faulty, RuleBroken) as error:  # the fields stand in the body itself, not in a payload
                raise Faulty([RuleBroken(f"/{f.field}", f.reason) for f in faults_of(error)]) from None
            moment = resolve(None, None, clock.today())
            rows = [reports.one(report.key, moment) for report in made]
            return Response({"results": rows}, status=202, headers={"Cache-Control": "no-store"})

        response = once(request, actor, make)
        nudge(build_reports)
        return response


class Report(Reading):
    stored = False

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return reports.one(address["key"], moment)

    @documented(shapes.Report, CLOCKS, missing=True, operation="report", summary="One report.")
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Comparison(Reading):
    parameters = ("a", "b", *CLOCKS)
    stored = False

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        frozen = {}
        for name in ("a", "b"):
            key = parameters.code(name)
            if key is None:
                raise Refused(name, "required", _("the key of an issued report is wanted"))
            found = reports.one(key, moment)
            frozen[name] = editions.frozen_of(key, found["reading_sha256"]) if found else None
            if frozen[name] is None:
                raise Refused(
                    name, "unknown-code", _("no issued report has the key “%(key)s”") % {"key": key}
                )
        found = comparing.compare(frozen["a"], frozen["b"])  # type: ignore[arg-type]
        return {"a": parameters.code("a"), "b": parameters.code("b"), **found}

    @documented(
        shapes.Comparison, parameters, operation="compare_reports", sparse=False, summary="What moved, entered, left and was corrected from report `a` to `b`.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)
