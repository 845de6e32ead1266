"""Around the API: who may call it from another site, and how often anybody may call it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from commitments.accounts.clients import client_address
from commitments.accounts.tokens import digest_of
from commitments.models.person import Token
from commitments.reasons import api_problem

Handler = Callable[[HttpRequest], HttpResponseBase]
PREFIX = "/api/v1/"
WINDOW = 60  # seconds
EXPOSED = "ETag, Link, Ledger-Number, Location, RateLimit, RateLimit-Policy, Retry-After, Content-Disposition, Content-Range, Accept-Ranges"


def cross_origin(get_response: Handler) -> Handler:
    """Whoever reads without a token may do so from a page of any site (CORS); what needs a token stays with its program."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        anonymous = "Authorization" not in request.headers and settings.PUBLIC_READING
        asked = request.headers.get("Access-Control-Request-Method", "")
        if request.method == "OPTIONS" and asked:
            response: HttpResponseBase = HttpResponse(status=204)
            wanted = request.headers.get("Access-Control-Request-Headers", "").lower()
            anonymous = anonymous and asked in ("GET", "HEAD") and "authorization" not in wanted
            if anonymous:
                response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
                response.headers["Access-Control-Allow-Headers"] = (
                    "Accept, Accept-Language, If-None-Match, If-Range, Range"
                )
                response.headers["Access-Control-Max-Age"] = "86400"
        else:
            response = get_response(request)
            anonymous = anonymous and request.method in ("GET", "HEAD")
        if anonymous:
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return middleware


@dataclass(frozen=True)
class Count:
    """What somebody has used of a limit in this window."""

    name: str
    limit: int
    used: int
    left_seconds: int

    def headers(self) -> dict[str, str]:
        """As the draft of the IETF has them (draft-ietf-httpapi-ratelimit-headers): quota, window, what remains, until when."""
        remaining = max(0, self.limit - self.used)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={WINDOW}',
            "RateLimit": f'"{self.name}";r={remaining};t={self.left_seconds}',
        }


def limits(get_response: Handler) -> Handler:
    """So many requests a minute: of a token, and of an address without one. A cache that is down limits nobody."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        count = _counted(request)
        if count is None:
            return get_response(request)
        if count.used > count.limit:
            response: HttpResponseBase = api_problem(429)
            response.headers["Retry-After"] = str(count.left_seconds)
            response.headers["Cache-Control"] = "no-store"
        else:
            response = get_response(request)
        for name, value in count.headers().items():
            response.headers[name] = value
        patch_vary_headers(response, ["Authorization"])
        return response

    return middleware


def _counted(request: HttpRequest) -> Count | None:
    name, whose, limit = _who(request)
    now = time.time()
    window = int(now // WINDOW)
    key = f"limit:{whose}:{window}"
    try:
        cache.add(key, 0, WINDOW * 2)
        used = cache.incr(key)
    except (OSError, ValueError, redis.RedisError):
        return None
    return Count(name, limit, used, max(1, round((window + 1) * WINDOW - now)))


def _who(request: HttpRequest) -> tuple[str, str, int]:
    """A token that is known has a limit of its own; everything else counts for the address that it comes from."""
    secret = request.headers.get("Authorization", "").partition(" ")[2]
    if secret:
        digest = digest_of(secret)
        if Token.objects.filter(sha256=digest).exists():
            return "token", digest, settings.API_LIMIT_TOKEN
    return "address", client_address(request), settings.API_LIMIT_ADDRESS
