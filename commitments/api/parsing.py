"""The strict JSON parser: what it accepts can be stored on both engines and read again."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

DEEPEST = 32
MOST_KEYS = 1000
LARGEST = 4_000_000  # bytes: above the limit of any field, so that the field says what is too long
_CHARSET = re.compile(r";\s*charset=\"?([^\";\s]+)", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")


class StrictJSON(BaseParser):
    """UTF-8 without a mark, each key once, finite numbers, at most 32 levels, no NUL and no lone surrogate."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        charset = _CHARSET.search(media_type or "")
        if charset and charset.group(1).lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "", _("The body is to be JSON in UTF-8."))
        request = (parser_context or {}).get("request")
        if (
            request is not None
            and (request.headers.get("Content-Encoding") or "identity").strip().lower() != "identity"
        ):
            raise Encoded
        raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise TooLarge
        return loads(raw)


class Encoded(UnsupportedMediaType):
    """A body that is compressed: the reply says which encodings are taken (RFC 9110, 15.5.16)."""

    accepted = "identity"

    def __init__(self) -> None:
        super().__init__("", _("The body is to be sent as it is, without an encoding."))


class TooLarge(APIException):
    """The whole body is too large; its pointer is that of the document."""

    status_code = 413
    pointer = ""

    def __init__(self) -> None:
        super().__init__(_("The body is larger than %(n)s bytes.") % {"n": LARGEST}, "too-large")


class Forbidden(ParseError):
    """A character that cannot be stored; `pointer` says in which value, or in the name of which key."""

    def __init__(self, pointer: str, at: int) -> None:
        words = _("%(where)s: the character at %(n)s is not allowed.") % {"where": pointer or "/", "n": at}
        super().__init__(words, "forbidden-character")
        self.pointer = pointer


def _int(text: str) -> int:
    if len(text) > 20:
        raise ValueError(_("%(text)s is too large") % {"text": f"{text[:20]}…"})
    return int(text)


def loads(raw: bytes) -> Any:
    """The value of a JSON text; raises ParseError with a stable code."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(
            _("The body is not UTF-8 at byte %(n)s.") % {"n": error.start}, "invalid-json"
        ) from None
    if _too_deep(text):
        raise ParseError(_("The body is nested deeper than %(n)s levels.") % {"n": DEEPEST}, "too-deep")
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        words = _("The body is not JSON: line %(line)s, column %(column)s.")
        raise ParseError(words % {"line": error.lineno, "column": error.colno}, "invalid-json") from None
    except ValueError as error:
        raise ParseError(_("The body is not JSON: %(why)s.") % {"why": error}, "invalid-json") from None
    _check(value, "")
    return value


def _too_deep(text: str) -> bool:
    """Depth before parsing: the parser itself would run out of stack."""
    depth, quoted, escaped = 0, False, False
    for char in text:
        if quoted:
            quoted, escaped = escaped or char != '"', not escaped and char == "\\"
        elif char == '"':
            quoted = True
        elif char in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif char in "]}":
            depth -= 1
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ValueError(_("the key “%(key)s” stands twice") % {"key": twice[:60]})
    if len(found) > MOST_KEYS:
        raise ValueError(_("an object has more than %(n)s keys") % {"n": MOST_KEYS})
    return found


def _constant(name: str) -> Any:
    raise ValueError(_("%(text)s is not a number of JSON") % {"text": name})


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(_("%(text)s is too large") % {"text": text[:20]})
    return value


def _check(value: Any, pointer: str) -> None:
    if isinstance(value, str):
        if found := _FORBIDDEN.search(value):
            raise Forbidden(pointer, found.start())
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, pointer)
            _check(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{pointer}/{index}")
