"""Field types and bases that the record models share."""

from typing import Any

from django.db import IntegrityError, models

LANGUAGES = ("en", "zh", "ru")


class TextsField(models.JSONField):
    """A text in several languages as one JSON object: {"en": …, "zh": …, "ru": …}. Another language is no migration.

    The ledger normalizes a text before it is recorded (ledger.wellformed); a column only holds it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": dict, "blank": True, **kwargs})


class Subject(models.Model):
    """A subject of the record. Its key is its name for ever, and so its primary key: rows and links speak in codes.

    `recorded` is the number of the first ledger entry about it, which the clock `at` reads.
    """

    key = models.CharField(primary_key=True, max_length=120)
    recorded = models.BigIntegerField(db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key


APPEND_ONLY = "append-only: what is recorded is never changed or deleted"


class AppendOnlyRows(models.QuerySet[Any]):
    """Rows that are refused deletion before anything else is looked at, in the words of the trigger."""

    def delete(self) -> Any:
        raise IntegrityError(APPEND_ONLY)


class AppendOnly(models.Model):
    """A row that is written once. The database refuses UPDATE and DELETE by a trigger (ledger.triggers), whoever asks."""

    objects = AppendOnlyRows.as_manager()

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise IntegrityError(APPEND_ONLY)


class Link(models.Model):
    """A row that belongs to a subject and stands at a position in one of its lists."""

    position = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["position"]
