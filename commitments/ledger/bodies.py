"""Bodies as they are read: old formats through upcasters, redacted ones through what replaces them.

What is stored is never rewritten. A later format adds fields; an old body is read with the values that its time implied.
"""

import json
from collections.abc import Callable, Iterable

from commitments.ledger.subjects import State, chunks
from commitments.models.entry import Body, Entry

FORMAT = 3  # of the bodies that are written now

Upcast = Callable[[State], State]
# From format 1: who reported, who reviewed, what was searched; and the organizations of a grant.
_TO_2: dict[str, Upcast] = {
    "assessment": lambda state: (
        {"organization": None, "reviewed_by": "", "searched": "", "searched_on": ""} | state
    ),
    "grant": lambda state: {"organizations": []} | state,
}
# From format 2: of what a report is, in which form and formats, and which edition it replaces.
_TO_3: dict[str, Upcast] = {
    "schedule": lambda state: {"form": "report", "scope": {}, "formats": ["html", "json"]} | state,
    "report": lambda state: {"scope": {}, "replaces": None} | state,
}

UPCASTS = ((2, _TO_2), (3, _TO_3))  # the format before which a body is brought up, and how


def state_of(subject_type: str, text: str) -> State | None:
    """The state that a body says, in today's format; None for a tombstone."""
    body = json.loads(text)
    state: State | None = body["state"]
    for before, upcasts in UPCASTS:
        if state is not None and body["format"] < before and subject_type in upcasts:
            state = upcasts[subject_type](state)
    return state


def replacements(using: str = "default") -> dict[int, int]:
    """Redacted entries, each with the entry that carries its replacement."""
    rows = Entry.objects.using(using).filter(verb="redact", subject_type="entry").order_by("number")
    direct = {int(subject): number for number, subject in rows.values_list("number", "subject")}
    found = dict(direct)
    for entry in found:  # what replaced it may have been redacted again
        while found[entry] in direct:
            found[entry] = direct[found[entry]]
    return found


def states(subject_type: str, numbers: Iterable[int], using: str = "default") -> dict[int, State | None]:
    """The states that some entries about one kind of subject say, by number; of a redacted one its replacement."""
    redacted = replacements(using)
    where = {redacted.get(n, n): n for n in numbers}
    found: dict[int, State | None] = {}
    for part in chunks(sorted(where)):
        for number, text in (
            Body.objects.using(using).filter(entry_id__in=part).values_list("entry_id", "text")
        ):
            found[where[number]] = state_of(subject_type, text)
    return found
