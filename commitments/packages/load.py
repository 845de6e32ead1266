"""Loading a package: validate all, then write all in one batch or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import IntegrityError

from commitments.ledger import history
from commitments.ledger.canonical import canonical, sha256
from commitments.ledger.record import Batch, batch
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.wellformed import Refused
from commitments.models.organization import NamedEntity, Organization
from commitments.packages import folder as package_folder
from commitments.packages.folder import Fault, Faults
from commitments.packages.states import Reading

Progress = Callable[[str], None]
VERB = "load"
# What other declarations may use is not taken away because one package no longer names it.
_SHARED = ("scale", "organization", "membership", "entity")
_WORDS_OF_AN_EDITION = ("text", "sha256", "language", "version", "standing")
# What a permalink or an anchor may point to is retired or replaced, never dropped.
_NEVER_DROPPED = ("declaration", "edition", "commitment")


@dataclass
class Outcome:
    """What a load did. `number` is the ledger's head after it, None when there was nothing to do."""

    code: str
    number: int | None = None
    created: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)  # edited here since, where the package says nothing new


def load(
    folder: Path, *, by: str, overwrite: bool = False, because: str = "", progress: Progress = lambda _: None
) -> Outcome:
    """Load the package in a folder. Raises Faults, and then nothing was written."""
    progress("reading files")
    package = package_folder.read(folder)
    code: str = package.content["declaration"]["code"]
    progress("checking anchors, codes and dates")
    known = {
        "organization": set(Organization.objects.values_list("pk", flat=True)),
        "entity": set(NamedEntity.objects.values_list("pk", flat=True)),
    }
    reading = Reading(package, known)
    states = reading.read()
    if reading.faults:
        raise Faults(sorted(set(reading.faults)))
    digest = sha256(canonical([package.content, package.texts]))
    why = because or f"package {folder.name}, sha256 {digest[:16]}"
    outcome = Outcome(code)
    try:
        with batch(by=by, because=why) as work:
            faults: list[Fault] = []
            for name in SUBJECTS:
                progress(f"comparing {name}")
                faults += _compare(work, code, name, states.get(name, {}), overwrite, outcome)
            if faults:
                raise Faults(sorted(faults))
            if work.pending:
                progress(f"writing {len(work.pending)} entries")
    except IntegrityError as error:
        reason = f"the record still needs what the package leaves out or doubles ({str(error).strip()[:200]})"
        raise Faults([Fault("package", code, reason)]) from None
    outcome.number = work.number
    progress("done")
    return outcome


def _compare(
    work: Batch, code: str, name: str, wanted: dict[str, State], overwrite: bool, outcome: Outcome
) -> list[Fault]:
    """Record what differs between a package and the record in one kind of subject; returns what must not be written."""
    seen = history.last_loads(name, code, VERB, list(wanted) if name in _SHARED else None)
    current = SUBJECTS[name].states(list(wanted)) if wanted else {}
    faults = []
    for key, state in wanted.items():
        before, here = seen.get(key), current.get(key)
        if here is not None and canonical(here) == canonical(state):
            continue
        says_nothing_new = (
            before and before.loaded is not None and canonical(before.loaded) == canonical(state)
        )
        if says_nothing_new and not overwrite:
            outcome.kept.append(key)  # the record has moved on by other hands
        elif SUBJECTS[name].append_only and here is not None:
            faults.append(
                _fault(name, key, "is recorded and never edited: add a new row that names what it replaces")
            )
        elif (
            name == "edition" and here is not None and any(here[f] != state[f] for f in _WORDS_OF_AN_EDITION)
        ):
            faults.append(
                _fault(name, key, "its text is recorded and never changed: add a version that replaces it")
            )
        elif before and before.edited and not overwrite:
            faults.append(_conflict(name, key, before))
        else:
            try:
                work.record(VERB, name, key, state, expected=before.number if before else 0)
            except Refused as refused:
                faults.append(_fault(name, key, str(refused)))
                continue
            counts = outcome.changed if here is not None else outcome.created
            counts[name] = counts.get(name, 0) + 1
    if name not in _SHARED:
        left_out = {key: before for key, before in seen.items() if key not in wanted}
        faults += _drop(work, name, left_out, overwrite, outcome)
    return faults


def _drop(
    work: Batch, name: str, left_out: dict[str, history.Loaded], overwrite: bool, outcome: Outcome
) -> list[Fault]:
    faults = []
    for key, before in left_out.items():
        if before.loaded is None or before.gone:
            continue  # made by an editor, or dropped before
        if name in _NEVER_DROPPED:
            faults.append(
                _fault(name, key, "is recorded and cannot be left out: retire it and name what replaces it")
            )
        elif SUBJECTS[name].append_only:
            if name == "assessment" and not history.withdrawn(key):
                faults.append(
                    _fault(name, key, "is recorded and cannot be left out: add a row to `retractions`")
                )
        elif before.edited and not overwrite:
            faults.append(_conflict(name, key, before))
        else:
            work.record(VERB, name, key, None, expected=before.number)
            outcome.dropped[name] = outcome.dropped.get(name, 0) + 1
    return faults


def _fault(name: str, key: str, reason: str) -> Fault:
    return Fault(_file(name), key, reason)


def _conflict(name: str, key: str, before: history.Loaded) -> Fault:
    reason = f"conflict: edited by {before.actor} in entry {before.number} since its last load"
    return Fault(_file(name), key, reason)


def _file(name: str) -> str:
    return package_folder.FILE_OF.get(name) or package_folder.FILE_OF.get(f"{name}s") or {
        "entity": "entities.yaml", "edition": "declaration.yaml", "measurement": "indicators.yaml",
    }.get(name, "package")  # fmt: skip
