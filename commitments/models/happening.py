"""What happened: actions and events, indicators and their measurements."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.declaration import Commitment, Declaration
from commitments.models.fields import Link, Subject, TextsField
from commitments.models.organization import Organization
from commitments.models.source import Source


class Happening(Subject):
    """An action (something done) or an event (a dated fact that nobody did under the declaration).

    `date` is as precise as the record; `on` is the day from which it counts.
    """

    class Category(models.TextChoices):
        ACTION = "action", _("action")
        EVENT = "event", _("event")

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="happenings")
    category = models.CharField(max_length=8, choices=Category.choices)
    code = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    date = models.CharField(max_length=10)
    on = models.DateField(db_index=True)
    end_date = models.CharField(max_length=10, blank=True)
    title = TextsField()
    description = TextsField()
    verified = models.BooleanField()
    unverified_parts = models.JSONField(default=list)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["declaration", "code"], name="happening_code_once")]


class HappeningOrganization(Link):
    happening = models.ForeignKey(Happening, models.CASCADE, related_name="organizations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="happenings")


class HappeningCommitment(Link):
    happening = models.ForeignKey(Happening, models.CASCADE, related_name="commitments")
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="happenings")


class HappeningSource(Link):
    happening = models.ForeignKey(Happening, models.CASCADE, related_name="sources")
    source = models.ForeignKey(Source, models.PROTECT, related_name="happenings")


class Indicator(Subject):
    """A series with a unit. Outcome context: it never moves a status by itself."""

    class Direction(models.TextChoices):
        UP = "up", _("up is better")
        DOWN = "down", _("down is better")
        CONTEXT = "context", _("context only")

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="indicators")
    code = models.CharField(max_length=60)
    name = TextsField()
    unit = models.CharField(max_length=20)
    unit_label = TextsField()  # the form after a large number
    unit_forms = models.JSONField(
        default=dict
    )  # plural forms: {"zh": …, "ru": {"one": …, "few": …, "many": …, "other": …}}
    desired_direction = models.CharField(max_length=8, choices=Direction.choices)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="indicators")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["declaration", "code"], name="indicator_code_once")]


class IndicatorCommitment(Link):
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="commitments")
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="indicators")


class Measurement(Subject):
    """One value of an indicator, in its unit, with the range where the source gives one."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="measurements")
    ordinal = models.PositiveIntegerField()
    date = models.CharField(max_length=10, blank=True)
    on = models.DateField(null=True, db_index=True)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    low = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    verified = models.BooleanField()
    derived = models.BooleanField(default=False)
    note = models.TextField(blank=True)


class MeasurementSource(Link):
    measurement = models.ForeignKey(Measurement, models.CASCADE, related_name="sources")
    source = models.ForeignKey(Source, models.PROTECT, related_name="measurements")
