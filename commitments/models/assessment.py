"""What we say of it: scales and dated assessments. An assessment is never edited: it is replaced or retracted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.declaration import Commitment
from commitments.models.fields import AppendOnly, Link, Subject, TextsField
from commitments.models.happening import Happening, Indicator
from commitments.models.organization import Organization
from commitments.models.source import Source


class Scale(Subject):
    """A versioned vocabulary of values: `house@1`."""

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()


class ScaleValue(Link):
    scale = models.ForeignKey(Scale, models.CASCADE, related_name="values")
    value = models.CharField(max_length=24)
    label = TextsField()
    definition = TextsField()
    counts = models.BooleanField(help_text="whether it stands in the denominator of a share")

    class Meta(Link.Meta):
        constraints = [models.UniqueConstraint(fields=["scale", "value"], name="scale_value_once")]


class Assessment(AppendOnly, Subject):
    """A dated judgement on a commitment. `recorded` is its ledger number, which orders judgements of one day."""

    class Track(models.TextChoices):
        REPORTED = "reported", _("reported by the organization")
        ANALYST = "analyst", _("analyst's assessment")
        AGREED = "agreed", _("confirmed by both sides")

    class Confidence(models.TextChoices):
        HIGH = "high", _("high")
        MEDIUM = "medium", _("medium")
        LOW = "low", _("low")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="assessments")
    scale = models.ForeignKey(Scale, models.PROTECT, related_name="+")
    value = models.CharField(max_length=24)
    effective_on = models.DateField(db_index=True)
    precision = models.CharField(
        max_length=5, choices=[("day", _("day")), ("month", _("month")), ("year", _("year"))]
    )
    because = TextsField()
    confidence = models.CharField(max_length=6, choices=Confidence.choices)
    track = models.CharField(max_length=8, choices=Track.choices)
    by = models.CharField(max_length=40)
    party = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    review_note = models.TextField(blank=True)
    # Who reported it, or confirmed it on the track `agreed`; an analyst's judgement has none.
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    reviewed_by = models.CharField(max_length=40, blank=True)
    # Nothing can be shown of what did not happen: what was searched instead, and when.
    searched = models.TextField(blank=True)
    searched_on = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")


class AssessmentBasis(Link):
    """What a judgement rests on: an action, an event or an indicator."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="basis")
    happening = models.ForeignKey(Happening, models.PROTECT, null=True, related_name="bases")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="bases")

    class Meta(Link.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(happening__isnull=True) ^ models.Q(indicator__isnull=True),
                name="one_basis",
            ),
        ]


class AssessmentSource(Link):
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="sources")
    source = models.ForeignKey(Source, models.PROTECT, related_name="assessments")


class Retraction(AppendOnly, Subject):
    """An assessment taken back with a reason and no replacement. Its key is that of the assessment."""

    assessment = models.OneToOneField(Assessment, models.PROTECT, related_name="retraction")
    because = TextsField()
    by = models.CharField(max_length=40)
