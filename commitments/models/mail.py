"""Mail on its way: one row a letter, sent effectively once with a constant Message-ID."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mail(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    key = models.CharField(max_length=200, unique=True)  # what it is about and to whom: never sent twice
    address = models.EmailField(blank=True)  # emptied when its subscription ends
    subject = models.CharField(max_length=200)
    text = models.TextField()  # emptied once it is sent: it may hold a link that opens something
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING, db_index=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    files = models.JSONField(default=list)  # [{"path" in the folder of reports, "name", "sha256"}]
    headers = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.key
