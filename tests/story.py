"""The cast: named people and small acts, so that a test reads as a story."""

from datetime import date
from typing import Any

from django.contrib.auth.models import User

from commitments import clock
from commitments.ledger import verbs
from commitments.models.person import Person
from commitments.readings.moment import Moment, resolve

LIU = "p-liu"  # an analyst
NURLAN = "p-nurlan"  # a reviewer
N6C = "sco-afg-2009:N6.c"
N2D = "sco-afg-2009:N2.d"


def on(day: str, at: int | None = None) -> Moment:
    """The moment of a day, seen from today."""
    return resolve(day, None if at is None else str(at), clock.today())


def judge(commitment: str = N6C, value: str = "stalled", day: str = "2026-01-31", **more: Any) -> str:
    """Liu judges a commitment."""
    return verbs.assess(
        commitment=commitment, value=value, effective_on=date.fromisoformat(day), because={"en": "seen"},
        confidence=more.pop("confidence", "low"), by=more.pop("by", LIU), happenings=["sco-afg-2009:m-statement"], **more,
    )  # fmt: skip


def administrator(name: str = "ada", must_change: bool = False) -> User:
    user: User = User.objects.create_superuser(name, "", "correct horse battery")
    person = Person.objects.create(user=user, must_change_password=must_change)
    verbs.grant(person=person.code, role="administrator", by=person.code, because="first administrator")
    return user
