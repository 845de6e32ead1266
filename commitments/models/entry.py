"""The ledger: immutable headers, their bodies, and the counter that numbers them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.fields import AppendOnly


class Head(models.Model):
    """The counter row. It is locked last of all locks, so numbers are gapless and in commit order."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_head")]

    def __str__(self) -> str:
        return str(self.number)


class Entry(AppendOnly):
    """One immutable header. Bodies stand in their own table, so that one can be redacted while the chain still verifies."""

    number = models.BigIntegerField(primary_key=True)
    batch = models.BigIntegerField(db_index=True)
    recorded_at = models.CharField(max_length=27)
    actor = models.CharField(max_length=40)
    verb = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    audience = models.CharField(
        max_length=10, choices=[("public", _("public")), ("restricted", _("restricted"))]
    )
    body_sha256 = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["number"]
        indexes = [models.Index(fields=["subject_type", "subject", "number"], name="entry_by_subject")]

    def __str__(self) -> str:
        return f"{self.number} {self.verb} {self.subject}"


class Body(models.Model):
    """What an entry says: canonical JSON as text (never jsonb, which would not keep the bytes) and its salt."""

    entry = models.OneToOneField(
        Entry, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    salt = models.CharField(max_length=32)
    text = models.TextField()

    def __str__(self) -> str:
        return f"body of {self.entry_id}"
