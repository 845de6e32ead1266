"""States of the record as a package takes them: some in memory at a time, in the order in which they were recorded."""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

from commitments.ledger.subjects import SUBJECTS, State, chunks

AT_ONCE = 200


class Stored:
    """The states of one type whose columns are as `only` says and whose keys are among `keys`, when any are given.

    What is read later is as it is then: one state is seen where the ledger stands still meanwhile (readings.moment.consistent).
    """

    def __init__(self, name: str, keys: Collection[str] | None = None, **only: Any) -> None:
        self._subject, self._among, self._only = SUBJECTS[name], keys, only

    @cached_property
    def _keys(self) -> list[str]:
        subject = self._subject
        rows = subject.model._default_manager.filter(**self._only, **subject.constants)
        found = rows.order_by("recorded", "pk").values_list("pk", flat=True).iterator()
        return [key for key in found if self._among is None or key in self._among]

    def _read(self, keys: Collection[str]) -> Iterator[tuple[str, State]]:
        for part in chunks(keys, AT_ONCE):
            found = self._subject.states(part)
            yield from ((key, found[key]) for key in part if key in found)

    def items(self, by: str | None = None) -> Iterator[tuple[str, State]]:
        """Keys with their states, as they were recorded or in the order of a field."""
        if by is None:
            return self._read(self._keys)
        return self._read(_in_order((s[by], key) for key, s in self._read(self._keys)))

    def values(self) -> Iterator[State]:
        return (state for _, state in self.items())

    def of(self, field: str, value: str, by: str) -> Iterator[State]:
        """Those whose field has a value, in the order of another field."""
        return (state for _, state in self._read(self._groups(field, by).get(value, [])))

    def _groups(self, field: str, by: str) -> dict[str, list[str]]:
        if (field, by) not in self._grouped:
            found: dict[str, list[tuple[Any, str]]] = {}
            for key, state in self._read(self._keys):
                found.setdefault(state[field], []).append((state[by], key))
            self._grouped[field, by] = {value: _in_order(many) for value, many in found.items()}
        return self._grouped[field, by]

    @cached_property
    def _grouped(self) -> dict[tuple[str, str], dict[str, list[str]]]:
        return {}


def _in_order(keys: Iterable[tuple[Any, str]]) -> list[str]:
    """By what stands before the key; what is equal there stays as it was recorded."""
    return [key for _place, key in sorted(keys, key=lambda pair: pair[0])]
