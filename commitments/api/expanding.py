"""`fields=` and `expand=`: less of each thing, or beside it the things that it names."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from commitments.readings import catalogue, commitments, happenings, indicators, organizations, overview
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters, not_among

Row = Mapping[str, Any]


def fields_of(parameters: Parameters, known: Collection[str]) -> tuple[str, ...]:
    """The names that `fields` asks for; none when it is not given. Raises Refused for one that the shape has not."""
    text = parameters.text("fields")
    if text is None:
        return ()
    wanted = tuple(dict.fromkeys(text.split(",")))
    for name in wanted:
        if name not in known:
            raise not_among("fields", name, sorted(known))
    return wanted


def sparse(row: Row, wanted: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not wanted or name in wanted}


def expanded(rows: Iterable[Row], names: Iterable[str], moment: Moment) -> dict[str, dict[str, Any]]:
    """What rows name, once each: {"actions": {key: action}, …}, in the shape of the lists."""
    rows = list(rows)
    return {
        name: _LOADERS[name]({code for row in rows for code in _codes(row.get(name))}, moment)
        for name in names
    }


def _codes(value: Any) -> list[str]:
    if value is None:
        return []
    many = value if isinstance(value, list) else [value]
    return [item["code"] if isinstance(item, dict) else item for item in many]


def _commitments(keys: Collection[str], moment: Moment) -> dict[str, Any]:
    rows = commitments.listing(commitments.Filter(), moment, keys).rows
    return {row["key"]: row for row in commitments.present(rows, moment)}


def _by(name: str, rows: Iterable[Row], keys: Collection[str]) -> dict[str, Any]:
    return {row[name]: row for row in rows if row[name] in keys}


_LOADERS: dict[str, Callable[[Collection[str], Moment], dict[str, Any]]] = {
    "actions": lambda keys, moment: _by("key", happenings.among(keys, moment), keys),
    "commitment": _commitments,
    "commitments": _commitments,
    "declaration": lambda keys, moment: {key: overview.declaration_of(key) for key in sorted(keys)},
    "indicators": lambda keys, moment: _by("key", indicators.listing(moment, pk__in=keys), keys),
    "instruments": lambda keys, moment: _by("code", catalogue.instruments(), keys),
    "organizations": lambda keys, moment: _by("code", organizations.listing(moment), keys),
}
