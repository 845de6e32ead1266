"""Why something was refused, in the reader's language: a sentence for each stable code, the same on pages and in problems."""

from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

REASONS: dict[str, Any] = {
    "unknown-parameter": gettext_lazy("The address has a parameter that this page does not know."),
    "repeated-parameter": gettext_lazy("A parameter is given more than once."),
    "forbidden-character": gettext_lazy("The address holds a character that is not allowed."),
    "too-long": gettext_lazy("The text is too long: a search may have 200 characters and 20 words."),
    "address-too-long": gettext_lazy("The address is too long, or has too many parameters."),
    "invalid-code": gettext_lazy("This is not a code."),
    "unknown-code": gettext_lazy("Nothing on record has this code."),
    "unknown-value": gettext_lazy("This value is not one of those that can be chosen."),
    "invalid-number": gettext_lazy("This is not a number in the range that is allowed."),
    "invalid-date": gettext_lazy("This is not a date of the calendar: write YYYY-MM-DD, YYYY-MM or YYYY."),
    "wrong-order": gettext_lazy("The first day lies after the last."),
    "invalid-instant": gettext_lazy("This is not an instant with its zone: write 2026-11-01T00:00:00Z."),
    "in-future": gettext_lazy("This day lies in the future: choose today or an earlier day."),
    "before-record": gettext_lazy("On this day nothing was on record."),
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
# By status: the title of a problem (RFC 9457), and the code of one that the framework answered itself.
PROBLEMS: dict[int, tuple[Any, str]] = {
    400: (gettext_lazy("The request cannot be answered"), "bad-request"),
    401: (gettext_lazy("Sign in first"), "not-authenticated"),
    403: (gettext_lazy("Not allowed"), "permission-denied"),
    404: (gettext_lazy("Nothing is at this address"), "not-found"),
    405: (gettext_lazy("Method not allowed"), "method-not-allowed"),
    406: (gettext_lazy("Not in the media type that was asked for"), "not-acceptable"),
    409: (gettext_lazy("Changed meanwhile"), "conflict"),
    412: (gettext_lazy("Changed since you read it"), "precondition-failed"),
    413: (gettext_lazy("Too large"), "too-large"),
    415: (gettext_lazy("Unsupported media type"), "unsupported-media-type"),
    416: (gettext_lazy("This range is not in the file"), "range-not-satisfiable"),
    422: (gettext_lazy("The key was used for another request"), "idempotency-key-reused"),
    429: (gettext_lazy("Too many requests"), "throttled"),
    500: (gettext_lazy("Something failed here"), "failed"),
    503: (gettext_lazy("Not available now"), "unsettled"),
}


def api_problem(status: int, code: str = "") -> JsonResponse:
    """A problem (RFC 9457) for an error that the framework answered itself."""
    title, standard = PROBLEMS.get(status, (_("Error"), "error"))
    code = code or standard
    body = {
        "type": "about:blank", "title": title, "status": status, "detail": REASONS.get(code, f"{title}."), "code": code,
        "errors": [],
    }  # fmt: skip
    return JsonResponse(body, status=status, content_type="application/problem+json")
