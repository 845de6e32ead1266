"""What record models may and may not do in the admin: no delete, no bulk actions, one ledger call a save."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.ledger.record import last_numbers
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.wellformed import Faulty, Refused, faults_of
from commitments.models.assessment import ScaleValue
from commitments.models.person import Person
from commitments.templatetags.tracker import WORDS, d, t

LONGEST_SEARCH = 200
# How the fields of lists are headed; what they hold is told in words where there are some.
HEADS: dict[str, Any] = {
    "key": _("Code"), "kind": _("Kind"), "valid_from": _("Valid from"), "valid_to": _("Valid to"), "value": _("Status"),
    "effective_on": _("True as of"), "track": _("Whose judgement"), "by": _("By"), "cadence": _("cadence"), "start": _("Start"),
    "end": _("End"), "state": _("State"), "attempt": _("Attempt"), "ledger_number": _("Ledger entry"), "language": _("Language"),
    "commitment": _("Commitment"), "because": _("Because"), "confidence": _("Confidence"), "recorded": _("Ledger entry"),
    "schedule": _("Report"), "period_start": pgettext_lazy("period", "From"), "period_end": pgettext_lazy("period", "To"),
    "edition": _("Edition"), "step": _("Step"), "percent": _("Done, %"), "failure": _("Why it failed"), "asked_by": _("Asked by"),
    "attempts_allowed": _("Attempts allowed"), "summary": _("Summary"),
}  # fmt: skip


def states() -> dict[str, str]:
    """The words of the values of the scales, in the language of the page."""
    rows = ScaleValue.objects.order_by("scale", "pk").values_list("value", "label")
    return {value: t(label) for value, label in rows}


def in_words(value: Any, labels: Mapping[str, str]) -> str:
    """A value of a list: a day as people write it, a status by its scale, a word of the product."""
    if value in (None, ""):
        return "–"
    if isinstance(value, date):
        return d(value.isoformat()[:10])
    if isinstance(value, dict):
        return t(value)
    if isinstance(value, models.Model):
        return str(value.pk)
    return labels.get(value) or str(WORDS.get(str(value), value))


def column(name: str, labels: Mapping[str, str]) -> Any:
    """A column of a list with its head and its values in words."""

    def shown(row: Any) -> str:
        return in_words(getattr(row, name), labels)

    shown.__name__ = name
    return admin.display(shown, description=HEADS[name], ordering=name)


class InWords(admin.AllValuesFieldListFilter):
    """A filter by the values that there are, in words."""

    def __init__(self, field: Any, *rest: Any, **named: Any) -> None:
        super().__init__(field, *rest, **named)
        self.title = HEADS[field.name]

    def choices(self, changelist: Any) -> Any:
        labels = states() if self.field.name == "value" else {}
        known = {str(value): in_words(value, labels) for value in self.lookup_choices}
        for choice in super().choices(changelist):
            yield choice | {"display": known.get(str(choice["display"]), choice["display"])}


def actor(request: HttpRequest) -> str:
    """The opaque code of the person who acts; made at the first act of a user who has none."""
    assert request.user.pk is not None  # the admin is for those who have signed in
    person, _made = Person.objects.get_or_create(user_id=request.user.pk)
    return person.code


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """A change of the record: it says why, knows what its writer has seen, and is checked as every state is."""

    subject_type = ""
    because = forms.CharField(
        label=_("Because"),
        help_text=_("Why. It stands in the ledger for ever."),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
    )
    seen = forms.IntegerField(
        widget=forms.HiddenInput
    )  # the last entry about the subject when the form was opened

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.instance.pk
        self.fields["seen"].initial = last_numbers(self.subject_type, [key]).get(key, 0) if key else 0

    def state(self, found: dict[str, Any]) -> State:
        """The whole new state, from cleaned fields."""
        raise NotImplementedError

    def changed_beside(self, found: dict[str, Any]) -> bool:
        """Whether something changed that is no part of the state."""
        return False

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if self.errors:
            return found
        key = self.instance.pk or found.get("key", "")
        last = last_numbers(self.subject_type, [key]).get(key, 0)
        if last and not self.instance.recorded:
            self.add_error("key", _("This code is on record already."))
        elif last != found["seen"]:
            self.add_error(
                None,
                _(
                    "Somebody else has changed it in the meantime (entry %(number)s). Open it anew and compare."
                )
                % {"number": last},
            )
        subject = SUBJECTS[self.subject_type]
        try:
            state = subject.checked(key, self.state(found))
        except (Faulty, Refused) as error:
            for fault in faults_of(error):
                self.add_error(fault.field if fault.field in self.fields else None, fault.reason)
            return found
        if last and subject.states([key]).get(key) == state and not self.changed_beside(found):
            self.add_error(None, _("Nothing has changed."))
        return found


class RecordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A record model whose writes go through the ledger."""

    actions: Any = None
    columns: Sequence[str] = ()  # fields of the list, shown in words
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_list_display(self, request: HttpRequest) -> Any:
        labels = states() if "value" in self.columns else {}
        mine = [column(name, labels) if name in HEADS else name for name in self.columns]
        return mine or super().get_list_display(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        filters = [one[0] if isinstance(one, tuple) else one for one in self.list_filter]
        return lookup.split("__")[0] in filters and lookup.count("__") <= 1

    # Heads without a verb: "add organization" has no case that is right in every language.
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = {"title": capfirst(str(self.opts.verbose_name_plural))}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        title = {"title": capfirst(str(self.opts.verbose_name))}
        return super().changeform_view(request, object_id, form_url, {**title, **(extra_context or {})})

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    # The ledger is the log of changes; Django's own would hold names and could be edited.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None


class ReadOnlyAdmin(RecordAdmin):
    """A model that is shown and never edited here."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        labels = states() if "value" in self.columns else {}
        names = [field.name for field in self.model._meta.fields if field.name in HEADS]
        return [column(name, labels) for name in names]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_readonly_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
