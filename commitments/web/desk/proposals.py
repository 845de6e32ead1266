"""The desk and its proposals: seen whole, returned with a reason, accepted by somebody else."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commitments.accounts import shelf
from commitments.archive import content, store
from commitments.ledger import proposals
from commitments.ledger.people import Actor
from commitments.ledger.record import Conflict
from commitments.ledger.wellformed import Faulty, Refused
from commitments.models.proposal import Draft, Kind, Proposal
from commitments.readings import changes, desk
from commitments.web.actors import actor_of, person_of
from commitments.web.attachments import as_attachment
from commitments.web.desk.drafts import preview
from commitments.web.desk.frame import go, now, posted, posted_list, shown, the_declaration, told


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the person who is here."""
    seen = changes.head()["number"]  # before what is shown is read
    actor, person, moment = actor_of(request), person_of(request), now()
    declaration = the_declaration()
    review = desk.to_review(actor)
    context = {
        "drafts": desk.drafts(person), "returned": desk.returned(actor, person), "seen": seen, "mine": desk.mine(actor),
        "review": [row for row in review if not row["unchanged"] and not row["sheet"]][:100],
        "together": _together(review), "unchanged": [row for row in review if row["unchanged"]],
        "silent": desk.silent(actor, declaration.pk, moment), "asks": desk.asks(actor), "views": shelf.kept(person),
        "copies": [] if actor.bound else desk.copies(declaration.pk, moment)[:8],
        "copies_total": 0 if actor.bound else len(desk.copies(declaration.pk, moment)),
        "disputes": desk.open_disputes() if actor.reviews else [],
    }  # fmt: skip
    return shown(request, "desk/home.html", context)


def _together(review: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Proposals that came in one table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in review:
        if row["sheet"] and not row["unchanged"]:
            found.setdefault(row["round"], []).append(row)
    return list(found.items())


def _visible(actor: Actor, key: str) -> Proposal:
    """A proposal, for its authors, those of its organization, analysts and reviewers."""
    found = Proposal.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    theirs = actor.code in found.authors or found.organization_id in actor.organizations
    if actor.bound and not theirs:
        raise PermissionDenied
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, key: str) -> HttpResponse:
    """One proposal: what it says, exactly what it would change, and what is decided on it."""
    actor = actor_of(request)
    found = _visible(actor, key)
    if request.method != "POST":
        return _page(request, found)
    seen = _seen(request)
    intent, reason = posted(request, "intent"), request.POST.get("reason", "").replace("\r\n", "\n")
    try:
        if intent == "accept":
            agreed = posted(request, "track") == "agreed"
            proposals.accept(key=key, by=actor.code, agreed=agreed, reason=reason, seen=seen)
            Draft.objects.filter(pk=key).delete()
            messages.success(request, _("Accepted and recorded."))
        elif intent == "return":
            proposals.send_back(key=key, reason=reason, by=actor.code, seen=seen)
            messages.success(request, _("Returned to its author."))
        elif intent == "withdraw":
            proposals.withdraw(key=key, by=actor.code, reason=reason)
            Draft.objects.filter(pk=key).delete()
            messages.success(request, _("Withdrawn."))
        else:
            raise Http404
    except proposals.NotAllowed as refused:
        return _page(request, found, 403, [("", refused.reason)], reason)
    except Faulty as faulty:
        return _page(request, found, 409, [(f.field, f.reason) for f in faulty.faults], reason)
    except Conflict as conflict:
        words = _("It was submitted anew since you opened it. Read it again, then decide.")
        if conflict.subjects != [key]:
            words = _(
                "What it changes was changed by somebody else since. Return it, so that its author sees both versions."
            )
        return _page(request, found, 409, [("", words)], reason)
    except Refused as refused:
        return _page(
            request,
            found,
            409 if refused.field == "state" else 400,
            [(refused.field, refused.reason)],
            reason,
        )
    return go(request, "/desk/" if intent != "withdraw" else f"/desk/proposals/{key}/")


def _seen(request: HttpRequest) -> int:
    """The ledger number up to which the person had read when the page was made; without one nothing was read."""
    number = posted(request, "seen")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0


def _page(
    request: HttpRequest, found: Proposal, status: int = 200, faults: list[tuple[str, str]] | None = None, reason: str = ""
) -> HttpResponse:  # fmt: skip
    actor, seen = actor_of(request), changes.head()["number"]  # before what is shown is read
    found.refresh_from_db()
    trail = changes.trail("proposal", found.pk)
    called = desk.names([*found.authors, found.reviewer, *(e["actor"] for e in trail)])
    submitted = found.state == Proposal.State.SUBMITTED
    own = actor.code in found.authors
    context: dict[str, Any] = {
        "proposal": found, "kind": Kind(found.kind), "about": desk.title_of(found.kind, found.target),
        "authors": [called.get(code, code) for code in found.authors],
        "trail": [e | {"name": called.get(e["actor"], e["actor"])} for e in trail],
        "effects": preview(found.kind, found.payload, found.authors[-1]) if submitted else [],
        "replaced": _takes_back(found), "facts": _facts(found), "own": own, "seen": seen,
        "may_decide": submitted and actor.reviews and (not own or settings.ACCEPT_OWN),
        "may_withdraw": own and found.state in (Proposal.State.SUBMITTED, Proposal.State.RETURNED),
        "may_edit": found.state == Proposal.State.RETURNED and (own or Draft.objects.filter(pk=found.pk, author__code=actor.code).exists()), "faults": faults or [], "reason": reason,
    }  # fmt: skip
    return shown(request, "desk/proposal.html", context, status)


def _takes_back(found: Proposal) -> str:
    """The assessment that it corrects or takes back."""
    return str(found.payload.get("replaces") or found.payload.get("assessment") or "")


def _facts(found: Proposal) -> list[dict[str, Any]]:
    """The facts and sources that a payload names, with their words."""
    keys = [*(found.payload.get("basis") or []), *(found.payload.get("sources") or [])]
    rows = desk.titles([("", key) for key in keys])
    return [rows["", key] for key in keys]


@require_POST
def accept_many(request: HttpRequest) -> HttpResponse:
    """Accept many unchanged reports, or the rows of one table, at once or none."""
    actor, table = actor_of(request), posted(request, "table")
    rows = Proposal.objects.filter(state=Proposal.State.SUBMITTED)
    if table.startswith("sheet-"):
        rows = rows.filter(round=table)
    else:
        rows = rows.filter(pk__in=posted_list(request, "key"))
    together = [
        r.pk
        for r in rows.order_by("recorded")
        if (r.payload.get("unchanged") is True or r.round.startswith("sheet-"))
        and (actor.code not in r.authors or settings.ACCEPT_OWN)
    ]
    if not together:
        messages.error(request, _("Nothing was ticked that you may accept."))
        return go(request, "/desk/")
    try:
        done = proposals.accept_all(keys=together, by=actor.code, seen=_seen(request))
    except (Faulty, Refused, Conflict) as fault:
        messages.error(request, _("None was accepted: %(why)s") % {"why": told(fault)})
        return go(request, "/desk/")
    Draft.objects.filter(pk__in=done).delete()
    messages.success(request, _("Accepted: %(n)s.") % {"n": len(done)})
    return go(request, "/desk/")


@require_safe
def proposal_file(request: HttpRequest, key: str) -> HttpResponse:
    """The file of a proposal, for those who may see it."""
    found = _visible(actor_of(request), key)
    digest, name = found.payload.get("file", ""), found.payload.get("file_name", "")
    kept = store.read(Path(settings.ARCHIVE_DIR), digest) if digest else None
    if kept is None:
        raise Http404
    return as_attachment(kept, name, content.media_type(name, kept))
