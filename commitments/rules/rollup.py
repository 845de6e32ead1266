"""Roll-ups: every aggregate says k of n, and is nothing, never 0, when nothing counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from commitments.rules.status import ORDER


@dataclass(frozen=True)
class Rollup:
    """Counts of a set of commitments by status. `counting` is the denominator; the rest is shown beside it."""

    total: int
    counting: int
    by_value: dict[str, int]

    def share(self, value: str) -> Decimal | None:
        """Per cent of the denominator, rounded half up to a whole number; None when nothing counts."""
        if not self.counting:
            return None
        exact = Decimal(100 * self.by_value.get(value, 0)) / self.counting
        return exact.quantize(Decimal(1), ROUND_HALF_UP)

    @property
    def not_counting(self) -> int:
        return self.total - self.counting


def roll_up(values: Iterable[str], counts: Mapping[str, bool]) -> Rollup:
    """Roll up status values; `counts` is the scale's word on which of them stand in a denominator."""
    by_value: dict[str, int] = {}
    for value in values:
        by_value[value] = by_value.get(value, 0) + 1
    ordered = {value: by_value[value] for value in ORDER if value in by_value}
    ordered |= {value: n for value, n in by_value.items() if value not in ordered}
    return Rollup(sum(ordered.values()), sum(n for v, n in ordered.items() if counts[v]), ordered)
