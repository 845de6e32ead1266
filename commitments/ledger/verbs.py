"""The verbs: one function a verb, keyword-only, atomic, with by= and because=."""

from collections.abc import Mapping, Sequence
from datetime import date

from commitments import clock
from commitments.ledger.record import batch
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.wellformed import Refused
from commitments.models.assessment import Assessment, Retraction
from commitments.models.declaration import Commitment
from commitments.models.happening import Happening, Measurement


def amend(
    *, subject_type: str, subject: str, state: State, by: str, because: str, expected: int | None = None
) -> int:
    """Record the whole new state of a subject that may be amended; returns the ledger number."""
    if SUBJECTS[subject_type].append_only:
        raise Refused(subject_type, "is never amended; it is replaced or retracted")
    with batch(by=by, because=because) as work:
        work.record("amend", subject_type, subject, state, expected=expected)
    assert work.number
    return work.number


def grant(*, person: str, role: str, active: bool = True, by: str, because: str) -> int:
    """Give a person a role, or end it. Restricted: the public feed shows a digest."""
    with batch(by=by, because=because) as work:
        work.record("grant", "grant", person, {"role": role, "active": active})
    assert work.number
    return work.number


def assess(
    *, commitment: str, value: str, effective_on: date, because: Mapping[str, str], confidence: str,
    by: str, track: str = "analyst", precision: str = "day", party: str | None = None,
    happenings: Sequence[str] = (), indicators: Sequence[str] = (), sources: Sequence[str] = (),
    replaces: str | None = None,
) -> str:  # fmt: skip
    """Record a dated judgement; returns its key. With `replaces` it is a correction of an earlier one."""
    subject = Commitment.objects.select_related("declaration").get(pk=commitment)
    scale = subject.declaration.scale_id
    if not any(because.values()):
        raise Refused("because", "a judgement says why")
    if effective_on > clock.today():
        raise Refused("effective_on", f"{effective_on} lies in the future")
    if effective_on < subject.declaration.adopted_on:
        raise Refused("effective_on", f"lies before the adoption on {subject.declaration.adopted_on}")
    if not subject.declaration.scale.values.filter(value=value).exists():
        raise Refused("value", f"“{value}” is not on the scale {scale}")
    _facts_by(effective_on, happenings, indicators)
    why = next(text for text in because.values() if text)
    with batch(by=by, because=why, alone=True) as work:
        if replaces is not None:
            _still_stands(replaces, commitment)
        serial = Assessment.objects.filter(key__startswith=f"{commitment}@{effective_on}.").count() + 1
        key = f"{commitment}@{effective_on}.{serial}"
        state: State = {
            "commitment": commitment, "scale": scale, "value": value, "effective_on": effective_on.isoformat(),
            "precision": precision, "because": dict(because), "confidence": confidence, "track": track, "by": by,
            "party": party, "replaces": replaces, "review_note": "",
            "basis": [{"happening": key, "indicator": None} for key in happenings]
            + [{"happening": None, "indicator": key} for key in indicators],
            "sources": list(sources),
        }  # fmt: skip
        work.record("correct" if replaces else "assess", "assessment", key, state, expected=0)
    return key


def _facts_by(day: date, happenings: Sequence[str], indicators: Sequence[str]) -> None:
    """Every fact of a basis is on record and not later than the judgement."""
    dated = dict(Happening.objects.filter(pk__in=happenings).values_list("key", "on"))
    for key in happenings:
        if key not in dated:
            raise Refused("basis", f"nothing on record has the code “{key}”")
        if dated[key] > day:
            raise Refused("basis", f"“{key}” is dated {dated[key]}, after {day}")
    for key in indicators:
        if not Measurement.objects.filter(indicator=key, verified=True, on__lte=day).exists():
            raise Refused("basis", f"“{key}” has no verified value by {day}")


def retract(*, assessment: str, because: Mapping[str, str], by: str) -> int:
    """Take a judgement back without a replacement: the status falls back to what stood before."""
    if not any(because.values()):
        raise Refused("because", "a retraction says why")
    with batch(by=by, because=next(text for text in because.values() if text), alone=True) as work:
        _still_stands(assessment)
        state = {"assessment": assessment, "because": dict(because), "by": by}
        work.record("retract", "retraction", assessment, state, expected=0)
    assert work.number
    return work.number


def _still_stands(assessment: str, commitment: str | None = None) -> None:
    found = Assessment.objects.filter(pk=assessment).first()
    if found is None or (commitment and found.commitment_id != commitment):
        raise Refused("assessment", f"“{assessment}” is not an assessment of this commitment")
    if Retraction.objects.filter(pk=assessment).exists():
        raise Refused("assessment", f"“{assessment}” was retracted already")
    if Assessment.objects.filter(replaces=assessment).exists():
        raise Refused("assessment", f"“{assessment}” was replaced already")
