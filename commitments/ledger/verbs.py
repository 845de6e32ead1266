"""The verbs: one function a verb, keyword-only, atomic, with by= and because=."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from commitments.ledger import assessing, people
from commitments.ledger.record import batch
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.wellformed import Refused
from commitments.models.declaration import Commitment
from commitments.models.organization import Organization


def amend(
    *, subject_type: str, subject: str, state: State, by: str, because: str, expected: int | None = None
) -> int:
    """Record the whole new state of a subject that may be amended; returns the ledger number."""
    if SUBJECTS[subject_type].append_only:
        raise Refused(subject_type, _("is never amended; it is replaced or retracted"))
    with batch(by=by, because=because) as work:
        work.record("amend", subject_type, subject, state, expected=expected)
    assert work.number
    return work.number


def grant(
    *, person: str, role: str, active: bool = True, organizations: Sequence[str] = (), by: str, because: str
) -> int:
    """Give a person a role, or end it. Restricted: the public feed shows a digest."""
    bound = role in people.BOUND
    if bound and active and not organizations:
        raise Refused("organizations", _("a focal point or a service account speaks for an organization"))
    known = set(Organization.objects.filter(pk__in=organizations).values_list("pk", flat=True))
    if unknown := [code for code in organizations if code not in known]:
        raise Refused("organizations", _("nothing on record has the code “%(code)s”") % {"code": unknown[0]})
    state = {"role": role, "active": active, "organizations": list(organizations) if bound else []}
    with batch(by=by, because=because) as work:
        work.record("grant", "grant", person, state)
    assert work.number
    return work.number


def assess(
    *, commitment: str, value: str, effective_on: date, because: Mapping[str, str], confidence: str,
    by: str, track: str = "analyst", precision: str = "day", party: str | None = None,
    organization: str | None = None, basis: Sequence[str] = (), sources: Sequence[str] = (),
    replaces: str | None = None,
) -> str:  # fmt: skip
    """Record a dated judgement; returns its key. With `replaces` it is a correction of an earlier one.

    `basis` are keys of actions, events and indicators.
    """
    subject = Commitment.objects.select_related("declaration").get(pk=commitment)
    if not any(because.values()):
        raise Refused("because", _("a judgement says why"))
    if not subject.declaration.scale.values.filter(value=value).exists():
        raise Refused("value", _("“%(value)s” is not on the scale") % {"value": value})
    assessing.checked(
        commitment=subject, value=value, effective_on=effective_on, basis=basis, supported=bool(sources), searched="",
        searched_on=None,
    )  # fmt: skip
    why = next(text for text in because.values() if text)
    with batch(by=by, because=why, alone=True) as work:
        return assessing.record(
            work, commitment=subject, value=value, effective_on=effective_on, because=because, confidence=confidence,
            by=by, track=track, precision=precision, party=party, organization=organization, basis=basis,
            sources=sources, replaces=replaces,
        )  # fmt: skip


def retract(*, assessment: str, because: Mapping[str, str], by: str) -> int:
    """Take a judgement back without a replacement: the status falls back to what stood before."""
    if not any(because.values()):
        raise Refused("because", _("a retraction says why"))
    with batch(by=by, because=next(text for text in because.values() if text), alone=True) as work:
        assessing.take_back(work, assessment=assessment, because=because, by=by)
    assert work.number
    return work.number
