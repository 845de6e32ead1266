"""A public page: parameters are checked, a reading is made at a moment, the reply is a function of the ledger."""

import hashlib
import re
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from commitments import clock
from commitments.readings.moment import Moment, Unsettled, consistent, etag, matches, resolve
from commitments.readings.parameters import Parameters, Refused
from commitments.templatetags.tracker import OF_PAGE
from commitments.web import pageframe
from commitments.web.actors import actor_of, closed_to
from commitments.web.errors import page_error, refused

Context = dict[str, Any]
Read = Callable[..., Context | HttpResponse | None]
Finish = Callable[[bytes, HttpRequest], bytes]


def page(
    template: str, *, parameters: Collection[str] = (), stored: bool = True, resource: str = "",
    content_type: str = "text/html; charset=utf-8", finish: Finish | None = None,
) -> Callable[[Read], Any]:  # fmt: skip
    """Turn `read(parameters, moment, **address)` into a view. `finish` has the last word on what the template wrote.

    `resource` is the same thing in the API: who asks for JSON at the address of the page is sent there (303).
    `stored=False` is for pages that show working state. A reading that is None is a 404; a refused parameter is a 400 that names it.
    """
    allowed = frozenset(("lang", "as_of", "at", *parameters))

    def decorate(read: Read) -> Any:
        @csrf_exempt  # nothing is written here: another method is 405, not 403
        @require_safe
        @wraps(read)
        def view(request: HttpRequest, **address: str) -> HttpResponse:
            if any(_FOREIGN.fullmatch(name) for name in request.GET):
                return _without_foreign(request)
            if resource and request.get_preferred_type(TYPES) == "application/json":
                return _as_json(request, resource.format(**address))
            if (closed := closed_to(request)) is not None:
                return closed
            try:
                given = Parameters.of(dict(request.GET.lists()), allowed)
                given.choice("lang", ("en", "zh", "zh-hans", "ru"))
                moment = resolve(given.text("as_of"), given.text("at"), clock.today())
                made = _Made(template, content_type, finish)
                response = _reply(request, made, read, given, moment, address, stored)
                if resource:
                    patch_vary_headers(response, ["Accept"])
                return response
            except Refused as error:
                return refused(request, error)
            except Unsettled:
                response = page_error(request, 503, "unsettled")
                response.headers["Retry-After"] = "2"
                return response

        return view

    return decorate


# What mail programs and social sites hang on an address that is passed on: it says nothing of what is asked.
_FOREIGN = re.compile(r"utm_\w{1,40}|fbclid|gclid|dclid|msclkid|yclid|mc_[ce]id|igshid|_openstat")


def _without_foreign(request: HttpRequest) -> HttpResponse:
    query = request.GET.copy()
    for name in list(query):
        if _FOREIGN.fullmatch(name):
            del query[name]
    return HttpResponseRedirect(request.path + (f"?{query.urlencode()}" if query else ""))


TYPES = ["text/html", "application/json"]  # the first where a reader has no wish


def _as_json(request: HttpRequest, resource: str) -> HttpResponse:
    query = request.GET.copy()
    for name in OF_PAGE:  # the API answers in every language
        query.pop(name, None)
    address = f"/api/v1/{resource}" + (f"?{query.urlencode()}" if query else "")
    kept = "public, no-cache" if settings.PUBLIC_READING else "private, no-store"
    response = HttpResponse(status=303, headers={"Location": address, "Cache-Control": kept})
    patch_vary_headers(response, ["Accept"])
    return response


class _Made(NamedTuple):
    template: str
    content_type: str
    finish: Finish | None

    def write(self, request: HttpRequest, context: Context) -> HttpResponse:
        response = render(request, self.template, context, content_type=self.content_type)
        if self.finish:
            response.content = self.finish(response.content, request)
        return response


def _reply(
    request: HttpRequest,
    made: _Made,
    read: Read,
    given: Parameters,
    moment: Moment,
    address: dict[str, str],
    stored: bool,
) -> HttpResponse:
    today = clock.today()
    public = stored and settings.PUBLIC_READING and not request.user.is_authenticated

    def tag(moment: Moment) -> str:
        return etag(moment, settings.RELEASE, request.get_full_path(), request.LANGUAGE_CODE, today)

    kept = caches["pages"]
    known = request.headers.get("If-None-Match", "")
    anything = "*" in parse_etags(known)  # only what is there matches it: that is seen when it has been read
    if public and not anything and matches(known, tag(moment)):
        response = HttpResponse(status=304)
    elif public and (content := kept.get(_key(request, tag(moment)))) is not None:
        response = HttpResponse(content, content_type=made.content_type)
    else:
        request.carried = given  # type: ignore[attr-defined]
        moment, (frame, found) = consistent(
            moment, lambda now: (pageframe.frame(now, today), read(given, now, **address))
        )
        if found is None:
            return page_error(request, 404, "not-found")
        if isinstance(found, HttpResponse):
            if public and found.status_code == 200:  # a file of the same reading
                _headed(found, moment, tag(moment))
            else:
                found.headers.setdefault("Cache-Control", "private, no-store")
            return found
        here = {"actor": actor_of(request)} if request.user.is_authenticated else {}
        response = made.write(request, {"moment": moment, "given": given.given, **here, **frame, **found})
        public = public and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")  # a form's token is one reader's
        if public:
            kept.set(_key(request, tag(moment)), response.content)
    response.headers["Ledger-Number"] = str(moment.at)
    if public:
        if anything:
            response = HttpResponse(status=304, headers={"Ledger-Number": str(moment.at)})
        _headed(response, moment, tag(moment))
    else:
        response.headers["Cache-Control"] = "private, no-store" if stored else "no-store"
    return response


def _headed(response: HttpResponse, moment: Moment, tag: str) -> None:
    response.headers["Ledger-Number"] = str(moment.at)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "public, no-cache"


def _key(request: HttpRequest, tag: str) -> str:
    """Where a page is kept: by its tag, and by the host and scheme, which its citations name."""
    parts = f"{request.scheme} {request.get_host()} {tag}"
    return hashlib.sha256(parts.encode()).hexdigest()
