"""The index of words: a projection of the record, written with it and rebuilt from it."""

from django.db import models

from commitments.models.declaration import Declaration


class SearchText(models.Model):
    """One text of one subject in one language, folded (source.folding) so that both engines find the same."""

    subject_type = models.CharField(max_length=20)
    subject = models.CharField(max_length=120)
    declaration = models.ForeignKey(Declaration, models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=8)
    folded = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject"], name="search_by_subject")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject}"
