"""Spreadsheets that people bring: the file, how its columns are read, and what became of each row. Working state."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.declaration import Declaration
from commitments.models.organization import Organization
from commitments.models.person import Person


class Sheet(models.Model):
    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        MAPPING = "mapping", _("its columns are to be named")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        TAKING = "taking", _("being accepted")
        TAKEN = "taken", _("accepted")
        FAILED = "failed", _("failed")

    person = models.ForeignKey(Person, models.CASCADE, related_name="sheets")
    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=8)  # of the person, for messages
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    percent = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)  # of all claims: a late worker's is never this one again
    tries = models.PositiveSmallIntegerField(default=0)  # of the step that is due
    failure = models.TextField(blank=True)
    header = models.JSONField(default=list)  # the words of the first row
    mapping = models.JSONField(default=dict)  # field → column number
    rows = models.JSONField(default=list)  # cells as text, with the number of the row
    chosen = models.JSONField(default=dict)  # row number → commitment, by hand for what matched nothing
    results = models.JSONField(
        default=list
    )  # one a row: {"row", "outcome", "commitment", "reasons", "payload"}
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """How a person reads the columns of tables with the same first row: named once, then known."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    header_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "header_sha256"], name="mapping_once")]

    def __str__(self) -> str:
        return self.header_sha256[:8]
