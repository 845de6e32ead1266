"""Anchors: words of a clause held by position and by quotation.

The pair of a text position and a text quote selector (exact, prefix, suffix) is that of the W3C Web Annotation
Data Model, sections 4.2.4 and 4.2.5. Offsets are code points of the edition's text, end exclusive.
"""

from collections.abc import Iterable
from dataclasses import dataclass

CONTEXT = 16  # code points of prefix and suffix: enough to tell repeated words apart in every text so far


class AnchorMismatch(ValueError):
    """The words do not stand where the anchor says. `nearest` is the closest place where they do, or None."""

    def __init__(self, reason: str, nearest: int | None = None) -> None:
        super().__init__(reason if nearest is None else f"{reason}; the nearest place is {nearest}")
        self.reason, self.nearest = reason, nearest


@dataclass(frozen=True)
class Anchor:
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str


def anchor(text: str, start: int, end: int) -> Anchor:
    """The anchor of text[start:end], with its context."""
    return Anchor(
        start, end, text[start:end], text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    )


def nearest(text: str, exact: str, start: int) -> int | None:
    """Where `exact` stands closest to `start`."""
    places = []
    at = text.find(exact) if exact else -1
    while at >= 0:
        places.append(at)
        at = text.find(exact, at + 1)
    return min(places, key=lambda place: abs(place - start), default=None)


def check(text: str, start: int, end: int, exact: str) -> None:
    """Verbatim or it does not exist: raises AnchorMismatch unless text[start:end] == exact."""
    if not 0 <= start < end <= len(text):
        raise AnchorMismatch(
            f"span {start}–{end} lies outside the text of {len(text)} characters", nearest(text, exact, start)
        )
    if text[start:end] != exact:
        raise AnchorMismatch(f"“{exact}” is not what stands at {start}–{end}", nearest(text, exact, start))


def resolve(text: str, found: Anchor) -> int:
    """Where an anchor stands in a new edition of the same text: by its quote and context, position only as a tie-break."""
    places = []
    at = text.find(found.exact)
    while at >= 0:
        before = text[max(0, at - len(found.prefix)) : at] == found.prefix
        after = text[at + len(found.exact) :].startswith(found.suffix)
        places.append((-(before + after), abs(at - found.start), at))
        at = text.find(found.exact, at + 1)
    if not places:
        raise AnchorMismatch(f"“{found.exact}” is not in the text")
    return min(places)[2]


def uncovered(start: int, end: int, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of [start, end) that no span covers."""
    gaps, at = [], start
    for left, right in sorted(spans):
        if left > at:
            gaps.append((at, min(left, end)))
        at = max(at, right)
    if at < end:
        gaps.append((at, end))
    return [gap for gap in gaps if gap[0] < gap[1]]


def overlapping(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that begin before an earlier one has ended."""
    clashes, at = [], -1
    for left, right in sorted(spans):
        if left < at:
            clashes.append((left, right))
        at = max(at, right)
    return clashes
