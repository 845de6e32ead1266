"""Error pages and problems: what is wrong and what to do next."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.ledger.wellformed import Faulty, faults_of
from commitments.ledger.wellformed import Refused as RuleBroken
from commitments.readings.parameters import Refused

TITLES = {
    400: gettext_lazy("This address cannot be answered"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("There is nothing at this address"),
    405: gettext_lazy("Not allowed"),
    500: gettext_lazy("Something failed here"),
    503: gettext_lazy("Not available now"),
}
REASONS = {
    "unknown-parameter": gettext_lazy("The address has a parameter that this page does not know."),
    "repeated-parameter": gettext_lazy("A parameter is given more than once."),
    "forbidden-character": gettext_lazy("The address holds a character that is not allowed."),
    "too-long": gettext_lazy("The text is too long: a search may have 200 characters and 20 words."),
    "invalid-code": gettext_lazy("This is not a code."),
    "unknown-code": gettext_lazy("Nothing on record has this code."),
    "unknown-value": gettext_lazy("This value is not one of those that can be chosen."),
    "invalid-number": gettext_lazy("This is not a number in the range that is allowed."),
    "invalid-date": gettext_lazy("This is not a date of the calendar: write YYYY-MM-DD, YYYY-MM or YYYY."),
    "in-future": gettext_lazy("This day lies in the future: choose today or an earlier day."),
    "beyond-head": gettext_lazy("This ledger number is beyond the last entry."),
    "needs-organization": gettext_lazy("This filter is read together with an organization."),
    "required": gettext_lazy("Say what to search for."),
    "schedule-required": gettext_lazy("Say of which schedule: the page of reports has a feed for each."),
    "not-found": gettext_lazy("The page may have moved, or the code in the address is mistyped."),
    "failed": gettext_lazy("The failure was noted. Nothing that you entered was half-written."),
    "not-as-issued": gettext_lazy(
        "This file is not the one that was issued. It is not shown; an administrator has to restore it."
    ),
    "unsettled": gettext_lazy("The record is moving just now. Try again in a moment."),
    "csrf": gettext_lazy("The form has expired. Go back, load the page again and send it once more."),
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
    }
    response = HttpResponse(render_to_string("error.html", context, request), status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return page_error(request, 400, error.code, error.field, error.reason)


def api_problem(status: int, code: str = "") -> JsonResponse:
    """A problem (RFC 9457) for an error that the framework answered itself."""
    words = {
        400: ("The request cannot be answered", "bad-request"),
        403: ("Not allowed", "permission-denied"),
        404: ("Nothing is at this address", "not-found"),
        405: ("Method not allowed", "method-not-allowed"),
        413: ("The body is too large", "too-large"),
        500: ("Something failed here; it was noted", "failed"),
        503: ("The record is moving just now; try again", "unsettled"),
    }
    title, standard = words.get(status, ("Error", "error"))
    body = {
        "type": "about:blank", "title": title, "status": status, "detail": f"{title}.", "code": code or standard, "errors": [],
    }  # fmt: skip
    return JsonResponse(body, status=status, content_type="application/problem+json")


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
