"""What a state must be before it is recorded: whoever writes it, a page, a package or a program.

A state is normalized first (texts in NFC, empty languages left out), so that the ledger holds exactly what the tables
give back; then every field is checked against the words of its column.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from commitments.models.fields import LANGUAGES, TextsField
from commitments.rules.dates import BadDate, last_day
from commitments.source.characters import unwanted

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


def _longer(most: int) -> str:
    return _("is longer than %(n)s characters") % {"n": most}


def characters(field: str, value: str) -> None:
    """Raises Refused for a text with a character that belongs into none."""
    if found := unwanted(value):
        raise Refused(field, _("holds a character that is not allowed: %(what)s") % {"what": found})


def key(subject_type: str, subject: str) -> None:
    """A key has the characters of codes, and the form of its kind."""
    if not _KEY.fullmatch(subject):
        words = _("“%(key)s” is not a key: letters, figures and . _ : @ / - of ASCII")
        raise Refused("key", words % {"key": subject[:60]})
    if subject_type in ("organization", "entity") and not _CODE.fullmatch(subject):
        words = _("“%(key)s” is not a code: letters, figures and . _ -")
        raise Refused("key", words % {"key": subject[:60]})
    if subject_type == "schedule":
        declaration, _colon, code = subject.partition(":")
        if not _CODE.fullmatch(declaration) or not _CODE.fullmatch(code):
            raise Refused("key", _("is written declaration:code, as sco-afg-2009:yearly is"))
        if len(subject) > 88:  # the key of a report has its period, language and edition behind it
            raise Refused("key", _longer(88))


def texts(field: str, value: Any) -> dict[str, str]:
    """A text in several languages, clean."""
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise Refused(field, _("must be a text for each language"))
    if unknown := set(value) - set(LANGUAGES):
        named = ", ".join(sorted(map(str, unknown)))
        raise Refused(field, _("unknown language: %(languages)s") % {"languages": named})
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
            raise Refused(field, _("must be given"))
        return value
    if isinstance(column, models.CharField | models.TextField):
        if not isinstance(value, str):
            raise Refused(field, _("must be a text"))
        if field not in _VERBATIM:
            value = _characters(field, value)
        longest = getattr(column, "max_length", None)
        if longest and len(value) > longest:
            raise Refused(field, _longer(longest))
        if column.choices and value not in dict(column.flatchoices):
            options = ", ".join(map(str, dict(column.flatchoices)))
            words = _("“%(value)s” is not one of: %(options)s")
            raise Refused(field, words % {"value": value[:60], "options": options})
        if field in _DATES and value:
            _date(field, value)
    elif isinstance(column, models.DateField):
        _date(field, str(value))
    return value


def _aliases(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, Mapping) or set(value) - set(LANGUAGES):
        raise Refused("aliases", _("must be a list of names for each language"))
    for names in value.values():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Refused("aliases", _("must be a list of names for each language"))
    clean = {
        lang: [unicodedata.normalize("NFC", n) for n in value.get(lang, []) if n.strip()]
        for lang in LANGUAGES
    }
    return {lang: names for lang, names in clean.items() if names}


def _date(field: str, value: str) -> None:
    try:
        last_day(value)
    except BadDate:
        words = _("“%(text)s” is not a date of the calendar: write YYYY-MM-DD, YYYY-MM or YYYY")
        raise Refused(field, words % {"text": value[:60]}) from None


def _characters(field: str, value: Any) -> Any:
    """No control or bidi characters anywhere inside, and no text without an end."""
    if isinstance(value, str):
        characters(field, value)
        if len(value) > MOST_CHARACTERS:
            raise Refused(field, _longer(MOST_CHARACTERS))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _characters(field, name)
            _characters(field, item)
    elif isinstance(value, list):
        for item in value:
            _characters(field, item)
    return value
