"""A partner's own page: the tokens of its programs and where they are told of changes; an administrator sees each partner's."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commitments.accounts import tokens
from commitments.deliveries import webhooks
from commitments.ledger.wellformed import Refused
from commitments.models.partner import Delivery, Target
from commitments.models.person import SCOPES, Grant, Person
from commitments.reports.schedules import scope_from
from commitments.tasks import nudge, send_webhooks
from commitments.web.actors import actor_of
from commitments.web.desk.frame import go, posted, posted_list, shown

LISTED = 10  # deliveries of a target


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Tokens and webhooks. What is secret is shown once, in the answer to the form that asked for it."""
    person = _whose(request)
    if request.method != "POST":
        return _shown(request, person)
    try:
        found = _done(request, person, posted(request, "intent"))
    except Refused as refused:
        return _shown(request, person, 400, fault={refused.field: refused.reason})
    if found:
        return _shown(request, person, 200, secret=found)
    address = go(request, "/partner/")
    if person.code != actor_of(request).code:
        joint = "&" if "?" in address["Location"] else "?"
        address["Location"] += f"{joint}{urlencode({'person': person.code})}"
    return address


def _whose(request: HttpRequest) -> Person:
    """The signed-in partner; for an administrator the one whom the address names."""
    actor = actor_of(request)
    code = actor.code if actor.role == Grant.Role.SERVICE else request.GET.get("person", "")
    found = Person.objects.select_related("user").filter(code=code).first()
    if found is None or not Grant.objects.filter(pk=found.code, role=Grant.Role.SERVICE).exists():
        raise Http404
    return found


def _done(request: HttpRequest, person: Person, intent: str) -> str:
    """Do what a form asks; returns a secret that is to be shown."""
    if intent == "token":
        days = posted(request, "days")
        return tokens.issue(
            person, int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
            name=request.POST.get("name", ""), scopes=posted_list(request, "scopes"),
        )  # fmt: skip
    if intent in ("rotate", "end"):
        number = posted(request, "token")
        token = int(number) if number.isascii() and number.isdigit() and len(number) < 12 else 0
        if intent == "rotate":
            return tokens.rotate(person, token)
        tokens.end_one(person, token)
        messages.success(request, _("The token opens nothing any more."))
        return ""
    if intent == "webhook":
        events = request.POST.get("events", "")[:1000].replace(",", " ").split()
        wanted = {
            "url": request.POST.get("url", "").strip(),
            "events": events,
            "scope": scope_from(request.POST.get("scope", "")[:500]),
        }
        return webhooks.make(person, wanted)[1]
    target = Target.objects.filter(person=person, pk=posted(request, "webhook")).first()
    if target is None:
        raise Refused("webhook", _("is not known, or has ended"))
    return _of_webhook(request, target, intent)


def _of_webhook(request: HttpRequest, target: Target, intent: str) -> str:
    if intent == "secret":
        return webhooks.rotate(target)
    if intent in ("active", "paused"):
        if not webhooks.change(target, {"state": intent}):
            raise Refused(
                "webhook", _("it was changed by somebody else since you opened the page; look at it again")
            )
    elif intent == "remove":
        target.delete()
    elif intent == "test":
        webhooks.test(target)
    elif intent == "again":
        webhooks.again(target, posted(request, "delivery"))
    else:
        raise Refused("webhook", _("This cannot be done here."))
    nudge(send_webhooks)
    messages.success(request, _("Done."))
    return ""


def _shown(
    request: HttpRequest,
    person: Person,
    status: int = 200,
    *,
    secret: str = "",
    fault: dict[str, str] | None = None,
) -> HttpResponse:
    rows = []
    for target in person.targets.order_by("made_at", "pk"):
        about = target.deliveries
        rows.append(
            {
                "target": target, "lately": about.order_by("-made_at", "-number")[:LISTED],
                "waiting": about.filter(state=Delivery.State.WAITING).count(), "failed": about.filter(state=Delivery.State.FAILED).count(),
            }
        )  # fmt: skip
    typed: dict[str, Any] = {name: request.POST.get(name, "") for name in ("name", "url", "events", "scope")}
    context = {
        "person": person, "tokens": tokens.listing(person), "scopes": SCOPES, "webhooks": rows, "secret": secret,
        "fault": fault or {}, "typed": typed if fault else {},
    }  # fmt: skip
    return shown(request, "desk/partner.html", context, status)
