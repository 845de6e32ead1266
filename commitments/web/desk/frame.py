"""What every page of the desk shares: the frame of the public pages, never cached, and who is at it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger.record import Conflict
from commitments.ledger.wellformed import Faulty, Refused, faults_of
from commitments.models.declaration import Declaration
from commitments.readings.moment import Moment, resolve
from commitments.source.characters import forbidden
from commitments.templatetags.desk import FIELDS
from commitments.web import pageframe
from commitments.web.actors import actor_of


def now() -> Moment:
    """The desk works on what is known now and true today."""
    return resolve(None, None, clock.today())


def shown(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of the desk."""
    moment = now()
    frame = pageframe.frame(moment, clock.today())
    about = {"moment": moment, "actor": actor_of(request), "page": "desk", **frame, **context}
    response = render(request, template, about, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def go(request: HttpRequest, path: str) -> HttpResponseRedirect:
    """On to another page, in the language of this one."""
    lang = request.GET.get("lang", "")
    return HttpResponseRedirect(
        path + (f"?{urlencode({'lang': lang})}" if lang in ("en", "zh", "zh-hans", "ru") else "")
    )


def site_of(request: HttpRequest) -> str:
    """Where this tracker is reached, for links in letters."""
    return request.build_absolute_uri("/").rstrip("/")


def told(error: Faulty | Refused | Conflict) -> str:
    """What is wrong, in words and with the interface's names of the fields."""
    if isinstance(error, Conflict):
        return _("it was changed by somebody else since you opened the page; look at it again")
    return "; ".join(
        f"{FIELDS[f.field]}: {f.reason}" if f.field in FIELDS else f.reason for f in faults_of(error)
    )


def posted(request: HttpRequest, name: str) -> str:
    """A short field of a form as it is looked up: a code, a word. What no code can be is nothing, on both engines."""
    return _short(request.POST.get(name, ""))


def posted_list(request: HttpRequest, name: str) -> list[str]:
    """Several short fields, each once."""
    return list(dict.fromkeys(text for value in request.POST.getlist(name) if (text := _short(value))))


def _short(value: str) -> str:
    return value if len(value) <= 200 and not forbidden(value) else ""


def the_declaration(code: str | None = None) -> Declaration:
    """The declaration that was named, or the one adopted first."""
    rows = Declaration.objects.select_related("scale").order_by("adopted_on", "key")
    found = rows.filter(pk=code).first() if code else rows.first()
    if found is None:
        raise PermissionDenied
    return found
