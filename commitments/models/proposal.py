"""Work on its way into the record: drafts, which are not record, and proposals, which are (restricted)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.declaration import Declaration
from commitments.models.fields import Subject
from commitments.models.organization import Organization
from commitments.models.person import Person


class Kind(models.TextChoices):
    """What a proposal is for."""

    ASSESSMENT = "assessment", _("assessment")
    RETRACTION = "retraction", _("retraction")
    ACTION = "action", _("new action")
    ACTION_CHANGE = "action_change", _("change of an action")
    MEASUREMENT = "measurement", _("value")
    EVIDENCE = "evidence", _("evidence")
    SOURCE_CHANGE = "source_change", _("change of a source")
    WITHDRAWAL = "withdrawal", _("withdrawal of a source")
    COMMENT = "comment", _("comment")


class Proposal(Subject):
    """What somebody proposes, as submitted last, and where it stands."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("returned")
        ACCEPTED = "accepted", _("accepted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    target = models.CharField(max_length=120)  # the key of what it is about
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, db_index=True)
    authors = models.JSONField(default=list)  # everybody who submitted it; none of them may accept it
    reviewer = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)  # of the last return, acceptance or withdrawal
    seen = models.BigIntegerField(default=0)  # the last entry about what it changes when its writing began
    round = models.CharField(max_length=40, blank=True)
    result = models.JSONField(default=list)  # what acceptance recorded: [[subject type, key], …]


class Draft(models.Model):
    """What somebody is writing. It becomes a proposal of the same key, and stays for the time it may come back."""

    key = models.CharField(primary_key=True, max_length=120)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="+")
    target = models.CharField(max_length=120)
    author = models.ForeignKey(Person, models.CASCADE, related_name="drafts")
    organization = models.ForeignKey(Organization, models.SET_NULL, null=True, related_name="+")
    payload = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)  # of two who save, the second is shown both
    saved_by = models.CharField(max_length=40)
    writers = models.JSONField(default=list)  # codes of all who had a hand in it: none of them may accept it
    saved_at = models.DateTimeField()
    seen = models.BigIntegerField(default=0)
    round = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.key
