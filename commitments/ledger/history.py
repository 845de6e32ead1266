"""What the ledger remembers of a subject, for those who must not overwrite the work of others."""

from dataclasses import dataclass

from commitments.ledger import bodies
from commitments.ledger.subjects import State, chunks
from commitments.models.assessment import Assessment, Retraction
from commitments.models.entry import Entry


@dataclass(frozen=True)
class Loaded:
    """The last entry about a subject, and the state that a package gave it last (None: no package ever did)."""

    number: int
    actor: str
    edited: bool
    gone: bool
    loaded: State | None


def last_loads(subject_type: str, declaration: str, verb: str, keys: list[str] | None) -> dict[str, Loaded]:
    """By subject: of `keys`, or of everything in a declaration's namespace."""
    rows = Entry.objects.filter(subject_type=subject_type).order_by("number")
    found: dict[str, tuple[int, str, int | None]] = {}
    if keys is None:
        parts = [rows.filter(subject__startswith=f"{declaration}:") | rows.filter(subject=declaration)]
    else:
        parts = [rows.filter(subject__in=part) for part in chunks(keys)]
    for part in parts:
        for number, subject, actor, entry_verb in part.values_list("number", "subject", "actor", "verb"):
            before = found.get(subject, (0, "", None))[2]
            found[subject] = (number, actor, number if entry_verb == verb else before)
    wanted = [loaded for _, _, loaded in found.values() if loaded is not None] + [
        n for n, _, _ in found.values()
    ]
    states = bodies.states(subject_type, set(wanted))
    return {
        subject: Loaded(
            number,
            actor,
            loaded != number,
            states.get(number) is None,
            states.get(loaded) if loaded is not None else None,
        )
        for subject, (number, actor, loaded) in found.items()
    }


def withdrawn(assessment: str) -> bool:
    """Whether an assessment was retracted or replaced."""
    return (
        Retraction.objects.filter(pk=assessment).exists()
        or Assessment.objects.filter(replaces=assessment).exists()
    )


def brought_with(subject_type: str, subject: str) -> dict[str, set[str]]:
    """Subjects, by type, that were first recorded in a batch that also wrote this subject."""
    batches = Entry.objects.filter(subject_type=subject_type, subject=subject).values_list("batch", flat=True)
    found: dict[str, set[str]] = {}
    for name, key in Entry.objects.filter(batch__in=list(batches)).values_list("subject_type", "subject"):
        found.setdefault(name, set()).add(key)
    return found
