"""Who is at the page, and whether the one table (rules.access) lets them through."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from commitments.accounts import tokens
from commitments.ledger.people import Actor, actor
from commitments.models.person import Person
from commitments.reasons import api_problem
from commitments.rules import access
from commitments.web.errors import page_error

Handler = Callable[[HttpRequest], HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person with role and organizations; asked once a request."""
    known: Actor | None = getattr(request, "actor", None)
    if known is None:
        known = Actor("")
        if request.user.is_authenticated:
            person = Person.objects.filter(user=request.user.pk).first()
            known = actor(person.code) if person else Actor("")
        request.actor = known  # type: ignore[attr-defined]
    return known


def person_of(request: HttpRequest) -> Person:
    """The row of the signed-in person; the desk is for those who have one."""
    return Person.objects.get(user=request.user.pk)


def role_of(request: HttpRequest) -> str:
    """The actor's name in the table."""
    if not request.user.is_authenticated:
        return access.ANONYMOUS
    return actor_of(request).role or access.NO_ROLE


def closed_to(request: HttpRequest) -> HttpResponse | None:
    """What who may not read is answered: of a closed tracker the form to sign in, and a program that its token does not hold."""
    if settings.PUBLIC_READING or request.user.is_authenticated:
        return None
    if header := request.headers.get("Authorization", ""):
        return None if tokens.may_read(header) else api_problem(401)
    return redirect_to_login(request.get_full_path())


class Permissions:
    """Middleware: every request is looked up in the table before its view runs."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        route = match.view_name if match else ""
        method = request.method or "GET"
        act = access.act_of(route, method)
        known = access.methods_of(route)
        if act is None and known and method != "OPTIONS" and not route.startswith("api:"):
            response = page_error(request, 405, "")
            response.headers["Allow"] = ", ".join(known)
            return response
        if act is access.READ or act is access.SIGN_IN or act is access.PARTNER:
            return None  # READ may be closed by a setting, and a program shows a token: their views look
        if act is None and known:
            return None  # the API answers OPTIONS itself, and 405 as a problem
        role = role_of(request)
        if act is not None and role in act.actors:
            return None
        if route.startswith("admin:") and request.user.is_superuser:
            return None  # made on the command line (createsuperuser): may grant itself its role
        if role == access.ANONYMOUS and act is not None:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        if request.path.startswith("/api/"):
            return api_problem(403)
        return page_error(request, 403, "permission-denied", told=_("Your role does not open this page."))
