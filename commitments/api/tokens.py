"""Tokens: what a partner's program shows. Kept as a digest only, taken from the header only, ended at once."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from commitments import clock
from commitments.accounts.tokens import PREFIX, known
from commitments.ledger.people import Actor, actor
from commitments.models.person import Token
from commitments.rules import access


class ByToken(BaseAuthentication):
    """`Authorization: Bearer dt_…`. Its user is the actor whom the ledger knows."""

    def authenticate(self, request: Request) -> tuple[Actor, Token] | None:
        scheme, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not secret.startswith(PREFIX):
            raise AuthenticationFailed(_("Send a token as `Authorization: Bearer dt_…`."))
        now = clock.now()
        token = known(secret)
        if token is None:
            raise AuthenticationFailed(_("This token is not known, has expired, or was ended."))
        if token.last_used_on != now.date():
            Token.objects.filter(pk=token.pk).update(last_used_on=now.date())
        found = actor(token.person.code)
        if not found.role:
            raise AuthenticationFailed(_("This token is of somebody whose role has ended."))
        return found, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ByTable(BasePermission):
    """The one table decides (rules.access)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        role = request.user.role or access.NO_ROLE if isinstance(request.user, Actor) else access.ANONYMOUS
        match = request._request.resolver_match
        method = request.method or "GET"
        if match is None or access.act_of(match.view_name, method) is None:
            return True  # no view has such a method: the answer is 405
        in_scope(request)
        return access.may(role, match.view_name, method)


def in_scope(request: Request) -> None:
    """Raises PermissionDenied when the request came with a token that is not good for it."""
    match, token = request._request.resolver_match, request.auth
    if match is None or not isinstance(token, Token):
        return
    wanted = access.scope_of(match.view_name, request.method or "GET")
    if wanted not in token.scopes:
        raise PermissionDenied(
            _("This token has not the scope “%(scope)s”.") % {"scope": wanted}, "insufficient-scope"
        )


def actor_of(request: Request) -> Actor:
    """Who shows the token; the table has let them through."""
    found: Any = request.user
    assert isinstance(found, Actor)
    return found


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells of tokens."""

    target_class = "commitments.api.tokens.ByToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http", "scheme": "bearer", "bearerFormat": "dt_…",
            "description": "A partner's token. Reading needs none, unless a setting closes the tracker.",
        }  # fmt: skip
