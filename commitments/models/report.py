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
    ("weekly", _("weekly")),
    ("daily", _("daily")),
    ("once", _("once")),
]
FORMATS = ("html", "pdf", "docx", "xlsx", "csv", "json")
FORM_CHOICES = [("report", _("report")), ("brief", _("brief"))]


class Schedule(Subject):
    """The rule that makes reports due: of what, how often, in which languages and formats.

    `scope` narrows the declaration as a list of commitments is narrowed: {"section": "narcotics"}, {"codes": "N6.c,N2.d"}.
    """

    declaration = models.ForeignKey(
        Declaration, models.PROTECT, related_name="schedules", verbose_name=_("declaration")
    )
    title = models.JSONField(_("title"), default=dict)
    form = models.CharField(_("form"), max_length=8, choices=FORM_CHOICES, default="report")
    scope = models.JSONField(_("scope"), default=dict)
    formats = models.JSONField(_("formats"), default=list)
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
    turn = models.IntegerField(default=0)  # the lowest is built first (reports.due)
    asked_by = models.CharField(max_length=40, blank=True)  # who asked for it, or for this edition
    because = models.TextField(blank=True)  # why a new edition was asked for
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
    summary = models.TextField(blank=True)  # in its language, for letters and feeds
    check_wanted = models.BooleanField(default=False)  # somebody asks for it to be recomputed
    check_until = models.DateTimeField(null=True)  # the lease of who does it
    checked_at = models.DateTimeField(null=True)
    checked = models.JSONField(
        default=list
    )  # what was compared when it was recomputed last (reports.recompute)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "period_start", "period_end", "language", "edition"], name="report_once"
            ),
        ]
        indexes = [models.Index(fields=["state", "turn", "id"], name="report_turn")]

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
    scope = models.JSONField(default=dict)  # of the schedule when it was issued
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    ledger_number = models.BigIntegerField()
    reading_sha256 = models.CharField(max_length=64)
    renderer = models.JSONField(default=dict)
    files = models.JSONField(default=list)  # [{"format", "name", "sha256", "bytes"}]
