"""What partners' programs need beside the record: requests that were answered once, and targets that are told of changes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.person import Person


class Answered(models.Model):
    """A request with an `Idempotency-Key` and the answer it got: asked again, it gets the same answer and does nothing."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64)  # of the address and the body
    status = models.PositiveSmallIntegerField(default=0)
    location = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "key"], name="answered_once"),)

    def __str__(self) -> str:
        return self.key


class Target(models.Model):
    """An address of a partner that is told of entries, and from which entry on."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        DISABLED = "disabled", _("disabled")

    key = models.CharField(max_length=40, primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="targets")
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)  # types of events; none: every one
    scope = models.JSONField(default=dict)  # parameters of a list of commitments; none: everything
    secrets = models.JSONField(default=list)  # [{"secret", "until" or null}], the newest first: what signs
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    reason = models.CharField(max_length=300, blank=True)  # why it is disabled
    after = models.BigIntegerField()  # the last entry of which it was told, or need not be
    failing_since = models.DateTimeField(null=True)
    not_before = (
        models.DateTimeField()
    )  # when it may be asked again: after a failure, after another sender's lease
    claim = models.PositiveIntegerField(
        default=0
    )  # counts those who took it to send: whose number is old sends no more
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """One message to one target: tried with a constant id until it is taken."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    target = models.ForeignKey(Target, models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=80, unique=True)  # the webhook-id: of the entry and the target
    type = models.CharField(max_length=60)
    number = models.BigIntegerField()  # the entry it is about; 0: a test
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)  # of the last reply
    failure = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(null=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["state", "not_before"]),)

    def __str__(self) -> str:
        return self.key
