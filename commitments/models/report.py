"""Periodic reports: the rule that makes one due, the work on it, and what was issued."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.declaration import Declaration
from commitments.models.fields import AppendOnly, Subject

CADENCE_CHOICES = [
    ("yearly", _("yearly")),
    ("half-yearly", _("half-yearly")),
    ("quarterly", _("quarterly")),
    ("monthly", _("monthly")),
]


class Schedule(Subject):
    """The rule that makes reports due for a declaration."""

    declaration = models.ForeignKey(
        Declaration, models.PROTECT, related_name="schedules", verbose_name=_("declaration")
    )
    title = models.JSONField(_("title"), default=dict)
    cadence = models.CharField(_("cadence"), max_length=12, choices=CADENCE_CHOICES)
    languages = models.JSONField(_("languages"), default=list)
    time_zone = models.CharField(_("time zone"), max_length=40, default="UTC")
    start = models.DateField(_("first period holds"))
    end = models.DateField(_("last period holds"), null=True, blank=True)
    paused = models.BooleanField(_("paused"), default=False)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")


class Report(models.Model):
    """Working state of one report. What is issued is recorded in the ledger as an IssuedReport."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        BUILDING = "building", _("building")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    key = models.CharField(max_length=120, unique=True)
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="reports")
    period_start = models.DateField()
    period_end = models.DateField()
    language = models.CharField(max_length=8)
    edition = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    step = models.CharField(max_length=40, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        null=True
    )  # of a builder; or the time before which it is not tried again
    attempts_allowed = models.PositiveSmallIntegerField(default=3)
    ledger_number = models.BigIntegerField(null=True)
    frozen = models.TextField(
        blank=True
    )  # the canonical reading, kept from its first success: later attempts render it
    failure = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "period_start", "period_end", "language", "edition"], name="report_once"
            ),
        ]
        indexes = [models.Index(fields=["state", "-period_end"], name="report_work")]

    def __str__(self) -> str:
        return self.key


class IssuedReport(AppendOnly, Subject):
    """A frozen reading with the digest of each rendering. Never changed; late evidence makes a new edition."""

    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="issued")
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="+")
    period_start = models.DateField()
    period_end = models.DateField()
    language = models.CharField(max_length=8)
    edition = models.PositiveSmallIntegerField()
    ledger_number = models.BigIntegerField()
    reading_sha256 = models.CharField(max_length=64)
    renderer = models.JSONField(default=dict)
    files = models.JSONField(default=list)  # [{"format", "name", "sha256", "bytes"}]
