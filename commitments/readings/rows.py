"""Rows of a query as the plain objects that a reading is made of."""

from collections.abc import Iterable, Mapping
from typing import Any

AT_ONCE = 2_000  # rows that a list describes with one set of queries


def plain(query: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every row as an object of its own, to which a reading may add."""
    return [dict(row) for row in query]


def first(query: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The row of a query for one key, or None."""
    return next(iter(plain(query)), None)
