"""Middleware of our own, outermost first: compression, headers, caps and problems, language, the first password."""

import logging
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.encoding import escape_uri_path
from django.utils.translation.trans_real import parse_accept_lang_header

from commitments.deliveries import webhooks
from commitments.reasons import api_problem
from commitments.tasks import nudge, send_webhooks
from commitments.web.errors import page_error

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponseBase]
LONGEST_ADDRESS = 2000
LONGEST_QUERY = 4000
MOST_PARAMETERS = 100
TEXTS = ("text/html", "application/json", "image/svg+xml", "application/atom+xml", "application/xml")
UNWANTED = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)
LANGUAGES = {"en": "en", "zh": "zh-hans", "zh-hans": "zh-hans", "ru": "ru"}


class Compressed(GZipMiddleware):
    """Pages and JSON go over the wire in a fifth of their size; their ETag becomes a weak one, which `If-None-Match` compares.

    Files keep their length and their ranges. What the API tells one partner keeps its strong ETag, which `If-Match` needs.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kept = response.headers.get("Cache-Control", "")
        is_file = (
            response.streaming or "Accept-Ranges" in response.headers or "Content-Range" in response.headers
        )
        if is_file or (request.path.startswith("/api/") and "public" not in kept):
            return response
        is_text = response.headers.get("Content-Type", "").partition(";")[0] in TEXTS
        if not is_text and response.status_code != 304:
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        accepted = request.headers.get("Accept-Encoding", "")
        if UNWANTED.search(accepted):
            return response
        if response.status_code == 304:
            tag = f"W/{response.headers.get('ETag')}"
            if "gzip" in accepted and tag in request.headers.get("If-None-Match", ""):
                response.headers["ETag"] = tag  # which the answer in full would have
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


def problems(get_response: Handler) -> Handler:
    """Refuse addresses that no resource has, and answer every error under /api/ as problem+json, the framework's too."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        try:
            unquote_to_bytes(query).decode()
        except UnicodeDecodeError:
            return _refuse(request, 400, "forbidden-character")
        if any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in request.path) or "%00" in query:
            return _refuse(request, 400, "forbidden-character")
        if (
            len(request.path) > LONGEST_ADDRESS
            or len(query) > LONGEST_QUERY
            or query.count("&") > MOST_PARAMETERS
        ):
            return _refuse(request, 400, "address-too-long")
        response = get_response(request)
        if request.path.startswith("/api/") and response.status_code >= 400:
            kind = response.headers.get("Content-Type", "")
            if not kind.startswith("application/problem+json"):
                with translation.override(_accepted(request)):
                    problem = api_problem(response.status_code)
                for name, value in response.headers.items():  # what the gates before it said holds on
                    if not name.startswith("Content-") or name == "Content-Range":
                        problem.headers.setdefault(name, value)
                return problem
        return response

    return middleware


def _refuse(request: HttpRequest, status: int, code: str) -> HttpResponse:
    request.GET = QueryDict()  # the page that says so reads it, and too many parameters cannot be read
    if request.path.startswith("/api/"):
        with translation.override(_accepted(request)):
            return api_problem(status, code)
    with translation.override(_accepted(request)):
        return page_error(request, status, code)


def headers(get_response: Handler) -> Handler:
    """What django-csp and Django's own middleware leave out."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        if request.path.startswith(("/accounts/", "/admin/")):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def language(get_response: Handler) -> Handler:
    """`?lang=` wins, else Accept-Language. No cookie: an address in a language is the same for everybody.

    The administration is Django's, whose links carry no language: there, and nowhere else, a cookie keeps what was chosen.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        chosen = LANGUAGES.get(request.GET.get("lang", ""))
        if request.path.startswith("/admin/"):
            if chosen and request.method in ("GET", "HEAD"):
                return _kept_in_admin(request, chosen)
            chosen = LANGUAGES.get(request.COOKIES.get(_ADMIN_COOKIE, ""))
        with translation.override(chosen or _accepted(request)):
            request.LANGUAGE_CODE = translation.get_language() or "en"
            response = get_response(request)
            # The API answers in all languages at once; only what it says when it refuses is in one.
            if request.path.startswith("/api/v1/") and response.status_code < 400:
                return response
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            if not chosen and not request.path.startswith("/static/"):
                patch_vary_headers(response, ["Accept-Language"])
            return response

    return middleware


_ADMIN_COOKIE = "admin-language"


def _kept_in_admin(request: HttpRequest, chosen: str) -> HttpResponseBase:
    rest = request.GET.copy()
    del rest["lang"]
    path = escape_uri_path(request.path)
    response = HttpResponseRedirect(f"{path}?{rest.urlencode()}" if rest else path)
    response.set_cookie(
        _ADMIN_COOKIE,
        chosen[:2],
        path="/admin/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _accepted(request: HttpRequest) -> str:
    """The first language of Accept-Language that we speak."""
    for wanted, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if spoken := LANGUAGES.get(wanted.split("-")[0]):
            return spoken
    return "en"


def password_change(get_response: Handler) -> Handler:
    """A one-time password opens nothing but the form that replaces it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        open_to_all = request.path.startswith(("/accounts/", "/static/", "/healthz", "/readyz"))
        if not open_to_all and request.user.is_authenticated:
            person = getattr(request.user, "person", None)
            if person is not None and person.must_change_password:
                return HttpResponseRedirect(f"/accounts/password/?next={quote(request.get_full_path())}")
        return get_response(request)

    return middleware


def partners_told(get_response: Handler) -> Handler:
    """Who has written wakes the messages to partners' programs; what other processes write waits for the tick."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS") and response.status_code < 400:
            try:
                if webhooks.are_behind():
                    nudge(send_webhooks)
            except DatabaseError as error:  # what was written is written: its answer is not lost over this
                log.warning("webhooks were not woken (%s); the next tick looks for them", error)
        return response

    return middleware
