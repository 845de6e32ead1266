"""Tokens of service accounts: 256 bits, shown once, kept as a digest, with scopes and an end."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger.people import actor
from commitments.ledger.wellformed import Refused
from commitments.models.person import SCOPES, Grant, Person, Token
from commitments.source.characters import unwanted

PREFIX = "dt_"
MOST_DAYS, MOST_TOKENS = 730, 20
OVERLAP = timedelta(days=7)  # how long the old token of a rotation still works
KEPT = timedelta(days=90)  # how long an ended token is still listed


def issue(person: Person, days: int = 365, *, name: str = "", scopes: Collection[str] = SCOPES) -> str:
    """A new token of a service account; it is in the answer and nowhere else. Raises Refused."""
    if actor(person.code).role != Grant.Role.SERVICE:
        raise Refused("person", _("only a service account has a token"))
    if not 1 <= days <= MOST_DAYS:
        raise Refused("days", _("from 1 to %(n)s") % {"n": MOST_DAYS})
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Refused("scopes", _("one or more of: %(options)s") % {"options": ", ".join(SCOPES)})
    if len(name) > 60 or unwanted(name):
        raise Refused("name", _("at most 60 characters that can be seen"))
    now = clock.now()
    if Token.objects.filter(person=person, expires_at__gt=now).count() >= MOST_TOKENS:
        raise Refused("person", _("has %(n)s tokens already; end one first") % {"n": MOST_TOKENS})
    return _made(person, name.strip(), [s for s in SCOPES if s in scopes], timedelta(days=days))


def _made(person: Person, name: str, scopes: list[str], lasts: timedelta) -> str:
    secret, now = PREFIX + secrets.token_urlsafe(32), clock.now()
    Token.objects.create(
        person=person,
        name=name,
        scopes=scopes,
        sha256=digest_of(secret),
        issued_at=now,
        expires_at=now + lasts,
    )
    return secret


def rotate(person: Person, number: int) -> str:
    """A new token with the name, the scopes and the length of life of an old one, which still works for OVERLAP."""
    old, now = _one(person, number), clock.now()
    if Token.objects.filter(person=person, expires_at__gt=now).count() > MOST_TOKENS:
        raise Refused("person", _("has %(n)s tokens already; end one first") % {"n": MOST_TOKENS})
    secret = _made(person, old.name, old.scopes, old.expires_at - old.issued_at)
    Token.objects.filter(pk=old.pk).update(expires_at=min(old.expires_at, now + OVERLAP))
    return secret


def end_one(person: Person, number: int) -> None:
    """End one token at once. Its row stays for a while, so that its partner sees what became of it."""
    Token.objects.filter(pk=_one(person, number).pk).update(expires_at=clock.now())


def _one(person: Person, number: int) -> Token:
    found = Token.objects.filter(person=person, pk=number, expires_at__gt=clock.now()).first()
    if found is None:
        raise Refused("token", _("is not known, or has ended"))
    return found


def end(person: Person) -> int:
    """End every token of a person at once."""
    return Token.objects.filter(person=person).delete()[0]


def listing(person: Person) -> list[dict[str, Any]]:
    """The tokens of a person, the newest first; those that ended lately too."""
    now = clock.now()
    rows = Token.objects.filter(Q(person=person) & Q(expires_at__gt=now - KEPT)).order_by("-issued_at", "-pk")
    return [
        {"id": row.pk, "name": row.name, "scopes": row.scopes, "issued_at": row.issued_at, "expires_at": row.expires_at,
         "last_used_on": row.last_used_on, "active": row.expires_at > now}
        for row in rows
    ]  # fmt: skip


def known(secret: str) -> Token | None:
    """The token that somebody shows, while it holds."""
    rows = Token.objects.select_related("person").filter(sha256=digest_of(secret))
    return rows.filter(expires_at__gt=clock.now(), person__user__is_active=True).first()


def may_read(header: str) -> bool:
    """Whether `Authorization` holds a token with which a closed tracker is read."""
    scheme, _space, secret = header.partition(" ")
    token = known(secret) if scheme.lower() == "bearer" else None
    return token is not None and "read" in token.scopes and bool(actor(token.person.code).role)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.strip().encode("utf-8", "replace")).hexdigest()
