"""What a person finds again: lists that they saved, and how far they had read when they were here last."""

from datetime import datetime

from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger.wellformed import Refused
from commitments.models.person import Person, SavedView
from commitments.readings.changes import head
from commitments.rules import access
from commitments.source.characters import shows_something, unwanted

MOST = 50  # saved views of one person
LONGEST_NAME, LONGEST_ADDRESS = 80, 1000


def came(person: Person) -> None:
    """They signed in: what was on record at the sign-in before this one is what they have seen."""
    Person.objects.filter(pk=person.pk).update(here_number=head()["number"], here_at=clock.now())
    if person.here_at is not None:
        _seen(person, person.here_number, person.here_at)


def caught_up(person: Person, number: int, at: datetime) -> None:
    """They have seen everything up to a ledger number."""
    _seen(person, min(number, head()["number"]), at)


def _seen(person: Person, number: int, at: datetime) -> None:
    """What was seen is never unseen: an older page, or the sign-in before, says nothing new."""
    unseen = Q(seen_at=None) | Q(seen_number__lte=number)
    Person.objects.filter(unseen, pk=person.pk).update(seen_number=number, seen_at=at)


def kept(person: Person) -> list[SavedView]:
    return list(SavedView.objects.filter(person=person).order_by("name"))


def keep(person: Person, name: str, address: str) -> SavedView:
    """Save a list under a name; one of the same name is replaced. Raises Refused."""
    name = name.strip()
    if not shows_something(name) or unwanted(name) or len(name) > LONGEST_NAME:
        raise Refused("name", _("1 to %(n)s characters that can be seen") % {"n": LONGEST_NAME})
    path = address.partition("?")[0]
    try:
        route = resolve(path).view_name if path.startswith("/") else ""
    except Resolver404:
        route = ""
    if access.act_of(route, "GET") is not access.READ or len(address) > LONGEST_ADDRESS or unwanted(address):
        raise Refused("address", _("is not a page of this tracker"))
    views = SavedView.objects.filter(person=person)
    if views.exclude(name=name).count() >= MOST:
        raise Refused("name", _("you have %(n)s saved views already; remove one first") % {"n": MOST})
    found, _made = views.update_or_create(
        name=name, defaults={"person": person, "address": address, "made_at": clock.now()}
    )
    return found


def drop(person: Person, number: str) -> None:
    """Remove a saved view of theirs; of another's nothing happens."""
    if number.isascii() and number.isdigit() and len(number) < 18:
        SavedView.objects.filter(person=person, pk=int(number)).delete()
