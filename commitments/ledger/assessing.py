"""The rules of an assessment, whoever enters it: a page, a cell of a spreadsheet, a partner's program."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger.payload import Check
from commitments.ledger.record import Batch
from commitments.ledger.subjects import State
from commitments.ledger.wellformed import Faulty, Refused
from commitments.models.assessment import Assessment, Retraction
from commitments.models.declaration import Commitment
from commitments.models.evidence import Withdrawal
from commitments.models.happening import Happening, HappeningSource, Indicator, Measurement, MeasurementSource

# A judgement that nothing was looked at, that looking found too little, or that nothing could be found needs no evidence.
WITHOUT_EVIDENCE = frozenset({"not_assessed", "unknown", "declaratory", "not_trackable"})
# Of what did not happen there may be nothing to show: what was searched, and when, stands for it.
SEARCHED_INSTEAD = frozenset({"not_started", "stalled"})


def rules(
    check: Check, *, commitment: Commitment, value: str, effective_on: date | None, basis: Sequence[str],
    supported: bool, searched: str, searched_on: date | None,
) -> None:  # fmt: skip
    """Note every rule that an assessment breaks. `supported`: whether it names a source, on record or new."""
    if effective_on is not None:
        if effective_on > clock.today():
            check.fault("effective_on", _("lies in the future"))
        if effective_on < commitment.declaration.adopted_on:
            check.fault(
                "effective_on",
                _("lies before the adoption on %(day)s") % {"day": commitment.declaration.adopted_on},
            )
        if not check.refused("effective_on"):
            facts_by(check, commitment, effective_on, basis)
    if value and value not in WITHOUT_EVIDENCE and not basis and not supported:
        if value not in SEARCHED_INSTEAD:
            check.fault(
                "basis", _("this value needs an action, an event, an indicator or a source that it rests on")
            )
        elif not searched or searched_on is None:
            field = "searched" if not searched else "searched_on"
            check.fault(field, _("without evidence, say what was searched and when"))
    if searched and searched_on is None and not check.refused("searched_on"):
        check.fault("searched_on", _("say when it was searched"))
    if searched_on and searched_on > clock.today():
        check.fault("searched_on", _("lies in the future"))


def facts_by(check: Check, commitment: Commitment, day: date, basis: Sequence[str]) -> None:
    """Every fact of a basis is on record, verified, and not later than the judgement."""
    declaration = commitment.declaration_id
    dated = {
        key: (on, verified)
        for key, on, verified in Happening.objects.filter(pk__in=basis, declaration=declaration).values_list(
            "key", "on", "verified"
        )
    }
    values = Measurement.objects.filter(
        indicator__in=basis, indicator__declaration=declaration, verified=True, on__lte=day
    )
    measured = set(values.exclude(pk__in=unsourced(MeasurementSource)).values_list("indicator", flat=True))
    bare = unsourced(HappeningSource)
    indicators = _indicators(declaration, basis)
    for key in basis:
        if key in indicators:
            if key not in measured:
                check.fault(
                    "basis", _("“%(key)s” has no verified value by %(day)s") % {"key": key, "day": day}
                )
        elif key not in dated:
            check.fault("basis", _("nothing on record has the code “%(code)s”") % {"code": key[:60]})
        elif not dated[key][1]:
            check.fault(
                "basis", _("“%(key)s” is not verified: it is listed and carries nothing") % {"key": key}
            )
        elif key in bare:
            check.fault("basis", _("“%(key)s” has no source left: it was withdrawn") % {"key": key})
        elif dated[key][0] > day:
            check.fault(
                "basis",
                _("“%(key)s” is dated %(fact)s, after %(day)s")
                % {"key": key, "fact": dated[key][0], "day": day},
            )


def unsourced(links: type[HappeningSource] | type[MeasurementSource], at: int | None = None) -> set[str]:
    """Keys of the facts or values whose every source was withdrawn (by entry `at`): they carry nothing any more."""
    gone = Withdrawal.objects.all() if at is None else Withdrawal.objects.filter(recorded__lte=at)
    withdrawn = list(gone.values_list("pk", flat=True))
    if not withdrawn:
        return set()
    owner = "happening_id" if links is HappeningSource else "measurement_id"
    touched = set(links._default_manager.filter(source__in=withdrawn).values_list(owner, flat=True))
    kept = links._default_manager.filter(**{f"{owner}__in": touched}).exclude(source__in=withdrawn)
    return touched - set(kept.values_list(owner, flat=True))


def _indicators(declaration: str, keys: Sequence[str]) -> set[str]:
    return set(Indicator.objects.filter(pk__in=keys, declaration=declaration).values_list("pk", flat=True))


def still_stands(assessment: str, commitment: str | None = None, field: str = "assessment") -> Assessment:
    """The assessment, when it is neither replaced nor retracted. Raises Refused."""
    found: Assessment | None = Assessment.objects.filter(pk=assessment).first()
    if found is None or (commitment and found.commitment_id != commitment):
        raise Refused(
            field, _("“%(key)s” is not an assessment of this commitment") % {"key": assessment[:120]}
        )
    if Retraction.objects.filter(pk=assessment).exists():
        raise Refused(field, _("“%(key)s” was retracted already") % {"key": assessment})
    if Assessment.objects.filter(replaces=assessment).exists():
        raise Refused(field, _("“%(key)s” was replaced already") % {"key": assessment})
    return found


def last_judgement(commitment: str, organization: str | None) -> Assessment | None:
    """What an organization reported last, or else what sets the status; None when nothing stands. It is what "no change"
    reaffirms."""
    rows = Assessment.objects.filter(commitment=commitment, party=None, replaced_by=None, retraction=None)
    order = ("effective_on", "recorded")
    own = rows.filter(track=Assessment.Track.REPORTED, organization=organization).order_by(*order).last()
    judged = rows.exclude(track=Assessment.Track.REPORTED)
    return own or max(judged, key=lambda a: (a.effective_on, a.track == "agreed", a.recorded), default=None)


def record(
    work: Batch, *, commitment: Commitment, value: str, effective_on: date, because: Mapping[str, str],
    confidence: str, by: str, track: str, precision: str = "day", party: str | None = None,
    organization: str | None = None, reviewed_by: str = "", searched: str = "", searched_on: str = "",
    basis: Sequence[str] = (), sources: Sequence[str] = (), replaces: str | None = None,
) -> str:  # fmt: skip
    """Add an assessment to a batch that stands alone; returns its key. The rules were checked before."""
    if replaces is not None:
        still_stands(replaces, commitment.pk)
        if any(
            p.subject_type == "assessment" and p.state and p.state["replaces"] == replaces
            for p in work.pending
        ):
            raise Refused("replaces", _("“%(key)s” was replaced already") % {"key": replaces})
    stem = f"{commitment.pk}@{effective_on}."
    taken = Assessment.objects.filter(key__startswith=stem).count()
    taken += sum(p.subject_type == "assessment" and p.subject.startswith(stem) for p in work.pending)
    key = f"{stem}{taken + 1}"
    indicators = _indicators(commitment.declaration_id, basis)
    state: State = {
        "commitment": commitment.pk, "scale": commitment.declaration.scale_id, "value": value,
        "effective_on": effective_on.isoformat(), "precision": precision, "because": dict(because),
        "confidence": confidence, "track": track, "by": by, "party": party, "replaces": replaces, "review_note": "",
        "organization": organization, "reviewed_by": reviewed_by, "searched": searched, "searched_on": searched_on,
        "basis": [
            {"happening": None, "indicator": fact} if fact in indicators else {"happening": fact, "indicator": None}
            for fact in basis
        ],
        "sources": list(sources),
    }  # fmt: skip
    why = next(text for text in because.values() if text)
    work.record("correct" if replaces else "assess", "assessment", key, state, because=why, expected=0)
    return key


def take_back(work: Batch, *, assessment: str, because: Mapping[str, str], by: str) -> None:
    """Add the retraction of an assessment that still stands to a batch that stands alone."""
    still_stands(assessment)
    why = next(text for text in because.values() if text)
    state = {"assessment": assessment, "because": dict(because), "by": by}
    work.record("retract", "retraction", assessment, state, because=why, expected=0)


def checked(**fields: Any) -> None:
    """The rules on their own. Raises the one fault as Refused, several as Faulty."""
    check = Check({}, ())
    rules(check, **fields)
    if len(check.faults) == 1:
        raise check.faults[0]
    if check.faults:
        raise Faulty(check.faults)
