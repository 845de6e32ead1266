"""Invitations: a link by mail that makes a person a focal point. Its secret is mailed and never kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from commitments import clock
from commitments.deliveries import mail
from commitments.ledger import verbs
from commitments.ledger.people import actor
from commitments.ledger.wellformed import Refused
from commitments.models.organization import Organization
from commitments.models.person import Grant, Invitation, Person
from commitments.source.characters import unwanted

LASTS = timedelta(days=14)


def invite(*, address: str, organizations: Sequence[str], by: str, site: str) -> Invitation:
    """Invite somebody to speak for some organizations. Raises Refused with the field."""
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("address", _("is not an address of e-mail")) from None
    known = set(Organization.objects.filter(pk__in=organizations).values_list("pk", flat=True))
    if not organizations:
        raise Refused("organizations", _("must be given"))
    if unknown := [code for code in organizations if code not in known]:
        raise Refused(
            "organizations", _("nothing on record has the code “%(code)s”") % {"code": unknown[0][:60]}
        )
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            sha256=_digest(secret), address=address, role=Grant.Role.FOCAL_POINT, organizations=list(organizations), by=by,
            expires_at=clock.now() + LASTS,
        )  # fmt: skip
        link, codes = f"{site}/accounts/invitation/{secret}/", ", ".join(organizations)

        def words() -> str:
            text: str = _(
                "You are invited to report for %(codes)s in the Declaration Tracker: what became of what was declared.\n"
                "Choose a name and a password here; the link works for 14 days and once:\n%(link)s"
            ) % {"codes": codes, "link": link}
            return text

        mail.post(
            key=f"invitation:{invitation.pk}", address=address, subject=f"Declaration Tracker: {codes}",
            text=mail.in_every_language(words),
        )  # fmt: skip
    return invitation


def open_one(secret: str) -> Invitation | None:
    """The invitation of a link that still works."""
    found = Invitation.objects.filter(sha256=_digest(secret), accepted_by=None, expires_at__gt=clock.now())
    return found.first()


def take_back(number: str) -> None:
    """End an invitation that nobody has followed yet."""
    if number.isascii() and number.isdigit() and len(number) < 16:
        Invitation.objects.filter(pk=int(number), accepted_by=None).update(expires_at=clock.now())


def take(*, secret: str, username: str, name: str, password: str) -> User:
    """Make the person of an invitation. Raises Refused with the field; the link works once."""
    with transaction.atomic():
        invitation = (
            Invitation.objects.select_for_update().filter(sha256=_digest(secret), accepted_by=None).first()
        )
        if invitation is None or invitation.expires_at <= clock.now():
            raise Refused("link", _("this invitation was used or has expired"))
        if not actor(invitation.by).reviews:
            raise Refused("link", _("who invited you no longer may; ask for a new invitation"))
        user = User(username=username, email=invitation.address, first_name=name[:150])
        try:
            user.clean_fields(exclude=["password"])
            user.validate_unique()
        except ValidationError as error:
            raise Refused("username", " ".join(error.messages)) from None
        if found := unwanted(name):
            raise Refused("name", _("holds a character that is not allowed: %(what)s") % {"what": found})
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Refused("password", " ".join(error.messages)) from None
        user.set_password(password)
        user.save()
        person = Person.objects.create(user=user)
        Invitation.objects.filter(pk=invitation.pk).update(accepted_by=person)
        verbs.grant(
            person=person.code, role=invitation.role, organizations=invitation.organizations, by=invitation.by,
            because="followed an invitation",
        )  # fmt: skip
    return user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
