"""What a state must be before it is recorded: whoever writes it, a page, a package or a program.

A state is normalized first (texts in NFC, empty languages left out), so that the ledger holds exactly what the tables
give back; then every field is checked against the words of its column.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import models

from commitments.models.fields import LANGUAGES, TextsField
from commitments.rules.dates import BadDate, last_day
from commitments.source.characters import forbidden

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,119}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)
_DATES = frozenset(
    {"valid_from", "valid_to", "date", "end_date", "start", "end", "searched_on", "accessed_on"}
)
_VERBATIM = frozenset({"text", "exact", "prefix", "suffix"})  # words of a document: kept to the character
MOST_CHARACTERS = 20_000


class Refused(ValueError):
    """A rule of the record forbids it; `field` names what is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class Faulty(ValueError):
    """Several rules are broken at once; `faults` names each field with its reason."""

    def __init__(self, faults: list[Refused]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def faults_of(error: Refused | Faulty) -> list[Refused]:
    """Each fault of an error, one or several."""
    return error.faults if isinstance(error, Faulty) else [error]


def key(subject_type: str, subject: str) -> None:
    """A key has the characters of codes, and the form of its kind."""
    if not _KEY.fullmatch(subject):
        raise Refused("key", f"“{subject[:60]}” is not a key: letters, figures and . _ : @ / - of ASCII")
    if subject_type in ("organization", "entity") and not _CODE.fullmatch(subject):
        raise Refused("key", f"“{subject[:60]}” is not a code: letters, figures and . _ -")
    if subject_type == "schedule":
        declaration, _, code = subject.partition(":")
        if not _CODE.fullmatch(declaration) or not _CODE.fullmatch(code):
            raise Refused("key", "is written declaration:code, as sco-afg-2009:yearly is")
        if len(subject) > 88:  # the key of a report has its period, language and edition behind it
            raise Refused("key", "is longer than 88 characters")


def texts(field: str, value: Any) -> dict[str, str]:
    """A text in several languages, clean."""
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise Refused(field, "must be a text for each language")
    if unknown := set(value) - set(LANGUAGES):
        raise Refused(field, f"unknown language: {', '.join(sorted(map(str, unknown)))}")
    return {lang: unicodedata.normalize("NFC", value[lang]) for lang in LANGUAGES if value.get(lang)}


def column(field: str, column: "models.Field[Any, Any]", value: Any) -> Any:
    """One value, normalized; raises Refused when its column could not hold or its readers could not read it."""
    if isinstance(column, TextsField):
        return _characters(field, texts(field, value))
    if field == "aliases":
        return _characters(field, _aliases(value))
    if isinstance(column, models.JSONField):
        return _characters(field, value)
    if value is None:
        if not column.null:
            raise Refused(field, "must be given")
        return value
    if isinstance(column, models.CharField | models.TextField):
        if not isinstance(value, str):
            raise Refused(field, "must be a text")
        if field not in _VERBATIM:
            value = _characters(field, value)
        longest = getattr(column, "max_length", None)
        if longest and len(value) > longest:
            raise Refused(field, f"is longer than {longest} characters")
        if column.choices and value not in dict(column.flatchoices):
            raise Refused(
                field, f"“{value[:60]}” is not one of: {', '.join(map(str, dict(column.flatchoices)))}"
            )
        if field in _DATES and value:
            _date(field, value)
    elif isinstance(column, models.DateField):
        _date(field, str(value))
    return value


def _aliases(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, Mapping) or set(value) - set(LANGUAGES):
        raise Refused("aliases", "must be a list of names for each language")
    for names in value.values():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Refused("aliases", "must be a list of names for each language")
    clean = {
        lang: [unicodedata.normalize("NFC", n) for n in value.get(lang, []) if n.strip()]
        for lang in LANGUAGES
    }
    return {lang: names for lang, names in clean.items() if names}


def _date(field: str, value: str) -> None:
    try:
        last_day(value)
    except BadDate as error:
        raise Refused(field, str(error)) from None


def _characters(field: str, value: Any) -> Any:
    """No control or bidi characters anywhere inside, and no text without an end."""
    if isinstance(value, str):
        if found := forbidden(value):
            raise Refused(field, found)
        if len(value) > MOST_CHARACTERS:
            raise Refused(field, f"is longer than {MOST_CHARACTERS} characters")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _characters(field, name)
            _characters(field, item)
    elif isinstance(value, list):
        for item in value:
            _characters(field, item)
    return value
