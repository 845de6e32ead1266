from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments.admin.base import HEADS, InWords, RecordAdmin, RecordForm, actor, in_words
from commitments.formfields import AliasesField, TextsField
from commitments.ledger import verbs
from commitments.ledger.subjects import State
from commitments.models.happening import Happening
from commitments.models.organization import Organization
from commitments.rules.dates import first_day


class OrganizationForm(RecordForm):
    subject_type = "organization"
    name = TextsField(label=_("name"))
    aliases = AliasesField(rows=3, label=_("aliases"), required=False, help_text=_("One name a line."))
    note = TextsField(rows=2, label=_("note"), required=False)
    kind = forms.ChoiceField(label=_("type"))

    class Meta:
        model = Organization
        fields = (
            "key",
            "kind",
            "name",
            "aliases",
            "parent",
            "valid_from",
            "valid_to",
            "successor",
            "validity_event",
            "note",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("key", "valid_from", "valid_to"):
            if name in self.fields:
                self.fields[name].label = HEADS[name]
        kinds = Organization.objects.order_by("kind").values_list("kind", flat=True).distinct()
        self.fields["kind"].choices = [(kind, in_words(kind, {})) for kind in kinds]  # type: ignore[attr-defined]

    def state(self, found: dict[str, Any]) -> State:
        def code(name: str) -> str | None:
            return found[name].pk if found.get(name) else None

        return {
            "kind": found["kind"], "name": found["name"], "aliases": found["aliases"] or {}, "parent": code("parent"),
            "valid_from": found["valid_from"], "valid_to": found["valid_to"], "successor": code("successor"),
            "validity_event": found["validity_event"], "note": found["note"] or {},
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.errors:
            return found
        start, end = found["valid_from"], found["valid_to"]
        if start and end and first_day(end) <= first_day(start):
            self.add_error("valid_to", _("It ends before it begins."))
        event = found["validity_event"]
        if event and not Happening.objects.filter(pk=event, category="event").exists():
            self.add_error("validity_event", _("No event on record has this code."))
        return found


@admin.register(Organization)
class OrganizationAdmin(RecordAdmin):
    form = OrganizationForm
    columns = ("key", "kind", "valid_from", "valid_to")
    list_filter = (("kind", InWords),)
    search_fields = ("key", "name")
    autocomplete_fields = ("parent", "successor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("key",) if obj else ()  # a code never changes once it is recorded

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        found = form.cleaned_data
        verbs.amend(
            subject_type="organization", subject=obj.key, state=form.state(found), by=actor(request),
            because=found["because"], expected=found["seen"],
        )  # fmt: skip
