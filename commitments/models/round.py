"""Rounds: asking organizations for an update by a day. Working state; what they answer becomes proposals."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.declaration import Declaration
from commitments.models.organization import Organization


class Round(models.Model):
    key = models.CharField(primary_key=True, max_length=40)
    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="rounds")
    title = models.CharField(max_length=200)
    opened_on = models.DateField()
    due_on = models.DateField()
    closed = models.BooleanField(default=False)
    by = models.CharField(max_length=40)
    site = models.CharField(max_length=200)  # where the links of its mails lead

    def __str__(self) -> str:
        return self.key


class Ask(models.Model):
    """One organization in a round."""

    class Answer(models.TextChoices):
        NONE = "", _("not answered")
        ANSWERED = "answered", _("answered")
        NOTHING = "nothing", _("nothing to report")

    round = models.ForeignKey(Round, models.CASCADE, related_name="asks")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    answered_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "organization"], name="asked_once")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.organization_id}"
