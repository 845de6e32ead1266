"""What an organization says of an assessment that names it, and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.assessment import Assessment
from commitments.models.fields import AppendOnly, Subject, TextsField
from commitments.models.organization import Organization


class Dispute(AppendOnly, Subject):
    """A reply stands beside an assessment; a dispute also asks for an answer by a day."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("reply")
        DISPUTE = "dispute", _("dispute")

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="disputes")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = TextsField()
    received_on = models.DateField()
    due_on = models.DateField(null=True)
    by = models.CharField(max_length=40)


class Outcome(AppendOnly, Subject):
    """How a dispute ended. Its key is that of the dispute."""

    class Result(models.TextChoices):
        MAINTAINED = "maintained", _("maintained")
        CORRECTED = "corrected", _("corrected")

    dispute = models.OneToOneField(Dispute, models.PROTECT, related_name="outcome")
    result = models.CharField(max_length=10, choices=Result.choices)
    because = TextsField()
    decided_on = models.DateField()
    correction = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="+")
    by = models.CharField(max_length=40)
