"""What commitments are about, across the sections of the text."""

from django.db import models

from commitments.models.declaration import Commitment, Declaration
from commitments.models.fields import Link, Subject, TextsField
from commitments.models.organization import NamedEntity


class Topic(Subject):
    """A matter with which several commitments deal. It narrows lists; it is no statement of the parties."""

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="topics")
    code = models.CharField(max_length=60)
    name = TextsField()
    note = TextsField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["declaration", "code"], name="topic_code_once")]


class TopicCommitment(Link):
    """`through`: what the clause names that deals with the matter, where its own words do not."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="commitments")
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="topics")
    through = models.ForeignKey(NamedEntity, models.PROTECT, null=True, related_name="+")
