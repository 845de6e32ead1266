"""How we know: publications."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.fields import Link, Subject
from commitments.models.organization import Membership


class Source(Subject):
    """A publication. `class` says how close it is: published by the body concerned, a press report, or a copy."""

    class Class(models.TextChoices):
        PRIMARY = "primary", _("primary")
        PRESS = "press", _("press")
        COPY = "copy", _("copy")

    declaration = models.ForeignKey("Declaration", models.PROTECT, related_name="sources")
    code = models.CharField(max_length=60)
    source_class = models.CharField(max_length=8, choices=Class.choices)
    title = models.TextField()
    publisher = models.TextField()
    date = models.CharField(max_length=10, blank=True)
    url = models.URLField(max_length=1000)
    language = models.CharField(max_length=8)
    title_is_descriptive = models.BooleanField(default=False)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["declaration", "code"], name="source_code_once")]


class MembershipSource(Link):
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="sources")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
