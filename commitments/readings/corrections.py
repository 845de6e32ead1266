"""What was taken back: assessments that were replaced or retracted, sources that were withdrawn. The rows stay."""

from typing import Any

from commitments.models.assessment import Assessment, Retraction
from commitments.models.dispute import Dispute
from commitments.models.evidence import Withdrawal
from commitments.readings.changes import recorded_on
from commitments.readings.judgements import disputes_of, iso
from commitments.readings.moment import Moment


def listing(declaration: str | None, moment: Moment) -> list[dict[str, Any]]:
    """Every correction of a declaration, or of all, that was known by the moment, in the order in which they were recorded.

    {"kind": replaced, retracted or withdrawn; "on": day of the entry (UTC); "entry"; "subject"; "because"; "by"}; of an
    assessment also its commitment, value and date, and of a replaced one what stands in its place.
    """
    judged = Assessment.objects.filter(effective_on__lte=moment.as_of)
    withdrawn = Withdrawal.objects.filter(recorded__lte=moment.at)
    if declaration is not None:
        judged = judged.filter(commitment__declaration=declaration)
        withdrawn = withdrawn.filter(source__declaration=declaration)
    # By the day of what was replaced: its correction may be dated later.
    replacing = Assessment.objects.filter(replaces__in=judged, recorded__lte=moment.at).select_related(
        "replaces"
    )
    found = [
        _taken_back("replaced", a.replaces, a.recorded, a.because, a.by)
        | {"by_assessment": a.pk, "now": a.value}
        for a in replacing
        if a.replaces
    ]
    retractions = Retraction.objects.filter(assessment__in=judged, recorded__lte=moment.at)
    found += [
        _taken_back("retracted", r.assessment, r.recorded, r.because, r.by)
        for r in retractions.select_related("assessment")
    ]
    found += [
        {"kind": "withdrawn", "subject": w.source_id, "title": w.source.title, "entry": w.recorded,
         "because": w.because, "by": w.by}
        for w in withdrawn.select_related("source")
    ]  # fmt: skip
    days = recorded_on([row["entry"] for row in found])
    return sorted(
        ({**row, "on": days[row["entry"]]} for row in found), key=lambda row: (row["entry"], row["subject"])
    )


def _taken_back(kind: str, what: Assessment, entry: int, because: Any, by: str) -> dict[str, Any]:
    return {
        "kind": kind, "subject": what.pk, "commitment": what.commitment_id, "value": what.value,
        "effective_on": iso(what.effective_on, what.precision), "entry": entry, "because": because, "by": by,
    }  # fmt: skip


def disputes(moment: Moment) -> list[dict[str, Any]]:
    """Every reply and dispute by the moment, newest first, with the assessment that it is about and what came of it."""
    known = Dispute.objects.filter(recorded__lte=moment.at, received_on__lte=moment.as_of)
    about = {
        a.pk: a
        for a in Assessment.objects.filter(pk__in=known.values("assessment")).select_related("commitment")
    }
    found = [
        {**dispute, "assessment": key, "commitment": about[key].commitment_id, "title": about[key].commitment.title,
         "value": about[key].value, "effective_on": iso(about[key].effective_on, about[key].precision)}
        for key, many in disputes_of(list(about), moment).items()
        for dispute in many
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row["received_on"], row["key"]), reverse=True)
