"""Error pages and problems: what is wrong and what to do next."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.ledger.wellformed import Faulty, faults_of
from commitments.ledger.wellformed import Refused as RuleBroken
from commitments.readings.parameters import Refused
from commitments.reasons import REASONS

TITLES = {
    400: gettext_lazy("This address cannot be answered"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("There is nothing at this address"),
    405: gettext_lazy("Not allowed"),
    500: gettext_lazy("Something failed here"),
    503: gettext_lazy("Not available now"),
}


def beside(form: Form, error: RuleBroken | Faulty) -> None:
    """Put each fault of the ledger beside its field; what has no field of this form stands above it."""
    for fault in faults_of(error):
        form.add_error(fault.field if fault.field in form.fields else None, fault.reason)


def page_error(
    request: HttpRequest, status: int, code: str, field: str = "", detail: str = "", told: str = ""
) -> HttpResponse:
    """A page that names the field and the reason. `told`: the reason in the reader's language, in place of the code's."""
    context = {
        "status": status,
        "title": TITLES.get(status, _("Error")),
        "reason": REASONS.get(code, ""),
        "field": field,
        "detail": detail,
        "told": told,
        "without": _without(request, field),
    }
    response = HttpResponse(render_to_string("error.html", context, request), status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _without(request: HttpRequest, field: str) -> str:
    """The address of the same page without the parameter that was refused."""
    if not field or field not in request.GET:
        return ""
    rest = request.GET.copy()
    del rest[field]
    path = escape_leading_slashes(escape_uri_path(request.path))
    return f"{path}?{rest.urlencode()}" if rest else path


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return page_error(request, 400, error.code, error.field, error.reason)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_error(request, 400, "bad-request")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_error(request, 403, "permission-denied")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_error(request, 404, "not-found")


def server_error(request: HttpRequest) -> HttpResponse:
    return page_error(request, 500, "failed")


def csrf_failure(request: HttpRequest, reason: str = "", **_: Any) -> HttpResponse:
    return page_error(request, 403, "csrf")
