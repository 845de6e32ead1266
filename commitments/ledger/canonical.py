"""Canonical JSON and digests: the bytes that are hashed.

A subset of RFC 8785 (JCS): UTF-8, ASCII keys in code point order, no white space, no escapes beyond JSON's need; only
strings, integers within ±2⁵³, booleans, null, arrays and objects. Decimals are strings, so no float can differ.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

LARGEST = 2**53
_PART = 1 << 20  # characters; of a long text not everything is held twice
_ITEMS = 1000


class NotCanonical(ValueError):
    """A value that canonical JSON cannot hold; `path` says where."""


def _check(value: Any, path: str) -> None:
    if value is None or isinstance(value, (bool, str)):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical(f"{path or 'value'}: integer beyond ±2⁵³")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _check(item, f"{path}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(f"{path or 'value'}: key {key!r} is not ASCII")
            _check(item, f"{path}/{key}")
    else:
        raise NotCanonical(f"{path or 'value'}: {type(value).__name__} has no canonical form")


def canonical(value: Any) -> str:
    """The one spelling of a value. Raises NotCanonical, and UnicodeEncodeError for a lone surrogate."""
    _check(value, "")
    text = "".join(_spelled(value))
    for start in range(0, len(text), _PART):
        text[start : start + _PART].encode()  # a lone surrogate has no UTF-8
    return text


def _spelled(value: Any) -> Iterator[str]:
    """In pieces: of a long list an item each, for `json` holds every piece of a text until its end, four times the text."""
    if isinstance(value, dict):
        for number, key in enumerate(sorted(value)):
            yield f"{',' if number else '{'}{_dumps(key)}:"
            yield from _spelled(value[key])
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)) and len(value) > _ITEMS:
        for number, item in enumerate(value):
            yield f"{',' if number else '['}{_dumps(item)}"
        yield "]"
    else:
        yield _dumps(value)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    digest = hashlib.sha256()
    for start in range(0, len(text), _PART):
        digest.update(text[start : start + _PART].encode())
    return digest.hexdigest()


HEADER_FIELDS = (
    "number", "batch", "recorded_at", "actor", "verb", "subject_type", "subject",
    "audience", "body_sha256", "previous_hash",
)  # fmt: skip


def header_hash(header: dict[str, Any]) -> str:
    """sha256 of the canonical header without its hash."""
    return sha256(canonical({name: header[name] for name in HEADER_FIELDS}))


def body_sha256(salt: str, body: str) -> str:
    """sha256(salt ‖ canonical body): the salt keeps a restricted body from being guessed."""
    return sha256(salt + body)
