from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from commitments.admin.base import Because, RecordAdmin, actor
from commitments.ledger import verbs
from commitments.models.organization import Organization


class OrganizationForm(Because):
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


@admin.register(Organization)
class OrganizationAdmin(RecordAdmin):
    form = OrganizationForm
    list_display = ("key", "kind", "valid_from", "valid_to")
    search_fields = ("key", "name")
    autocomplete_fields = ("parent", "successor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("key",) if obj else ()  # a code never changes once it is recorded

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        state = {
            "kind": obj.kind, "name": obj.name, "aliases": obj.aliases, "parent": obj.parent_id, "valid_from": obj.valid_from,
            "valid_to": obj.valid_to, "successor": obj.successor_id, "validity_event": obj.validity_event, "note": obj.note,
        }  # fmt: skip
        verbs.save_organization(
            organization=obj.key, state=state, by=actor(request), because=form.cleaned_data["because"]
        )
