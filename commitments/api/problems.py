"""Errors as application/problem+json (RFC 9457): `detail` in words, `errors[]` with the parameter, a stable code."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from commitments.ledger.proposals import NotAllowed
from commitments.ledger.record import Conflict
from commitments.ledger.wellformed import Faulty, faults_of
from commitments.ledger.wellformed import Refused as RuleBroken
from commitments.readings.moment import Unsettled
from commitments.readings.parameters import Refused
from commitments.reasons import PROBLEMS

_CODES = {"unsupported_media_type": "unsupported-media-type", "parse_error": "invalid-json"}


class Overtaken(Conflict):
    """What a proposal changes was changed meanwhile: what it is now stands beside what was sent."""

    def __init__(
        self, subjects: list[str], seen: int, current: Any, differences: list[dict[str, Any]]
    ) -> None:
        super().__init__(subjects)
        self.seen, self.current, self.differences = seen, current, differences


class Stale(exceptions.APIException):
    """`If-Match` names another state than the one there is."""

    status_code = 412
    default_code = "precondition-failed"
    default_detail = gettext_lazy("It moved since you read it: read it again, and send its ETag.")


class Elsewhere(RuleBroken):
    """A fault in one of several bodies: `base` is where that stands in the whole."""

    def __init__(self, base: str, fault: RuleBroken) -> None:
        super().__init__(fault.field, fault.reason)
        self.pointer = base + (getattr(fault, "pointer", None) or _pointer(fault.field))


def problem(
    status: int, detail: str, code: str, errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The body of an error."""
    return {
        "type": "about:blank",
        "title": str(PROBLEMS.get(status, ("Error", ""))[0]),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. An unforeseen error is left to the outer middleware, which tells nothing of it."""
    if isinstance(error, Refused):
        entry = {"parameter": error.field, "code": error.code, "detail": error.reason}
        return _response(400, problem(400, _told(error), error.code, [entry]))
    if isinstance(error, Faulty | RuleBroken):
        return _broken(error)
    if isinstance(error, Conflict):
        detail = _("What it changes was changed by somebody else since: read it again and compare.")
        entry = {"pointer": "/seen", "code": "conflict", "detail": ", ".join(error.subjects)}
        body = problem(409, detail, "conflict", [entry])
        if isinstance(error, Overtaken):
            body |= {"seen": error.seen, "current": error.current, "differences": error.differences}
        return _response(409, body)
    if isinstance(error, Unsettled):
        response = _response(503, problem(503, _("The record is moving just now; try again."), "unsettled"))
        response["Retry-After"] = "2"
        return response
    if isinstance(error, Http404):
        error = exceptions.NotFound(str(error) or None)
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        code = error.get_codes()
        response = _response(
            error.status_code,
            problem(
                error.status_code,
                str(error.detail),
                _CODES.get(code, code.replace("_", "-")) if isinstance(code, str) else "invalid",
            ),
        )
        if (pointer := getattr(error, "pointer", None)) is not None:
            entry = {"pointer": pointer, "code": response.data["code"], "detail": str(error.detail)}
            response.data["errors"] = [entry]
        if (accepted := getattr(error, "accepted", None)) is not None:
            response["Accept-Encoding"] = accepted
        if isinstance(error, exceptions.MethodNotAllowed):
            response["Allow"] = ", ".join(context["view"].allowed_methods)
        if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
            response["WWW-Authenticate"] = "Bearer"
        return response
    return None


def _told(refused: Refused) -> str:
    """What is wrong, with the parameter's name."""
    return f"{refused.field}{_(': ')}{refused.reason}"


def _broken(error: Faulty | RuleBroken) -> Response:
    """Rules of the record that a body breaks: each with the JSON pointer (RFC 6901) of its field."""
    if isinstance(error, NotAllowed):
        return _response(403, problem(403, error.reason, "permission-denied"))
    faults = faults_of(error)
    entries = [
        {
            "pointer": getattr(f, "pointer", None) or _pointer(f.field),
            "code": "rule-broken",
            "detail": f.reason,
        }
        for f in faults
    ]
    detail = "; ".join(f"{entry['pointer'] or '/'}: {entry['detail']}" for entry in entries)
    if isinstance(error, RuleBroken) and error.field == "state" and not isinstance(error, Elsewhere):
        entries[0]["code"] = "wrong-state"  # nothing is wrong with what was sent: it comes too late, or twice
        body = problem(409, error.reason, "wrong-state", entries)
        return _response(409, body | {"title": _("Not possible any more")})
    return _response(400, problem(400, detail, "rule-broken", entries))


def _pointer(field: str) -> str:
    """Where a field stands in the body: beside the payload, or in it."""
    if field in ("/", "state"):
        return ""  # the whole
    if field.startswith("/"):
        return "/" + _escaped(field[1:])
    return f"/{field}" if field in ("kind", "declaration", "seen", "key") else f"/payload/{_escaped(field)}"


def _escaped(field: str) -> str:
    return field.replace("~", "~0").replace("/", "~1")


def _response(status: int, body: dict[str, Any]) -> Response:
    return Response(body, status=status, content_type="application/problem+json")
