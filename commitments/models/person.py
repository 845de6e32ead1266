"""People who work on the record. Names and passwords are not record; the grant of a role is."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.fields import Subject


def new_code() -> str:
    """An opaque code: the ledger never holds a name."""
    return f"p-{secrets.token_hex(5)}"


class Person(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="person")
    code = models.CharField(max_length=40, unique=True, default=new_code)
    must_change_password = models.BooleanField(
        _("must change the password at the next sign-in"), default=False
    )
    # How far the record was when they signed in last, and the time before: what came since is news to them.
    here_number = models.BigIntegerField(default=0)
    here_at = models.DateTimeField(null=True)
    seen_number = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.code


class Grant(Subject):
    """The role of a person; its key is the person's code. Restricted: the public feed shows a digest only."""

    class Role(models.TextChoices):
        ANALYST = "analyst", _("analyst")
        FOCAL_POINT = "focal_point", _("focal point")
        REVIEWER = "reviewer", _("reviewer")
        ADMINISTRATOR = "administrator", _("administrator")
        SERVICE = "service", _("service account")

    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    active = models.BooleanField(_("active"), default=True)
    organizations = models.JSONField(_("organizations"), default=list)  # codes, of a focal point or a service


SCOPES = ("read", "propose", "report", "webhook")  # what a token may open


def all_scopes() -> list[str]:
    return list(SCOPES)


class Token(models.Model):
    """A key to the API for a service account. Only its digest is kept: what is lost is issued anew."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=60, blank=True)
    scopes = models.JSONField(default=all_scopes)
    sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.sha256[:8]


class Invitation(models.Model):
    """A link that makes a person a focal point of some organizations. Only the digest of its secret is kept."""

    sha256 = models.CharField(max_length=64, unique=True)
    address = models.EmailField()
    role = models.CharField(max_length=16, choices=Grant.Role.choices)
    organizations = models.JSONField(default=list)
    by = models.CharField(max_length=40)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.address


class SavedView(models.Model):
    """A list as somebody wants it again: its address with filters, order and columns."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="views")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=1000)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name
