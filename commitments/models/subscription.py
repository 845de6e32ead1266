"""Who gets a schedule's reports by mail. Addresses are working state and never record."""

from django.db import models

from commitments.models.report import Schedule


class Subscription(models.Model):
    """One address and one language of one schedule. It counts from its confirmation; ended ones are kept without address."""

    secret = models.CharField(max_length=64, unique=True)  # opens its page, and nothing else
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="subscriptions")
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=8)
    site = models.CharField(max_length=200, blank=True)  # where its links lead
    asked_from = models.CharField(
        max_length=64, blank=True
    )  # a digest of the place, for the limit of an hour
    entered_by = models.CharField(max_length=40, blank=True)  # of those who did not come themselves
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    after = models.BigIntegerField(default=0)  # reports issued by later entries are sent, and none before

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "address", "language"],
                condition=models.Q(ended_at=None),
                name="subscribed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.language} {self.pk}"
