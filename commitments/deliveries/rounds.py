"""Rounds: organizations are asked for an update by a day, reminded, and seen to have answered or not."""

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commitments import clock
from commitments.deliveries import mail
from commitments.ledger import assessing, proposals
from commitments.ledger.payload import Check
from commitments.ledger.record import batch
from commitments.ledger.roles import commitments_of
from commitments.ledger.wellformed import Refused
from commitments.models.declaration import Commitment, Declaration
from commitments.models.mail import Mail
from commitments.models.organization import Organization
from commitments.models.person import Grant, Person
from commitments.models.proposal import Kind, Proposal
from commitments.models.round import Ask, Round
from commitments.readings import commitments, judgements
from commitments.readings.moment import Moment, resolve

BEFORE = timedelta(days=7)  # a reminder this long before the day, and one the day after it


def begin(*, declaration: str, payload: Mapping[str, Any], by: str, site: str) -> Round:
    """Ask some organizations for an update by a day; their focal points get a letter. Raises Faulty."""
    check = Check(payload, ("title", "organizations", "due_on"))
    title = check.text("title", required=True, longest=200)
    due_on = check.day("due_on", required=True, past=False)
    if due_on and due_on <= clock.today():
        check.fault("due_on", _("must lie in the future"))
    organizations = check.known("organizations", Organization.objects.all())
    if not organizations and not check.refused("organizations"):
        check.fault("organizations", _("must be given"))
    for code in organizations:
        if not Commitment.objects.filter(pk__in=commitments_of((code,)), declaration=declaration).exists():
            check.fault("organizations", _("%(code)s has no role in this declaration") % {"code": code})
    check.done()
    assert due_on
    with transaction.atomic():
        found = Round.objects.create(
            key=f"r-{secrets.token_hex(4)}", declaration=Declaration.objects.get(pk=declaration), title=title,
            opened_on=clock.today(), due_on=due_on, by=by, site=site,
        )  # fmt: skip
        for code in organizations:
            _write(Ask.objects.create(round=found, organization_id=code), "ask")
    return found


def people_of(organization: str) -> list[Person]:
    """Focal points of an organization who can be written to."""
    grants = [
        g.pk
        for g in Grant.objects.filter(role=Grant.Role.FOCAL_POINT, active=True)
        if organization in g.organizations
    ]
    people = Person.objects.filter(code__in=grants, user__is_active=True).exclude(user__email="")
    return list(people.select_related("user").order_by("code"))


def _write(ask: Ask, occasion: str) -> int:
    """Letters of one occasion to those who speak for an organization; each is posted once."""
    round_, written = ask.round, 0
    link = f"{round_.site}/desk/rounds/{round_.pk}/{ask.organization_id}/"

    def words() -> str:
        text = _(
            "%(organization)s is asked for an update by %(day)s: %(title)s\n"
            "Commitments that did not move need one click; if nothing is to report at all, one click too:\n%(link)s"
        ) % {"organization": ask.organization_id, "day": round_.due_on, "title": round_.title, "link": link}
        if occasion != "ask":
            text = _("A reminder.") + "\n" + text
        return text

    for person in people_of(ask.organization_id):
        written += mail.post(
            key=f"round:{round_.pk}:{ask.organization_id}:{person.code}:{occasion}", address=person.user.email,
            subject=f"Declaration Tracker: {round_.title}", text=mail.in_every_language(words),
        )  # fmt: skip
    return written


def remind(round_: Round, today: date) -> int:
    """Remind those who have not answered; at most once a day, and never in a round that is closed."""
    if round_.closed:
        return 0
    return sum(
        _write(ask, f"reminder-{today}")
        for ask in round_.asks.filter(answered_at=None).select_related("round")
    )


def remind_when_due(today: date) -> int:
    """The two reminders that come by themselves: a week before the day, and the day after it."""
    open_asks = Ask.objects.filter(round__closed=False, answered_at=None).select_related("round")
    written = 0
    for ask in open_asks:
        due, opened = ask.round.due_on, ask.round.opened_on
        if due < today:
            written += _write(ask, "after")
        elif due - BEFORE <= today and due - BEFORE > opened:
            written += _write(ask, "before")
    return written


def opened(ask: Ask) -> None:
    """The first time that somebody of the organization looks at it."""
    Ask.objects.filter(pk=ask.pk, opened_at=None).update(opened_at=clock.now())


def answered(round_: str, organization: str | None, by: str, answer: str = Ask.Answer.ANSWERED) -> None:
    """Something was reported in a round, or that there is nothing to report."""
    if Round.objects.filter(pk=round_, closed=True).exists():
        return
    # No condition on another table: with a join, what another hand wrote meanwhile would not be looked at (decision 6).
    asks = Ask.objects.filter(round=round_, organization=organization)
    if answer == Ask.Answer.NOTHING:
        asks = asks.exclude(answer=Ask.Answer.ANSWERED)
    asks.update(answer=answer, answered_at=clock.now(), answered_by=by)


def close(round_: Round) -> None:
    Round.objects.filter(pk=round_.pk).update(closed=True)


def chase(round_: Round, today: date) -> list[dict[str, Any]]:
    """Who was asked, has opened, has answered: one row an organization."""
    submitted: dict[str, int] = {}
    for code in Proposal.objects.filter(round=round_.pk).values_list("organization", flat=True):
        submitted[code or ""] = submitted.get(code or "", 0) + 1
    rows = []
    for ask in round_.asks.select_related("organization").order_by("organization__key"):
        letters = Mail.objects.filter(key__startswith=f"round:{round_.pk}:{ask.organization_id}:")
        states = list(letters.values_list("state", flat=True))
        late = today > round_.due_on
        state = ask.answer or ("overdue" if late else "opened" if ask.opened_at else "asked")
        rows.append(
            {
                "organization": ask.organization_id, "name": ask.organization.name, "state": state,
                "people": len(people_of(ask.organization_id)), "letters": len(states),
                "failed": states.count(Mail.State.FAILED), "waiting": states.count(Mail.State.WAITING),
                "opened_at": ask.opened_at, "answered_at": ask.answered_at,
                "proposals": submitted.get(ask.organization_id, 0),
            }
        )  # fmt: skip
    return rows


def to_answer(round_: Round, organization: str, moment: Moment) -> list[dict[str, Any]]:
    """The commitments on which an organization is asked: status, its own last report, and what it has said in this round."""
    wanted = commitments.Filter(
        declaration=round_.declaration_id, organization=organization, via="membership"
    )
    rows = commitments.listing(wanted, moment).rows
    said: dict[str, Proposal] = {}
    for proposal in Proposal.objects.filter(round=round_.pk, organization=organization).order_by("recorded"):
        said[proposal.target] = proposal
    for row in rows:
        row["own"] = next((r for r in row["reported"] if r["organization"] == organization), None)
        row["said"] = _said(said.get(row["key"]))
        row["can_stay"] = bool(row["own"] or row["status"]["assessment"])
    return rows


def _said(proposal: Proposal | None) -> dict[str, Any] | None:
    if proposal is None:
        return None
    return {"key": proposal.pk, "state": proposal.state, "unchanged": proposal.payload.get("unchanged")}


def unchanged(*, commitment: str, organization: str, by: str, round_: str = "") -> str:
    """Report that nothing has changed: the organization's last report, or else the status, reaffirmed as of today.

    It rests on what that judgement rests on. Returns the key of the proposal. Raises Refused or Faulty.
    """
    earlier = assessing.last_judgement(commitment, organization)
    if earlier is None:
        raise Refused("commitment", _("there is nothing yet that could be unchanged: report a value"))
    day = judgements.iso(earlier.effective_on, earlier.precision)
    payload = {
        "commitment": commitment, "value": earlier.value, "effective_on": clock.today().isoformat(), "confidence": earlier.confidence,
        "because": {
            "en": f"No change since {day}.", "zh": f"自{day}以来没有变化。",
            "ru": f"Без изменений с {day}.",
        },
        "organization": organization, "unchanged": True, "searched": earlier.searched, "searched_on": earlier.searched_on,
        **_resting(earlier.pk),
    }  # fmt: skip
    declaration = Commitment.objects.values_list("declaration_id", flat=True).get(pk=commitment)
    with batch(by=by, because="submitted", alone=True) as work:  # a second click waits, and sees the first
        answers = Proposal.objects.filter(round=round_, organization=organization, target=commitment)
        if round_ and answers.exclude(state=Proposal.State.WITHDRAWN).exists():
            raise Refused("commitment", _("it was answered in this round already"))
        found = proposals.add(
            work, kind=Kind.ASSESSMENT, declaration=declaration, payload=payload, by=by, round=round_
        )
    if round_:
        answered(round_, organization, by)
    return found


def _resting(assessment: str) -> dict[str, list[str]]:
    """The facts and sources of an assessment that can still carry one."""
    found: dict[str, list[str]] = {"basis": [], "sources": []}
    moment = resolve(None, None, clock.today())
    for fact in judgements.basis_of([assessment], moment).get(assessment, []):
        if fact["kind"] == "source":
            found["sources"] += [s["key"] for s in fact["sources"] if not s["withdrawn"]]
        elif fact["verified"] and not all(s["withdrawn"] for s in fact["sources"] or [{"withdrawn": False}]):
            found["basis"].append(fact["key"])
    return found
