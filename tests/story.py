"""The cast: named people and small acts, so that a test reads as a story."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import User

from commitments import clock
from commitments.ledger import proposals, verbs
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
        commitment=commitment, value=value, effective_on=date.fromisoformat(day),
        because=more.pop("because", {"en": "seen"}),
        confidence=more.pop("confidence", "low"), by=more.pop("by", LIU), basis=["sco-afg-2009:m-statement"], **more,
    )  # fmt: skip


def administrator(name: str = "ada", must_change: bool = False) -> User:
    user: User = User.objects.create_superuser(name, "", "correct horse battery")
    person = Person.objects.create(user=user, must_change_password=must_change)
    verbs.grant(person=person.code, role="administrator", by=person.code, because="first administrator")
    return user


def person(name: str, role: str, organizations: Sequence[str] = ()) -> User:
    """Somebody with a role; their code is p-<name>. Without a password: tests let them in, browsers set one."""
    user: User = User.objects.create_user(name, f"{name}@example.org")
    user.is_staff = user.is_superuser = role == "administrator"
    user.save()
    Person.objects.create(user=user, code=f"p-{name}")
    verbs.grant(
        person=f"p-{name}", role=role, organizations=organizations, by="p-ada", because="a role for a test"
    )
    return user


def cast() -> None:
    """Liu the analyst, Nurlan and Olga the reviewers, Anna who speaks for CSTO, Bek who speaks for Kazakhstan."""
    person("liu", "analyst")
    person("nurlan", "reviewer")
    person("olga", "reviewer")
    person("anna", "focal_point", ["CSTO"])
    person("bek", "focal_point", ["KAZ"])


ANNA, BEK, OLGA = "p-anna", "p-bek", "p-olga"
SOURCE = {
    "source_url": "https://www.odkb-csto.org/example", "source_title": "Operation “Channel”", "source_publisher": "CSTO",
    "source_date": "2025-10-01", "source_class": "primary", "source_language": "ru",
}  # fmt: skip


def report(**change: Any) -> dict[str, Any]:
    """What CSTO reports of N6.c."""
    return {
        "commitment": N6C, "value": "largely_fulfilled", "effective_on": "2025-10-31",
        "because": {"en": "The operation took place again."}, "confidence": "medium", **SOURCE, **change,
    }  # fmt: skip


def propose(
    payload: dict[str, Any] | None = None, by: str = ANNA, kind: str = "assessment", **more: Any
) -> str:
    return proposals.submit(kind=kind, declaration="sco-afg-2009", payload=payload or report(), by=by, **more)
