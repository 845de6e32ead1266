"""Drafts: begun, saved by themselves, compared when two people write, submitted, handed over."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commitments import clock
from commitments.archive import content, store
from commitments.deliveries import rounds
from commitments.ledger import kinds, proposals
from commitments.ledger.kinds import file_reason
from commitments.ledger.people import BOUND, Actor
from commitments.ledger.record import Conflict
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Faulty, Refused, faults_of
from commitments.models.assessment import Assessment
from commitments.models.declaration import Commitment
from commitments.models.happening import Happening, Indicator, Measurement
from commitments.models.person import Grant, Person
from commitments.models.proposal import Draft, Kind, Proposal
from commitments.models.source import Source
from commitments.readings import desk, effects
from commitments.source.characters import unwanted
from commitments.web.actors import actor_of, person_of
from commitments.web.desk.forms import FORMS, About, ProposalForm
from commitments.web.desk.frame import go, now, posted, shown, the_declaration

_MODELS: dict[str, tuple[Any, str]] = {
    Kind.ASSESSMENT: (Commitment, "declaration_id"), Kind.RETRACTION: (Assessment, "commitment__declaration_id"),
    Kind.ACTION: (Commitment, "declaration_id"), Kind.ACTION_CHANGE: (Happening, "declaration_id"),
    Kind.MEASUREMENT: (Indicator, "declaration_id"), Kind.SOURCE_CHANGE: (Source, "declaration_id"),
    Kind.WITHDRAWAL: (Source, "declaration_id"), Kind.COMMENT: (Commitment, "declaration_id"),
}  # fmt: skip


def _declaration_of(kind: str, target: str, supports: str) -> str:
    """The declaration of what a draft is to be about; 404 when it is not on record."""
    model, path = _MODELS.get(kind, (None, ""))
    if kind == Kind.EVIDENCE:
        model, path = {
            "commitment": (Commitment, "declaration_id"), "assessment": (Assessment, "commitment__declaration_id"),
            "action": (Happening, "declaration_id"), "event": (Happening, "declaration_id"),
            "measurement": (Measurement, "indicator__declaration_id"),
        }.get(supports, (None, ""))  # fmt: skip
    found = model.objects.filter(pk=target).values_list(path, flat=True).first() if model else None
    if found is None or (
        kind == Kind.ACTION_CHANGE and not Happening.objects.filter(pk=target, category="action")
    ):
        raise Http404
    return str(found)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """What may be begun, and on POST a draft of it."""
    actor = actor_of(request)
    if request.method != "POST":
        declaration = the_declaration()
        rows = desk.may_be_judged(actor, declaration.pk)
        return shown(request, "desk/new.html", {"rows": rows, "chosen": request.GET.get("target", "")})
    names = ("kind", "target", "supports", "replaces")
    draft = start(request, *(posted(request, name) for name in names))
    return go(request, f"/desk/drafts/{draft.key}/")


def start(
    request: HttpRequest, kind: str, target: str, supports: str = "", replaces: str = "", *, organization: str = "",
    round_: str = "",
) -> Draft:  # fmt: skip
    """A new draft of the person who is here. 404 for what is not on record, 403 for what the role does not propose."""
    actor = actor_of(request)
    if kind not in Kind.values:
        raise Http404
    try:
        proposals.may_propose(kind, actor.code)
    except proposals.NotAllowed as refused:
        raise PermissionDenied(refused.reason) from None
    declaration = _declaration_of(kind, target, supports)
    speaks_for = organization or (actor.organizations[0] if actor.bound and actor.organizations else None)
    seen = kinds.last_seen(kind, target)  # before what is there is read: a change in between is told
    payload = _first(kind, target, supports, replaces, actor)
    if organization and "organization" in payload:
        payload["organization"] = organization
    return Draft.objects.create(
        key=proposals.new_key(declaration), kind=kind, declaration_id=declaration, target=target, author=person_of(request),
        payload=payload, saved_by=actor.code, writers=[actor.code], saved_at=clock.now(), seen=seen,
        organization_id=speaks_for, round=round_,
    )  # fmt: skip


def _first(kind: str, target: str, supports: str, replaces: str, actor: Actor) -> dict[str, Any]:
    """What a new draft says already: what it is about, and what is there when it changes something."""
    if kind == Kind.ASSESSMENT:
        found: dict[str, Any] = {
            "commitment": target,
            "organization": actor.organizations[0] if actor.bound else None,
        }
        earlier = SUBJECTS["assessment"].states([replaces]).get(replaces) if replaces else None
        if earlier and earlier["commitment"] == target:
            basis = [b["happening"] or b["indicator"] for b in earlier["basis"]]
            same = (
                "value",
                "effective_on",
                "because",
                "confidence",
                "organization",
                "sources",
                "searched",
                "searched_on",
            )
            found |= {"replaces": replaces, "basis": basis, **{name: earlier[name] for name in same}}
        return found
    if kind == Kind.ACTION_CHANGE:
        state = SUBJECTS["action"].states([target])[target]
        same = ("kind", "date", "end_date", "title", "description", "organizations", "commitments", "sources")
        return {"action": target, **{name: state[name] for name in same}}
    if kind == Kind.SOURCE_CHANGE:
        state = SUBJECTS["source"].states([target])[target]
        return {"source": target, **{f"source_{n.removeprefix('source_')}": state[n] for n in ("url", "title", "publisher", "date", "source_class", "language")}}  # fmt: skip
    blank: dict[str, dict[str, Any]] = {
        Kind.ACTION: {"commitments": [target], "organizations": list(actor.organizations)},
        Kind.EVIDENCE: {"supports": supports, "target": target}, Kind.MEASUREMENT: {"indicator": target},
        Kind.RETRACTION: {"assessment": target}, Kind.WITHDRAWAL: {"source": target}, Kind.COMMENT: {"commitment": target},
    }  # fmt: skip
    return blank[kind]


def _draft(request: HttpRequest, key: str) -> Draft:
    """The draft, for its author and for those who speak for the same organization; a returned proposal becomes one."""
    actor = actor_of(request)
    draft = Draft.objects.select_related("author").filter(pk=key).first()
    proposal = Proposal.objects.filter(pk=key).first()
    if (
        draft is None
        and proposal is not None
        and proposal.state == Proposal.State.RETURNED
        and actor.code in proposal.authors
    ):
        draft, _made = Draft.objects.get_or_create(
            key=key,
            defaults={
                "kind": proposal.kind, "declaration_id": proposal.declaration_id, "target": proposal.target,
                "author": person_of(request), "organization_id": proposal.organization_id, "payload": proposal.payload,
                "saved_by": actor.code, "saved_at": clock.now(), "seen": proposal.seen, "round": proposal.round,
                "writers": proposal.authors,
            },
        )  # fmt: skip
    if draft is None:
        raise Http404
    together = actor.bound and draft.organization_id in actor.organizations
    if draft.author.code != actor.code and not together:
        raise PermissionDenied
    return draft


def _about(draft: Draft, actor: Actor) -> About:
    commitment = draft.payload.get("commitment")
    if draft.kind in (Kind.ACTION, Kind.EVIDENCE) and "@" not in draft.target:
        commitment = draft.target
    return About(the_declaration(draft.declaration_id), commitment, actor, now())


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """One draft: its form, what it would change, and what its reviewer said."""
    proposal, actor = Proposal.objects.filter(pk=key).first(), actor_of(request)
    returned = proposal is not None and proposal.state == Proposal.State.RETURNED
    written = Draft.objects.filter(pk=key, author__code=actor.code).exists()
    if proposal is not None and not (returned and (written or actor.code in proposal.authors or actor.bound)):
        return go(request, f"/desk/proposals/{key}/")
    found = _draft(request, key)
    about = _about(found, actor)
    if request.method != "POST":
        return _page(request, found, FORMS[found.kind](None, found.payload, about), proposal)
    intent = posted(request, "intent") or "save"
    if intent == "discard":
        _discard(request, found, proposal)
        return go(request, "/desk/")
    form = FORMS[found.kind](request.POST, found.payload, about)
    payload = _typed(request, form)
    if payload is None:
        return _page(request, found, form, proposal, status=400)
    if not _save(found, payload, posted(request, "version"), actor.code):
        return _conflict(request, found.pk, form, payload, proposal)
    if intent != "submit":
        messages.success(request, _("Saved."))
        return go(request, f"/desk/drafts/{key}/")
    try:
        proposals.submit(
            kind=found.kind, declaration=found.declaration_id, payload=payload, by=actor.code, key=key, seen=found.seen,
            round=found.round, writers=found.writers,
        )  # fmt: skip
    except Conflict:
        return _overtaken(request, found, form, proposal)
    except (Faulty, Refused) as error:
        for fault in faults_of(error):
            form.show(fault.field, fault.reason)
    else:
        if found.round:
            rounds.answered(found.round, payload.get("organization") or found.organization_id, actor.code)
        messages.success(request, _("Submitted. A reviewer decides."))
        return go(request, f"/desk/proposals/{key}/")
    return _page(request, found, form, proposal, status=400)


def _discard(request: HttpRequest, draft: Draft, proposal: Proposal | None) -> None:
    """Throw a draft away: its author may, while it is as they saw it and was never submitted."""
    # By columns of its own: with a join, what was saved meanwhile would be deleted with it (decision 6).
    own = Draft.objects.filter(pk=draft.pk, author=Person.objects.get(code=actor_of(request).code))
    if proposal is not None:
        messages.error(request, _("It was submitted before: withdraw it on its page."))
    elif not own.exists():
        messages.error(request, _("Only its author discards it."))
    elif not own.filter(
        version=draft.version if posted(request, "version") == str(draft.version) else 0
    ).delete()[0]:
        messages.error(request, _("It was saved again since you opened it; nothing is discarded."))
    else:
        messages.success(request, _("The draft is discarded."))


def _typed(request: HttpRequest, form: ProposalForm) -> dict[str, Any] | None:
    """The payload that was typed, its file kept; None when something in it cannot be kept, which the form then says."""
    sent = request.FILES.get("upload")
    fine = form.is_valid()
    digest = name = ""
    if sent is not None:
        try:
            if sent.size and sent.size > content.LARGEST:
                raise content.NotAccepted("too-large")
            read = sent.read()
            name = content.clean_name(sent.name or "")
            content.media_type(name, read)
            digest = store.keep(Path(settings.ARCHIVE_DIR), read)
        except content.NotAccepted as refused:
            form.add_error("upload", file_reason(refused.code))
            fine = False
    if not fine:
        return None
    payload = form.payload()
    for field, value in payload.items():
        if found := next((f for text in _words(value) if (f := unwanted(text))), ""):
            form.show(field, _("holds a character that is not allowed: %(what)s") % {"what": found})
            return None
    if digest:
        payload |= {"file": digest, "file_name": name}
    elif posted(request, "remove_file"):
        payload |= {"file": "", "file_name": ""}
    return payload


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _words(item)]
    if isinstance(value, list):
        return [text for item in value for text in _words(item)]
    return [value] if isinstance(value, str) else []


def _save(draft: Draft, payload: dict[str, Any], version: str, by: str) -> bool:
    """Keep what was typed when nobody else saved in between: a compare-and-swap of the version."""
    if not (version.isascii() and version.isdigit() and len(version) < 9):
        return False
    organization = payload.get("organization") if draft.organization_id else None  # whose report it is now
    with transaction.atomic():
        done = Draft.objects.filter(pk=draft.pk, version=int(version)).update(
            payload=payload,
            organization=organization or draft.organization_id,
            version=F("version") + 1,
            saved_by=by,
            writers=list(dict.fromkeys([*draft.writers, by])),
            saved_at=clock.now(),
        )
    draft.refresh_from_db()
    return bool(done) or (
        draft.saved_by == by and draft.payload == payload
    )  # sent twice: it is saved already


def _page(
    request: HttpRequest, draft: Draft, form: ProposalForm, proposal: Proposal | None, status: int = 200, **more: Any
) -> HttpResponse:  # fmt: skip
    actor = actor_of(request)
    context = {
        "draft": draft, "form": form, "groups": form.grouped(), "kind": Kind(draft.kind), "proposal": proposal,
        "about": desk.title_of(draft.kind, draft.target), "effects": preview(draft.kind, draft.payload, actor.code),
        "reviewer": desk.names([proposal.reviewer]).get(proposal.reviewer, "") if proposal else "",
        "others": _others(draft, actor), "saved_by": desk.names([draft.saved_by]).get(draft.saved_by, draft.saved_by),
        "file_name": draft.payload.get("file_name", ""), "file": draft.payload.get("file", ""), **more,
    }  # fmt: skip
    return shown(request, "desk/draft.html", context, status)


def preview(kind: str, payload: dict[str, Any], by: str) -> list[dict[str, Any]]:
    """What a payload would change: effects on the status, what it adds field by field, what it marks."""
    moment = now()
    if kind == Kind.ASSESSMENT:
        tracks = ("reported", "agreed") if payload.get("organization") else ("analyst",)
        found = [(track, effects.of_judgement(payload, moment, track=track, by=by)) for track in tracks]
        return [{"track": track, "effect": effect} for track, effect in found if effect]
    if kind == Kind.RETRACTION:
        effect = effects.of_retraction(str(payload.get("assessment")), moment)
        return [{"track": "", "effect": effect}] if effect else []
    if kind in kinds.CHANGING:
        return [{"changes": effects.of_change(kind, payload)}]
    if kind == Kind.WITHDRAWAL:
        return [{"marks": effects.of_withdrawal(str(payload.get("source")), moment)}]
    if kind == Kind.COMMENT:
        return []
    added: dict[str, Any] = {"changes": effects.of_addition(kind, payload), "added": True}
    if kind == Kind.ACTION:
        added["silence"] = effects.of_silence(payload, moment)
    elif kind == Kind.MEASUREMENT:
        added["newest"] = effects.of_measurement(payload, moment)
    return [added]


def _others(draft: Draft, actor: Actor) -> list[tuple[str, str]]:
    """To whom a draft may be handed: those who may write the same."""
    grants = Grant.objects.filter(active=True).exclude(pk=actor.code).exclude(role=Grant.Role.SERVICE)
    fit = [
        g.pk
        for g in grants
        if (draft.organization_id in g.organizations if g.role in BOUND else draft.organization_id is None)
    ]
    people = Person.objects.filter(code__in=fit, user__is_active=True).select_related("user")
    return [(p.code, p.user.get_full_name() or p.user.username) for p in people]


def _conflict(
    request: HttpRequest, key: str, form: ProposalForm, payload: dict[str, Any], proposal: Proposal | None
) -> HttpResponse:  # fmt: skip
    """Somebody else saved in between: both versions side by side, and everything typed stays in the form."""
    draft = Draft.objects.select_related("author").get(pk=key)
    names = dict.fromkeys([*draft.payload, *payload])
    differ = [
        {"field": name, "theirs": draft.payload.get(name), "mine": payload.get(name)}
        for name in names
        if (draft.payload.get(name) or None) != (payload.get(name) or None)
    ]
    return _page(request, draft, form, proposal, status=409, conflict=differ)


def _overtaken(
    request: HttpRequest, draft: Draft, form: ProposalForm, proposal: Proposal | None
) -> HttpResponse:
    """What the draft changes was changed by somebody else: the record now beside what was typed."""
    Draft.objects.filter(pk=draft.pk).update(seen=kinds.last_seen(draft.kind, draft.target))
    changes = effects.of_change(draft.kind, draft.payload)
    differ = [{"field": c["field"], "theirs": c["before"], "mine": c["after"]} for c in changes]
    return _page(request, draft, form, proposal, status=409, conflict=differ, overtaken=True)


@require_POST
def autosave(request: HttpRequest, key: str) -> JsonResponse:
    """Save what is typed so far; the page goes on with the version in the reply."""
    found = _draft(request, key)
    proposal = Proposal.objects.filter(pk=key).first()
    if proposal is not None and proposal.state != Proposal.State.RETURNED:
        return JsonResponse({"saved": False, "reason": _("It was submitted already.")}, status=409)
    form = FORMS[found.kind](request.POST, found.payload, _about(found, actor_of(request)))
    payload = _typed(request, form)
    if payload is None:
        return JsonResponse(
            {"saved": False, "reason": _("Not saved: something in it cannot be kept.")}, status=400
        )
    if not _save(found, payload, posted(request, "version"), actor_of(request).code):
        return JsonResponse({"saved": False, "reason": _("Somebody else has saved it. Save to see both versions.")}, status=409)  # fmt: skip
    return JsonResponse({"saved": True, "version": found.version, "words": _("Saved.")})


@require_POST
def hand_over(request: HttpRequest, key: str) -> HttpResponse:
    """Give a draft to somebody else who may write it."""
    found = Draft.objects.select_related("author").filter(pk=key).first()
    actor = actor_of(request)
    if found is None:
        raise Http404
    if found.author.code != actor.code and not actor.reviews:
        raise PermissionDenied
    to = posted(request, "to")
    if to not in {code for code, _name in _others(found, Actor(found.author.code))}:
        messages.error(request, _("This person cannot take it over."))
        return go(request, f"/desk/drafts/{key}/" if found.author.code == actor.code else "/desk/people/")
    Draft.objects.filter(pk=key).update(author=Person.objects.get(code=to), version=F("version") + 1)
    messages.success(request, _("Handed over."))
    return go(request, "/desk/")
