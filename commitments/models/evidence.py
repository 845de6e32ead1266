"""How we know, passage by passage: archived copies, quoted passages, and sources that were withdrawn."""

from django.db import models

from commitments.models.assessment import Assessment
from commitments.models.declaration import Commitment, Declaration
from commitments.models.fields import AppendOnly, Subject, TextsField
from commitments.models.happening import Happening, Measurement
from commitments.models.source import Source


class File(AppendOnly, Subject):
    """An archived copy of a source. Its key is the sha256 of its bytes, which lie in the archive under that name."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes


class Evidence(AppendOnly, Subject):
    """The passage of a source that supports one thing: an assessment, an action or event, a value, or a commitment."""

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, related_name="evidence")
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="evidence")
    happening = models.ForeignKey(Happening, models.PROTECT, null=True, related_name="evidence")
    measurement = models.ForeignKey(Measurement, models.PROTECT, null=True, related_name="evidence")
    commitment = models.ForeignKey(Commitment, models.PROTECT, null=True, related_name="evidence")
    passage = models.TextField(blank=True)  # the source's own words, in its language
    locator = models.CharField(max_length=80, blank=True)  # page, paragraph
    accessed_on = models.CharField(max_length=10, blank=True)
    by = models.CharField(max_length=40)
    reviewed_by = models.CharField(max_length=40, blank=True)


class Withdrawal(AppendOnly, Subject):
    """A source that no longer supports anything, with the reason. Its key is that of the source."""

    source = models.OneToOneField(Source, models.PROTECT, related_name="withdrawal")
    because = TextsField()
    by = models.CharField(max_length=40)
    reviewed_by = models.CharField(max_length=40, blank=True)
