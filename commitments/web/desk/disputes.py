"""Replies and disputes: entered by the organization or for its letter, decided by somebody who had no hand in it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from commitments import clock
from commitments.formfields import TextsField
from commitments.ledger import disputes
from commitments.ledger.roles import with_part
from commitments.ledger.wellformed import Faulty, Refused
from commitments.models.assessment import Assessment
from commitments.models.dispute import Dispute, Outcome
from commitments.templatetags.tracker import t
from commitments.web.actors import actor_of
from commitments.web.desk.forms import Day
from commitments.web.desk.frame import go, posted, shown
from commitments.web.errors import beside


class DisputeForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), required=False, choices=Dispute.Kind.choices)
    organization = forms.ChoiceField(label=gettext_lazy("Organization"), required=False)
    text = TextsField(rows=4, label=gettext_lazy("What it says"), required=False)
    received_on = forms.CharField(
        label=gettext_lazy("Received on"), required=False, max_length=10, widget=Day
    )
    due_on = forms.CharField(
        label=gettext_lazy("Answer due by"), required=False, max_length=10, widget=Day,
        help_text=gettext_lazy("Of a dispute; 30 days when left empty."),
    )  # fmt: skip

    def __init__(self, data: Any, assessment: Assessment, organizations: tuple[str, ...] | None) -> None:
        super().__init__(
            data, initial={"received_on": clock.today().isoformat(), "kind": Dispute.Kind.DISPUTE}
        )
        named = with_part(assessment.commitment.declaration_id, assessment.commitment_id)
        self.fields["organization"].choices = [  # type: ignore[attr-defined]
            (code, f"{code} · {t(name)}")
            for code, name in named.items()
            if organizations is None or code in organizations
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Answer an assessment, or dispute it."""
    actor = actor_of(request)
    key = posted(request, "assessment") or request.GET.get("assessment", "")
    assessment = Assessment.objects.select_related("commitment").filter(pk=key).first()
    if assessment is None:
        raise Http404
    form = DisputeForm(request.POST or None, assessment, actor.organizations if actor.bound else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                dispute = disputes.raise_one(payload=form.cleaned_data | {"assessment": key}, by=actor.code)
            except (Faulty, Refused) as error:
                beside(form, error)
            else:
                messages.success(request, _("Recorded. It stands beside the assessment."))
                return go(request, f"/disputes/{dispute}/")
    return shown(request, "desk/dispute_new.html", {"form": form, "assessment": assessment}, status)


class OutcomeForm(forms.Form):
    result = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False, choices=Outcome.Result.choices)
    because = TextsField(rows=4, label=gettext_lazy("Because"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """Maintain the assessment, or say that it was corrected."""
    dispute = (
        Dispute.objects.select_related("assessment", "assessment__commitment", "organization")
        .filter(pk=key)
        .first()
    )
    if dispute is None or dispute.kind != Dispute.Kind.DISPUTE:
        raise Http404
    form, status = OutcomeForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            clean = form.cleaned_data
            try:
                disputes.decide(
                    dispute=key, result=clean["result"], because=clean["because"], by=actor_of(request).code
                )
            except (Faulty, Refused) as error:
                beside(form, error)
            else:
                messages.success(request, _("Decided and recorded."))
                return go(request, f"/disputes/{key}/")
    return shown(request, "desk/dispute_decide.html", {"form": form, "dispute": dispute}, status)
