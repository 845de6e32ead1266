"""Status is derived (DESIGN rule 4): nothing stores it, everything computes it from dated assessments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

NOT_ASSESSED = "not_assessed"
HEADLINE_TRACKS = (
    "analyst",
    "agreed",
)  # a report by the organization stands beside the status and never sets it
_RANK = {"analyst": 0, "agreed": 1}

# One order everywhere: what is under way from most to least, what stopped, then what is not counted.
ORDER = (
    "fulfilled", "largely_fulfilled", "partially_fulfilled", "ongoing", "not_started",
    "stalled", "lapsed", "reversed", "not_fulfilled",
    "unknown", "not_trackable", "declaratory", "not_assessed",
)  # fmt: skip
# What could still move by an act of those who are bound: the list “silent longest” watches these.
OPEN = frozenset(
    {"not_started", "ongoing", "partially_fulfilled", "largely_fulfilled", "stalled", "not_fulfilled"}
)


class Assessed(Protocol):
    """What the rule reads of an assessment. `number` is that of its ledger entry."""

    @property
    def value(self) -> str: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def precision(self) -> str: ...
    @property
    def track(self) -> str: ...
    @property
    def party(self) -> str | None: ...
    @property
    def number(self) -> int: ...


A = TypeVar("A", bound=Assessed)


@dataclass(frozen=True)
class Status(Generic[A]):
    """A status on a day. `since` is the first day of the unbroken run of its value, `latest` the assessment that was
    read last; before any assessment the value is not_assessed and both are None."""

    value: str
    since: date | None
    since_precision: str
    latest: A | None


@dataclass(frozen=True)
class Change(Generic[A]):
    """One step of the history: `assessment` changed the value from `before`, or reaffirmed it when they are equal."""

    assessment: A
    before: str

    @property
    def moved(self) -> bool:
        return self.before != self.assessment.value


def headline(assessments: Iterable[A], as_of: date) -> list[A]:
    """The assessments that can set a status by `as_of`, in the order in which they do."""
    counted = [
        a for a in assessments if a.track in HEADLINE_TRACKS and a.party is None and a.effective_on <= as_of
    ]
    return sorted(counted, key=lambda a: (a.effective_on, _RANK[a.track], a.number))


def reported(assessments: Iterable[A], as_of: date) -> list[A]:
    """What organizations themselves reported by `as_of`, in order: it stands beside the status and never sets it."""
    rows = [a for a in assessments if a.track == "reported" and a.party is None and a.effective_on <= as_of]
    return sorted(rows, key=lambda a: (a.effective_on, a.number))


def status(assessments: Iterable[A], as_of: date) -> Status[A]:
    """The status of one commitment on a day."""
    run = headline(assessments, as_of)
    if not run:
        return Status(NOT_ASSESSED, None, "day", None)
    first = latest = run[-1]
    for earlier in reversed(run):
        if earlier.value != latest.value:
            break
        first = earlier
    return Status(latest.value, first.effective_on, first.precision, latest)


def history(assessments: Iterable[A], as_of: date) -> list[Change[A]]:
    """Every step up to a day, oldest first. A first assessment moves from not_assessed."""
    steps, before = [], NOT_ASSESSED
    for assessment in headline(assessments, as_of):
        steps.append(Change(assessment, before))
        before = assessment.value
    return steps


def changed(steps: Sequence[Change[A]]) -> list[Change[A]]:
    """Steps in which an earlier judgement changed: the first assessment of all is a beginning, not a change."""
    return [step for step in steps if step.moved and step.before != NOT_ASSESSED]
