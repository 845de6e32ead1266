"""What organizations say of assessments that name them, and how disputes end."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger import people
from commitments.ledger.assessing import still_stands
from commitments.ledger.payload import Check
from commitments.ledger.proposals import NotAllowed
from commitments.ledger.record import batch
from commitments.ledger.roles import has_part
from commitments.ledger.wellformed import Refused
from commitments.models.assessment import Assessment
from commitments.models.dispute import Dispute, Outcome
from commitments.models.organization import Organization

ANSWER_WITHIN = timedelta(days=30)
FIELDS = ("assessment", "organization", "kind", "text", "received_on", "due_on")


def raise_one(*, payload: Mapping[str, Any], by: str) -> str:
    """Record a reply or a dispute; returns its key. A focal point speaks for its organization, a reviewer enters a letter."""
    actor = people.actor(by)
    if not actor.bound and not actor.reviews:
        raise NotAllowed(
            "organization", _("only the organization itself, or a reviewer for its letter, enters this")
        )
    check = Check(payload, FIELDS)
    key = check.one("assessment", Assessment.objects.all())
    organization = check.one("organization", Organization.objects.all())
    kind = check.choice("kind", Dispute.Kind.values)
    text = check.texts("text", required=True)
    received = check.day("received_on") or (clock.today() if not check.refused("received_on") else None)
    due = check.day("due_on", past=False)
    if organization and actor.bound and organization not in actor.organizations:
        check.fault("organization", _("you do not speak for %(code)s") % {"code": organization})
    if key and organization:
        commitment = Assessment.objects.get(pk=key).commitment_id
        if not has_part(organization, commitment):
            check.fault(
                "organization", _("the assessment does not name it: it has no role in this commitment")
            )
    if kind == Dispute.Kind.DISPUTE and received:
        due = due or received + ANSWER_WITHIN
        if due < received:
            check.fault("due_on", _("lies before the day on which it was received"))
    if kind == Dispute.Kind.REPLY:
        due = None
    elif key:
        try:
            still_stands(key)
        except Refused as refused:
            check.fault("assessment", refused.reason)
    if key and received and received < Assessment.objects.get(pk=key).effective_on:
        check.fault("received_on", _("lies before the assessment"))
    check.done()
    assert key and received
    with batch(by=by, because=next(iter(text.values())), alone=True) as work:
        before = Dispute.objects.filter(assessment=key)
        if any(d.text == text for d in before.filter(organization=organization, kind=kind)):
            raise Refused("text", _("the same is on record already"))
        number = before.count() + 1
        state = {
            "assessment": key, "organization": organization, "kind": kind, "text": text, "by": by,
            "received_on": received.isoformat(), "due_on": due.isoformat() if due else None,
        }  # fmt: skip
        work.record(kind, "dispute", f"{key}-d{number}", state, expected=0)
    return f"{key}-d{number}"


def decide(
    *, dispute: str, result: str, because: Mapping[str, str], by: str, correction: str | None = None
) -> None:
    """End a dispute: the assessment is maintained, or a correction or retraction of it was recorded. With the reason."""
    check = Check(
        {"result": result, "because": because, "correction": correction or ""},
        ("result", "because", "correction"),
    )
    check.choice("result", Outcome.Result.values)
    words = check.texts("because", required=True)
    check.done()
    if not people.actor(by).reviews:
        raise NotAllowed("result", _("only a reviewer decides"))
    with batch(by=by, because=next(iter(words.values())), alone=True) as work:
        found = (
            Dispute.objects.select_related("assessment").filter(pk=dispute, kind=Dispute.Kind.DISPUTE).first()
        )
        if found is None:
            raise Refused("dispute", _("there is no such dispute"))
        if Outcome.objects.filter(pk=dispute).exists():
            raise Refused("dispute", _("it is decided already"))
        if by in (found.assessment.by, found.assessment.reviewed_by, found.by) and not settings.ACCEPT_OWN:
            raise NotAllowed(
                "result",
                _("somebody decides who neither made nor accepted the assessment, nor entered the dispute"),
            )
        replaced = (
            Assessment.objects.filter(replaces=found.assessment_id).values_list("pk", flat=True).first()
        )
        retracted = getattr(found.assessment, "retraction", None) is not None
        gone = replaced is not None or retracted
        if result == Outcome.Result.CORRECTED and not gone:
            raise Refused("result", _("correct or retract the assessment first"))
        if result == Outcome.Result.MAINTAINED and gone:
            raise Refused("result", _("the assessment stands no more: it was replaced or retracted"))
        state = {
            "dispute": dispute, "result": result, "because": words, "decided_on": _today(found.received_on),
            "correction": replaced if result == Outcome.Result.CORRECTED else None, "by": by,
        }  # fmt: skip
        work.record("decide", "outcome", dispute, state, expected=0)


def _today(received: date) -> str:
    return max(clock.today(), received).isoformat()
