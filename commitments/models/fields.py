"""Field types and bases that the record models share."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("en", "zh", "ru")


def texts_of(value: Mapping[str, str] | None) -> dict[str, str]:
    """A clean text in several languages: known languages in one order, NFC, empty ones left out."""
    given = value or {}
    if unknown := set(given) - set(LANGUAGES):
        raise ValidationError(_("Unknown language: %(name)s"), params={"name": ", ".join(sorted(unknown))})
    return {lang: unicodedata.normalize("NFC", given[lang]) for lang in LANGUAGES if given.get(lang)}


class TextsField(models.JSONField):
    """A text in several languages as one JSON object: {"en": …, "zh": …, "ru": …}. Another language is no migration."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": dict, "blank": True, **kwargs})

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(texts_of(value) if isinstance(value, Mapping) else value)


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


class Link(models.Model):
    """A row that belongs to a subject and stands at a position in one of its lists."""

    position = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["position"]
