"""A list as a sheet for people: a column for each value, a text in a column for each language, and no cell that is JSON."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from rest_framework import serializers

from commitments.api import shapes
from commitments.source.characters import no_formula

MOST = 32_767  # characters of a cell
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What stands for a thing in a list of things, the first that it has.
_NAMES = ("exact", "code", "key", "value", "name", "title", "date")
Path = tuple[str, ...]


def paths_of(shape: type[serializers.Serializer[Any]], wanted: tuple[str, ...] = ()) -> list[Path]:
    """The columns of a shape, each as the way to its value: `before.value`, `title.en`."""
    found: list[Path] = []
    for name, field in shape().fields.items():
        if wanted and name not in wanted:
            continue
        if isinstance(field, shapes.Texts | serializers.Serializer):
            found += [(name, *rest) for rest in paths_of(type(field))]
        else:
            found.append((name,))
    return found


def row_of(row: Mapping[str, Any], paths: list[Path]) -> list[Any]:
    """The cells of a row: numbers, days and yes or no as such, everything else as a text that is no formula."""
    return [_cell(_at(row, path)) for path in paths]


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return no_formula("; ".join(_name(item) for item in value))[:MOST]
    if isinstance(value, Mapping):
        return no_formula(_name(value))[:MOST]
    text = str(value)
    if _DAY.fullmatch(text) and text >= "1900-03-01":  # before it, spreadsheets count the days wrongly
        return date.fromisoformat(text)
    return no_formula(text)[:MOST]


def _name(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    found = next((item[name] for name in _NAMES if item.get(name)), None)
    if found is None:  # texts, or something without a name of its own
        found = item.get("en") or next((value for value in item.values() if value), "")
    return _name(found) if isinstance(found, Mapping) else str(found)
