"""What record models may and may not do in the admin: no delete, no bulk actions, one ledger call a save."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments.models.person import Person

LONGEST_SEARCH = 200


def actor(request: HttpRequest) -> str:
    """The opaque code of the person who acts; made at the first act of a user who has none."""
    assert request.user.pk is not None  # the admin is for those who have signed in
    person, _made = Person.objects.get_or_create(user_id=request.user.pk)
    return person.code


class Because(forms.ModelForm):  # type: ignore[type-arg]
    """A change of the record says why."""

    because = forms.CharField(
        label=_("Because"), help_text=_("Why. It stands in the ledger for ever."), max_length=500, widget=forms.TextInput(attrs={"class": "vLargeTextField"})
    )  # fmt: skip


class RecordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A record model whose writes go through the ledger."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    # The ledger is the log of changes; Django's own would hold names and could be edited.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None


class ReadOnlyAdmin(RecordAdmin):
    """A model that is shown and never edited here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
