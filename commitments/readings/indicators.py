"""Indicators and their measurements: outcome context, which never moves a status by itself."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from commitments.ledger.subjects import chunks
from commitments.models.happening import Indicator, IndicatorCommitment, Measurement
from commitments.readings import judgements
from commitments.readings.moment import Moment
from commitments.readings.rows import plain


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


def listing(moment: Moment, **only: Any) -> list[dict[str, Any]]:
    """Indicators with their values by `as_of`, oldest first. A value without a date is listed and never placed in time."""
    return _described(_wanted(moment, only), moment)


def in_parts(moment: Moment, at_once: int, **only: Any) -> Iterator[dict[str, Any]]:
    """The same, some in memory at a time."""
    for part in chunks(_wanted(moment, only).values_list("pk", flat=True).iterator(), at_once):
        yield from _described(Indicator.objects.filter(pk__in=part).order_by("recorded"), moment)


def _wanted(moment: Moment, only: Mapping[str, Any]) -> "QuerySet[Indicator]":
    return Indicator.objects.filter(recorded__lte=moment.at, **only).order_by("recorded")


def _described(rows: "QuerySet[Indicator]", moment: Moment) -> list[dict[str, Any]]:
    found = plain(
        rows.values(
            "key", "code", "declaration", "name", "unit", "unit_label", "unit_forms", "desired_direction", "note",
            "organization", "organization__name",
        )
    )  # fmt: skip
    keys = [row["key"] for row in found]
    values: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_now = Measurement.objects.filter(indicator__in=keys, recorded__lte=moment.at).exclude(
        on__gt=moment.as_of
    )
    measured = plain(
        by_now.order_by(
            F("on").asc(nulls_first=True), "ordinal"
        ).values(  # where nothing is said, engines differ
            "key", "indicator", "date", "on", "value", "low", "high", "verified", "derived", "note"
        )
    )
    sources = judgements.sources_of("measurement", [m["key"] for m in measured], moment)
    for m in measured:
        m["on"] = m["on"].isoformat() if m["on"] else None
        for name in ("value", "low", "high"):
            m[name] = _number(m[name])
        m["sources"] = sources.get(m["key"], [])
        values[m.pop("indicator")].append(m)
    commitments: dict[str, list[str]] = defaultdict(list)
    for key, commitment in (
        IndicatorCommitment.objects.filter(indicator__in=keys).order_by("position").values_list("indicator_id", "commitment_id")
    ):  # fmt: skip
        commitments[key].append(commitment)
    for row in found:
        organization, name = row.pop("organization"), row.pop("organization__name")
        row["organization"] = {"code": organization, "name": name} if organization else None
        row["commitments"] = commitments[row["key"]]
        row["measurements"] = values[row["key"]]
    return found


def values(moment: Moment, verified: bool | None = None) -> list[dict[str, Any]]:
    """Every value of every indicator, each with its indicator; verified ones or the others only, when asked."""
    return [
        {**m, "indicator": row}
        for row in listing(moment)
        for m in row["measurements"]
        if verified is None or m["verified"] == verified
    ]


def one(key: str, moment: Moment) -> dict[str, Any] | None:
    return next(iter(listing(moment, pk=key)), None)
