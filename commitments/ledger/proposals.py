"""Proposals: submitted, returned, accepted or withdrawn. Nobody accepts their own, and acceptance writes the record."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from commitments.ledger import kinds, people
from commitments.ledger.payload import LONGEST
from commitments.ledger.record import Batch, Conflict, batch, last_numbers
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.wellformed import Refused
from commitments.models.declaration import Declaration
from commitments.models.proposal import Proposal
from commitments.source.characters import shows_something, unwanted

_KEY = re.compile(r"p-[0-9a-f]{12}", re.ASCII)


class NotAllowed(Refused):
    """The person may not do this, whatever the words."""


def new_key(declaration: str) -> str:
    return f"{declaration}:p-{secrets.token_hex(6)}"


def submit(
    *, kind: str, declaration: str, payload: Mapping[str, Any], by: str, key: str | None = None, seen: int = 0,
    round: str = "", writers: Sequence[str] = (),
) -> str:  # fmt: skip
    """Submit a proposal, new or returned; returns its key. Raises Faulty, Refused or Conflict, and then nothing was written."""
    with batch(by=by, because="submitted", alone=True) as work:
        return add(
            work,
            kind=kind,
            declaration=declaration,
            payload=payload,
            by=by,
            key=key,
            seen=seen,
            round=round,
            writers=writers,
        )


def add(
    work: Batch, *, kind: str, declaration: str, payload: Mapping[str, Any], by: str, key: str | None = None,
    seen: int = 0, round: str = "", writers: Sequence[str] = (), checked: bool = False,
) -> str:  # fmt: skip
    """Add a submission to a batch that stands alone. `writers` had a hand in it beside who submits it. `checked`: the
    payload is what `clean` gave a moment ago."""
    actor = may_propose(kind, by)
    clean: State = dict(payload)
    if not checked:
        about = Declaration.objects.select_related("scale").get(pk=declaration)
        clean = kinds.KINDS[kind].clean(payload, about, actor)
    before = Proposal.objects.filter(pk=key).first() if key else None
    if before is not None and before.state != Proposal.State.RETURNED:
        raise Refused(
            "state", _("it is %(state)s and cannot be submitted") % {"state": before.get_state_display()}
        )
    if before is not None and (before.kind, before.declaration_id) != (kind, declaration):
        raise Refused("kind", _("what was returned is of another kind"))
    target = kinds.target_of(kind, clean)
    if before is None and not checked:
        _not_twice(kind, target, clean, by)
    if kind in kinds.CHANGING and (seen or kinds.last_seen(kind, target)) != kinds.last_seen(kind, target):
        raise Conflict([target])
    state: State = {
        "declaration": declaration, "kind": kind, "target": target, "organization": clean.get("organization"),
        "payload": clean, "state": Proposal.State.SUBMITTED.value,
        "authors": _authors(before, writers, by),
        "reviewer": before.reviewer if before else "", "reason": "", "seen": kinds.last_seen(kind, target),
        "round": round or (before.round if before else ""),
        "result": [],
    }  # fmt: skip
    key = key or new_key(declaration)
    work.record("submit", "proposal", key, state)
    return key


def _authors(before: Proposal | None, writers: Sequence[str], by: str) -> list[str]:
    """Everybody who had a hand in it, each once; who submitted it last stands last and answers for it."""
    others = dict.fromkeys([*(before.authors if before else ()), *writers])
    return [*(code for code in others if code != by), by]


def _not_twice(kind: str, target: str, payload: State, by: str) -> None:
    """The same words by the same person wait already: a form or a program that was sent twice."""
    waiting = Proposal.objects.filter(kind=kind, target=target, state=Proposal.State.SUBMITTED)
    if any(p.authors[-1] == by and p.payload == payload for p in waiting):
        raise Refused("state", _("the same was submitted already and waits for a reviewer"))


def may_propose(kind: str, by: str) -> people.Actor:
    """The actor, when the role allows this kind. Raises NotAllowed."""
    actor = people.actor(by)
    if not actor.role or (actor.bound and not kinds.KINDS[kind].for_bound):
        raise NotAllowed("kind", _("your role does not propose this"))
    return actor


def may_review(proposal: Proposal, by: str) -> None:
    """Raises NotAllowed when the person does not review, or had a hand in it."""
    if not people.actor(by).reviews:
        raise NotAllowed("state", _("only a reviewer decides"))
    if by in proposal.authors and not settings.ACCEPT_OWN:
        raise NotAllowed("state", _("nobody decides on what they proposed; another reviewer does"))


def _open(key: str, *states: str, seen: int | None = None) -> Proposal:
    """The proposal in one of these states. `seen`: the ledger number up to which the decider has read; Conflict when the
    proposal moved since."""
    found = Proposal.objects.filter(pk=key).first()
    if found is None:
        raise Refused("state", _("there is no such proposal"))
    if found.state not in states:
        raise Refused("state", _("it is %(state)s already") % {"state": found.get_state_display()})
    if seen is not None and last_numbers("proposal", [key])[key] > seen:
        raise Conflict([key])
    return found


def _moved(work: Batch, verb: str, proposal: Proposal, reason: str, **change: Any) -> None:
    state = SUBJECTS["proposal"].states([proposal.pk])[proposal.pk] | {"reason": reason} | change
    work.record(verb, "proposal", proposal.pk, state)


def _reason(reason: str, *, required: bool) -> str:
    reason = reason.strip()
    if required and not shows_something(reason):
        raise Refused("reason", _("must be given"))
    if len(reason) > LONGEST:
        raise Refused("reason", _("is longer than %(n)s characters") % {"n": LONGEST})
    if found := unwanted(reason):
        raise Refused("reason", _("holds a character that is not allowed: %(what)s") % {"what": found})
    return reason


def send_back(*, key: str, reason: str, by: str, seen: int | None = None) -> None:
    """Return a proposal to its author, with what is missing. `seen` as in `accept_all`."""
    reason = _reason(reason, required=True)
    with batch(by=by, because="returned", alone=True) as work:
        proposal = _open(key, Proposal.State.SUBMITTED, seen=seen)
        may_review(proposal, by)
        _moved(work, "return", proposal, reason, state=Proposal.State.RETURNED.value, reviewer=by)


def withdraw(*, key: str, by: str, reason: str = "") -> None:
    """Take one's own proposal back before it is decided."""
    reason = _reason(reason, required=False)
    with batch(by=by, because="withdrawn", alone=True) as work:
        proposal = _open(key, Proposal.State.SUBMITTED, Proposal.State.RETURNED)
        if by not in proposal.authors:
            raise NotAllowed("state", _("only those who proposed it take it back"))
        _moved(work, "withdraw", proposal, reason, state=Proposal.State.WITHDRAWN.value)


def accept(
    *, key: str, by: str, agreed: bool = False, reason: str = "", seen: int | None = None
) -> list[list[str]]:
    """Accept a proposal: what it proposes and its new state are one transaction. Returns what was recorded."""
    return accept_all(keys=[key], by=by, agreed=agreed, reason=reason, seen=seen)[key]


def accept_all(
    *, keys: list[str], by: str, agreed: bool = False, reason: str = "", seen: int | None = None
) -> dict[str, list[list[str]]]:
    """Accept several at once, or none. Rules are checked again: the record may have moved since they were submitted.

    `seen` is the ledger number up to which the reviewer has read: what was submitted anew since is not accepted.
    """
    reason = _reason(reason, required=False)
    done = {}
    with batch(by=by, because="accepted", alone=True) as work:
        for key in keys:
            proposal = _open(key, Proposal.State.SUBMITTED, seen=seen)
            may_review(proposal, by)
            done[key] = _accept(work, proposal, by, agreed, reason)
    return done


def _still_speaks(proposal: Proposal, author: str) -> None:
    """What somebody proposed is accepted only while they may still propose it, and a report only while they may speak
    for the organization, or enter letters for it."""
    try:
        actor = may_propose(proposal.kind, author)
    except NotAllowed:
        raise Refused("state", _("who proposed it has no role any more that may propose this")) from None
    speaks = proposal.organization_id in actor.organizations if actor.bound else bool(actor.role)
    if proposal.organization_id and not speaks:
        raise Refused(
            "state", _("who proposed it no longer speaks for %(code)s") % {"code": proposal.organization_id}
        )


def _accept(work: Batch, proposal: Proposal, by: str, agreed: bool, reason: str) -> list[list[str]]:
    declaration = Declaration.objects.select_related("scale").get(pk=proposal.declaration_id)
    author = proposal.authors[-1]
    _still_speaks(proposal, author)
    rules = kinds.KINDS[proposal.kind]
    payload = rules.clean(proposal.payload, declaration, people.actor(author))
    if payload.get("organization") != proposal.organization_id:
        raise Refused("state", _("who proposed it speaks for somebody else now"))
    about = kinds.Acceptance(proposal.declaration_id, author, by, agreed)
    result = rules.apply(work, payload, about, proposal.seen)
    accepted = {"state": Proposal.State.ACCEPTED.value, "reviewer": by, "result": result}
    _moved(work, "accept", proposal, reason, **accepted)
    return result
