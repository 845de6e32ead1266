"""Tokens of service accounts: 256 bits, shown once, kept as a digest."""

import hashlib
import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger.people import actor
from commitments.ledger.wellformed import Refused
from commitments.models.person import Grant, Person, Token

PREFIX = "dt_"
MOST_DAYS = 730


def issue(person: Person, days: int = 365) -> str:
    """A new token of a service account; it is in the answer and nowhere else. Raises Refused."""
    if actor(person.code).role != Grant.Role.SERVICE:
        raise Refused("person", _("only a service account has a token"))
    if not 1 <= days <= MOST_DAYS:
        raise Refused("days", _("from 1 to %(n)s") % {"n": MOST_DAYS})
    secret = PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    Token.objects.create(
        person=person, sha256=digest_of(secret), issued_at=now, expires_at=now + timedelta(days=days)
    )
    return secret


def end(person: Person) -> int:
    """End every token of a person at once."""
    return Token.objects.filter(person=person).delete()[0]


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.strip().encode("utf-8", "replace")).hexdigest()
