"""Parameters of a reading, the same for a page and for the API: unknown ones are refused, never ignored."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _

from commitments.rules.dates import BadDate
from commitments.source.folding import LONGEST_QUERY, MOST_TERMS, terms

LARGEST_PAGE = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_CODE = re.compile(r"[\w.:@/-]{1,120}")


class Refused(ValueError):
    """A parameter that cannot be answered: its name, a stable code and the reason."""

    def __init__(self, field: str, code: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.code, self.reason = field, code, reason


def not_among(name: str, value: str, options: Collection[str]) -> Refused:
    """What is said of a value that is none of those that there are."""
    words = _("“%(value)s” is not one of: %(options)s")
    return Refused(name, "unknown-value", words % {"value": value[:60], "options": ", ".join(options)})


@dataclass(frozen=True)
class Parameters:
    """The query of one request, each parameter given once."""

    given: Mapping[str, str]

    @classmethod
    def of(cls, query: Mapping[str, Sequence[str]], allowed: Collection[str]) -> "Parameters":
        """Check a query (name → values) against the names that are allowed."""
        found = {}
        for name, values in query.items():
            if name not in allowed:
                listed = ", ".join(sorted(allowed)) or _("none")
                words = _("is not a parameter here; allowed are: %(names)s") % {"names": listed}
                raise Refused(name[:60], "unknown-parameter", words)
            if len(values) > 1:
                raise Refused(name, "repeated-parameter", _("is given more than once"))
            if _CONTROL.search(values[0]):
                raise Refused(name, "forbidden-character", _("holds a control character"))
            if len(values[0]) > 500:
                raise Refused(name, "too-long", _("is longer than %(n)s characters") % {"n": 500})
            if values[0] != "":
                found[name] = values[0]
        return cls(found)

    def text(self, name: str) -> str | None:
        return self.given.get(name)

    def code(self, name: str) -> str | None:
        value = self.given.get(name)
        if value is not None and not _CODE.fullmatch(value):
            raise Refused(name, "invalid-code", _("“%(code)s” is not a code") % {"code": value[:60]})
        return value

    def known(self, name: str, model: Any, field: str = "pk") -> str | None:
        """A code that must be on record in a model; one that nothing has is refused with the field's name."""
        code = self.code(name)
        if code is not None and not model.objects.filter(**{field: code}).exists():
            raise Refused(
                name, "unknown-code", _("nothing on record has the code “%(code)s”") % {"code": code}
            )
        return code

    def choices(self, name: str, options: Collection[str]) -> list[str]:
        """One or more values, separated by commas."""
        value = self.given.get(name)
        if value is None:
            return []
        found = value.split(",")
        for item in found:
            if item not in options:
                raise not_among(name, item, options)
        return found

    def choice(self, name: str, options: Collection[str]) -> str | None:
        value = self.given.get(name)
        if value is not None and value not in options:
            raise not_among(name, value, options)
        return value

    def flag(self, name: str) -> bool | None:
        value = self.choice(name, ("true", "false"))
        return None if value is None else value == "true"

    def integer(self, name: str, lowest: int, highest: int) -> int | None:
        value = self.given.get(name)
        if value is None:
            return None
        if (
            not value.isascii()
            or not value.isdigit()
            or len(value) > 18
            or not lowest <= int(value) <= highest
        ):
            bounds = {"lowest": lowest, "highest": highest}
            words = _("must be a whole number from %(lowest)s to %(highest)s") % bounds
            raise Refused(name, "invalid-number", words)
        return int(value)

    def instant(self, name: str) -> str | None:
        """An instant with its zone, as the ledger writes one: UTC, six decimals, Z."""
        value = self.given.get(name)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(
                value.replace(" ", "+")
            )  # a + that was not escaped came as a blank
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or "T" not in value:
            raise Refused(
                name, "invalid-instant", _("is an instant with its zone: 2026-11-01T00:00:00Z, or +04:30")
            )
        return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def day(self, name: str, bound: Callable[[str], date]) -> date | None:
        """The first or the last day of a date, a month or a year."""
        value = self.given.get(name)
        try:
            return None if value is None else bound(value)
        except BadDate:
            words = _("“%(text)s” is not a date of the calendar: write YYYY-MM-DD, YYYY-MM or YYYY")
            raise Refused(name, "invalid-date", words % {"text": (value or "")[:60]}) from None

    def query(self, name: str = "q") -> list[str]:
        """The folded words of a search."""
        value = self.given.get(name)
        if value is None:
            return []
        if len(value) > LONGEST_QUERY:
            raise Refused(name, "too-long", _("is longer than %(n)s characters") % {"n": LONGEST_QUERY})
        words = terms(value)
        if len(words) > MOST_TERMS:
            raise Refused(name, "too-long", _("holds more than %(n)s words") % {"n": MOST_TERMS})
        return words
