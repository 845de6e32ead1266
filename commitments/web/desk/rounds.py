"""Rounds and people: who is asked, who has answered, who is invited."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from commitments import clock
from commitments.accounts import invitations, tokens
from commitments.deliveries import rounds
from commitments.ledger.roles import with_part
from commitments.ledger.wellformed import Faulty, Refused
from commitments.models.person import Grant, Invitation, Person
from commitments.models.proposal import Draft, Proposal
from commitments.models.round import Ask, Round
from commitments.tasks import deliver, nudge
from commitments.templatetags.tracker import t
from commitments.web.actors import actor_of
from commitments.web.desk.drafts import start
from commitments.web.desk.forms import Checks, Day
from commitments.web.desk.frame import go, now, posted, posted_list, shown, site_of, the_declaration, told
from commitments.web.errors import beside


class _Chosen(forms.Form):
    """A form in which organizations with a part in a declaration are ticked."""

    organizations = forms.MultipleChoiceField(
        label=gettext_lazy("Organizations"), required=False, widget=Checks
    )

    def __init__(self, data: Any, declaration: str) -> None:
        super().__init__(data)
        named = with_part(declaration).items()
        self.fields["organizations"].choices = [(code, f"{code} · {t(name)}") for code, name in named]  # type: ignore[attr-defined]


class RoundForm(_Chosen):
    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=200)
    due_on = forms.CharField(label=gettext_lazy("Answer due by"), required=False, max_length=10, widget=Day)
    field_order = ("title", "due_on", "organizations")


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Rounds, and a new one."""
    declaration = the_declaration()
    form, status = RoundForm(request.POST or None, declaration.pk), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                found = rounds.begin(
                    declaration=declaration.pk,
                    payload=form.cleaned_data,
                    by=actor_of(request).code,
                    site=site_of(request),
                )
            except Faulty as error:
                beside(form, error)
            else:
                nudge(deliver)
                messages.success(request, _("The round is open; the letters are on their way."))
                return go(request, f"/desk/rounds/{found.pk}/")
    rows = [
        {"round": r, "asked": r.asks.count(), "answered": r.asks.exclude(answered_at=None).count()}
        for r in Round.objects.order_by("closed", "-due_on", "key")[:50]
    ]
    return shown(request, "desk/rounds.html", {"form": form, "rows": rows}, status)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: str) -> HttpResponse:
    """The chase table of a round."""
    found = Round.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        if posted(request, "intent") == "close":
            rounds.close(found)
            messages.success(request, _("The round is closed."))
        else:
            written = rounds.remind(found, clock.today())
            nudge(deliver)
            messages.success(request, _("Reminders on their way: %(n)s.") % {"n": written})
        return go(request, f"/desk/rounds/{key}/")
    return shown(request, "desk/round.html", {"round": found, "rows": rounds.chase(found, clock.today())})


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, key: str, organization: str) -> HttpResponse:
    """What an organization is asked, with one click for what did not change."""
    actor = actor_of(request)
    ask = (
        Ask.objects.select_related("round", "organization")
        .filter(round=key, organization=organization)
        .first()
    )
    if ask is None:
        raise Http404
    if not actor.reviews and organization not in actor.organizations:
        raise PermissionDenied
    speaks = organization in actor.organizations
    if request.method != "POST":
        if speaks:
            rounds.opened(ask)
        rows = rounds.to_answer(ask.round, organization, now())
        return shown(request, "desk/answer.html", {"ask": ask, "rows": rows, "speaks": speaks})
    if not speaks or ask.round.closed:
        raise PermissionDenied
    commitment = posted(request, "commitment")
    if posted(request, "intent") == "nothing":
        rounds.answered(key, organization, actor.code, Ask.Answer.NOTHING)
        messages.success(request, _("Noted: nothing to report."))
    elif report := posted(request, "report"):
        draft = start(request, "assessment", report, organization=organization, round_=key)
        return go(request, f"/desk/drafts/{draft.key}/")
    else:
        chosen = [commitment] if commitment else posted_list(request, "all")[:200]
        done = 0
        for code in chosen:
            try:
                rounds.unchanged(commitment=code, organization=organization, by=actor.code, round_=key)
                done += 1
            except (Refused, Faulty) as fault:
                messages.error(request, f"{code.split(':')[-1]}: {told(fault)}")
        if done:
            messages.success(request, _("Reported as unchanged: %(n)s.") % {"n": done})
    return go(request, f"/desk/rounds/{key}/{organization}/")


class InviteForm(_Chosen):
    address = forms.CharField(label=gettext_lazy("E-mail"), required=False, max_length=254)
    field_order = ("address", "organizations")


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Who works on the record, who is invited, and whose drafts go to whom."""
    declaration = the_declaration()
    form, status = InviteForm(None, declaration.pk), 200
    if request.method == "POST" and posted(request, "intent") in ("token", "end_tokens"):
        return _tokens(request, form)
    if request.method == "POST" and posted(request, "intent") == "take_back":
        invitations.take_back(posted(request, "invitation"))
        messages.success(request, _("The invitation opens nothing any more."))
        return go(request, "/desk/people/")
    if request.method == "POST" and posted(request, "intent") == "hand_over":
        _hand_over_all(request)
        return go(request, "/desk/people/")
    if request.method == "POST":
        form, status = InviteForm(request.POST, declaration.pk), 400
        if form.is_valid():
            clean = form.cleaned_data
            try:
                invitations.invite(
                    address=clean["address"], organizations=clean["organizations"], by=actor_of(request).code, site=site_of(request)
                )  # fmt: skip
            except Refused as refused:
                beside(form, refused)
            else:
                nudge(deliver)
                messages.success(request, _("The invitation is on its way."))
                return go(request, "/desk/people/")
    return _people(request, form, status)


def _tokens(request: HttpRequest, form: InviteForm) -> HttpResponse:
    """A new token of a service account, shown once; or the end of all that it has. For administrators."""
    if actor_of(request).role != Grant.Role.ADMINISTRATOR:
        raise PermissionDenied
    person = Person.objects.filter(code=posted(request, "person")).first()
    if person is None:
        raise Http404
    if posted(request, "intent") == "end_tokens":
        messages.success(request, _("Tokens ended: %(n)s.") % {"n": tokens.end(person)})
        return go(request, "/desk/people/")
    try:
        return _people(request, form, 200, token=tokens.issue(person))
    except Refused as refused:
        messages.error(request, refused.reason)
        return go(request, "/desk/people/")


def _people(request: HttpRequest, form: InviteForm, status: int, token: str = "") -> HttpResponse:
    grants = {g.pk: g for g in Grant.objects.all()}
    rows = [
        {"code": p.code, "name": p.user.get_full_name() or p.user.username, "address": p.user.email, "grant": grants.get(p.code),
         "active": p.user.is_active, "drafts": p.drafts.exclude(pk__in=Proposal.objects.values("pk")).count(), "tokens": p.tokens.filter(expires_at__gt=clock.now()).count()}
        for p in Person.objects.select_related("user").order_by("user__username")
    ]  # fmt: skip
    context = {
        "form": form, "token": token, "rows": rows, "mail_folder": getattr(settings, "EMAIL_FILE_PATH", "") or "",
        "open": Invitation.objects.filter(accepted_by=None, expires_at__gt=clock.now()).order_by("-expires_at"),
    }  # fmt: skip
    return shown(request, "desk/people.html", context, status)


def _hand_over_all(request: HttpRequest) -> None:
    """All drafts of one person to another who may write them."""
    giver = Person.objects.filter(code=posted(request, "from")).first()
    taker = Person.objects.filter(code=posted(request, "to"), user__is_active=True).first()
    if giver is None or taker is None or giver == taker:
        messages.error(request, _("Say from whom and to whom."))
        return
    granted = Grant.objects.filter(pk=taker.code, active=True).exclude(role=Grant.Role.SERVICE).first()
    own = Draft.objects.filter(author=giver)
    if granted is None:
        own = own.none()
    elif granted.role == Grant.Role.FOCAL_POINT:
        own = own.filter(organization__in=granted.organizations)
    else:
        own = own.filter(organization=None)
    moved = own.update(author=taker, version=F("version") + 1)
    messages.success(request, _("Drafts handed over: %(n)s.") % {"n": moved})
