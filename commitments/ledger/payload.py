"""Reading what somebody typed, sent or filled in: every field is checked, all faults are told at once.

Messages are in the language that is active, because they are shown beside the field, the cell or the pointer.
"""

import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger.wellformed import Faulty, Refused
from commitments.models.fields import LANGUAGES
from commitments.rules.dates import BadDate, last_day
from commitments.source.characters import shows_something, unwanted

LONGEST = 5000
MOST_CODES = 50


class Check:
    """One payload. Each method returns a clean value, or an empty one after it has noted the fault."""

    def __init__(self, payload: Mapping[str, Any], allowed: Collection[str]) -> None:
        self.payload, self.faults = payload, list[Refused]()
        for name in payload:
            if name not in allowed:
                self.fault(str(name)[:60], _("is not a field here"))

    def fault(self, field: str, reason: str) -> None:
        self.faults.append(Refused(field, reason))

    def done(self) -> None:
        """Raise what was found."""
        if self.faults:
            raise Faulty(self.faults)

    def refused(self, field: str) -> bool:
        return any(fault.field == field for fault in self.faults)

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST) -> str:
        value = self.payload.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.fault(name, _("must be a text"))
            return ""
        return self._characters(name, _clean(value), required, longest)

    def _characters(self, name: str, value: str, required: bool, longest: int) -> str:
        if required and not value:
            self.fault(name, _("must be given"))
        elif len(value) > longest:
            self.fault(name, _("is longer than %(n)s characters") % {"n": longest})
        elif found := unwanted(value):
            self.fault(name, _("holds a character that is not allowed: %(what)s") % {"what": found})
        else:
            return value
        return ""

    def texts(self, name: str, *, required: bool = False, longest: int = LONGEST) -> dict[str, str]:
        value = self.payload.get(name)
        if value is None:
            value = {}
        if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
            self.fault(name, _("must be a text for each language"))
            return {}
        if set(value) - set(LANGUAGES):
            self.fault(name, _("has a language that is not known: only en, zh, ru"))
            return {}
        found = {}
        for lang in LANGUAGES:
            text = _clean(str(value.get(lang, "")))
            if text and (clean := self._characters(name, text, False, longest)):
                found[lang] = clean
        if required and not found and not self.refused(name):
            self.fault(name, _("must be given in one language at least"))
        return found

    def partial_date(self, name: str, *, required: bool = False, past: bool = True) -> str:
        """A date as precise as it is known: YYYY, YYYY-MM or YYYY-MM-DD."""
        value = self.text(name, required=required, longest=10)
        if value:
            try:
                if past and _first_of(value) > clock.today():
                    self.fault(name, _("lies in the future"))
                    return ""
                last_day(value)
            except BadDate:
                self.fault(name, _("is not a date of the calendar: write YYYY-MM-DD"))
                return ""
        return value

    def day(self, name: str, *, required: bool = False, past: bool = True) -> date | None:
        value = self.partial_date(name, required=required, past=past)
        if value and len(value) != 10:
            self.fault(name, _("is not a day: write YYYY-MM-DD"))
            return None
        return date.fromisoformat(value) if value else None

    def choice(self, name: str, options: Collection[str], *, required: bool = True) -> str:
        value = self.text(name, required=required, longest=60)
        if value and value not in options:
            self.fault(
                name,
                _("“%(value)s” is not one of: %(options)s")
                % {"value": value, "options": ", ".join(map(str, options))},
            )
            return ""
        return value

    def flag(self, name: str) -> bool:
        value = self.payload.get(name, False)
        if not isinstance(value, bool):
            self.fault(name, _("must be true or false"))
            return False
        return value

    def one(self, name: str, rows: "models.QuerySet[Any]", *, required: bool = True) -> str | None:
        """The key of something on record."""
        value = self.text(name, required=required, longest=120)
        if value and not rows.filter(pk=value).exists():
            self.fault(name, _("nothing on record has the code “%(code)s”") % {"code": value})
            return None
        return value or None

    def codes(self, name: str) -> list[str]:
        """A list of codes, each once; whether they are on record is for the caller to check."""
        value = self.payload.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(
            isinstance(code, str) and len(code) <= 120 for code in value
        ):
            self.fault(name, _("must be a list of codes"))
            return []
        if len(value) > MOST_CODES:
            self.fault(name, _("holds more than %(n)s codes") % {"n": MOST_CODES})
            return []
        return list(dict.fromkeys(code for code in value if code))

    def known(self, name: str, rows: "models.QuerySet[Any]") -> list[str]:
        """A list of codes that are all on record."""
        wanted = self.codes(name)
        there = set(rows.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
        for code in wanted:
            if code not in there:
                self.fault(name, _("nothing on record has the code “%(code)s”") % {"code": code[:60]})
        return [code for code in wanted if code in there]

    def number(self, name: str, *, required: bool = False) -> str | None:
        """A decimal as a text, at most six places."""
        value = self.text(name, required=required, longest=26)
        if not value:
            return None
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("NaN")
        exponent = found.as_tuple().exponent
        if not value.isascii() or not found.is_finite() or abs(found) >= 10**15 or not isinstance(exponent, int) or exponent < -6:  # fmt: skip
            self.fault(name, _("is not a number with at most six decimal places"))
            return None
        if len(found.as_tuple().digits) > 15:  # SQLite keeps no more
            self.fault(name, _("has more than 15 digits"))
            return None
        return format(found.normalize(), "f") if found else "0"

    def address(self, name: str, *, required: bool = False) -> str:
        """An address of the web. It is shown and never opened by us."""
        value = self.text(name, required=required, longest=1000)
        if not value:
            return ""
        try:
            parts = urlsplit(value)
            fine = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
            _port = parts.port
        except ValueError:
            fine = False
        if not fine or any(char.isspace() or char in "<>\"'`\\" for char in value):
            self.fault(name, _("is not an address of the web: it begins with https:// or http://"))
            return ""
        return value


def _clean(value: str) -> str:
    """A text as it is kept; one that shows nothing is none, unless it holds what is to be refused by name."""
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    return value if shows_something(value) or unwanted(value) else ""


def _first_of(value: str) -> date:
    """The first day of a date; raises BadDate."""
    last_day(value)
    return date.fromisoformat((value + "-01-01")[:10] if len(value) == 4 else (value + "-01")[:10])
