from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments import clock
from commitments.admin.base import InWords, ReadOnlyAdmin, RecordAdmin, RecordForm, actor
from commitments.deliveries import subscriptions
from commitments.formfields import TextsField
from commitments.ledger.subjects import State
from commitments.ledger.wellformed import Refused
from commitments.models.fields import LANGUAGES
from commitments.models.report import FORMATS, Report, Schedule
from commitments.reports import due, schedules
from commitments.rules.periods import ONCE
from commitments.templatetags.tracker import word


class ScheduleForm(RecordForm):
    subject_type = "schedule"
    title = TextsField(label=_("title"))
    scope = forms.CharField(
        label=_("scope"), required=False, max_length=500, help_text=_("As in the address of a list: section=narcotics, organization=CSTO, codes=N6.c,N2.d. Empty: the whole declaration."),
    )  # fmt: skip
    formats = forms.MultipleChoiceField(label=_("formats"), choices=[(f, f.upper()) for f in FORMATS])
    entered = forms.CharField(
        widget=forms.HiddenInput, required=False
    )  # a mark of the recipients that the writer has seen
    confirmed = forms.CharField(
        widget=forms.HiddenInput, required=False
    )  # the periods that the writer has seen
    languages = forms.MultipleChoiceField(
        label=_("languages"), choices=[(lang, word(lang)) for lang in LANGUAGES]
    )
    recipients = forms.CharField(
        label=_("Recipients"), required=False, max_length=subscriptions.MOST * (subscriptions.LONGEST + 8), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Addresses, one on a line; a language may stand behind one: anna@example.org ru. Each gets a letter with a link to end it. People may also subscribe themselves."),
    )  # fmt: skip

    class Meta:
        model = Schedule
        fields = (
            "key",
            "declaration",
            "title",
            "form",
            "scope",
            "formats",
            "cadence",
            "languages",
            "time_zone",
            "start",
            "end",
            "paused",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["scope"] = schedules.scope_text(self.instance.scope)
            self.initial["entered"] = subscriptions.seen(self.instance.pk)
            self.initial["recipients"] = "\n".join(subscriptions.entered(self.instance.pk))
        if "cadence" in self.fields:  # what somebody asks for once is no schedule to be kept
            offered: Any = self.fields["cadence"]
            offered.choices = [choice for choice in offered.choices if choice[0] != ONCE]

    def state(self, found: dict[str, Any]) -> State:
        declaration = found.get("declaration") or self.instance.declaration
        payload = {name: found[name] for name in schedules.FIELDS}
        payload |= {
            "scope": schedules.scope_from(found["scope"]), "start": found["start"].isoformat(),
            "end": found["end"].isoformat() if found["end"] else "",
        }  # fmt: skip
        return schedules.check(payload, declaration)

    def changed_beside(self, found: dict[str, Any]) -> bool:
        try:
            wanted = subscriptions.addresses_in(found["recipients"], found["languages"])
        except Refused:  # which is told in its place
            return True
        return sorted(map(" ".join, wanted)) != subscriptions.entered(self.instance.pk)

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.errors:
            return found
        declaration = found.get("declaration") or self.instance.declaration
        key = self.instance.pk or found.get("key", "")
        if not key.startswith(f"{declaration.pk}:"):
            self.add_error(
                "key" if "key" in self.fields else None,
                _("The code begins with that of the declaration and a colon."),
            )
        elif not self.instance.pk:
            try:
                schedules.check_code(key.removeprefix(f"{declaration.pk}:"), declaration)
            except Refused as refused:
                self.add_error("key", refused.reason)
        if not self.errors:
            try:
                if self.instance.pk:
                    subscriptions.since_seen(self.instance.pk, found["entered"])
                found["addresses"] = subscriptions.addresses_in(found["recipients"], found["languages"])
            except Refused as refused:
                self.add_error("recipients", refused.reason)
                return found
            self._show_periods(found)
        return found

    def _show_periods(self, found: dict[str, Any]) -> None:
        """The next five periods are shown before anything is saved: it is saved when they were seen."""
        periods = schedules.upcoming(self.state(found), clock.now())
        words = "; ".join(f"{period.start} – {period.end}" for period in periods) or "–"
        if found["confirmed"] != words:
            typed: Any = self.data
            again = typed.copy()
            again["confirmed"] = words
            self.data = again
            self.add_error(
                None,
                _("The next periods would be: %(periods)s. Save again if that is right.")
                % {"periods": words},
            )


@admin.register(Schedule)
class ScheduleAdmin(RecordAdmin):
    form = ScheduleForm

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Schedule]":
        found: QuerySet[Schedule] = super().get_queryset(request)
        return found.exclude(cadence=ONCE)  # of what somebody asked for once nothing can be changed

    columns = ("key", "cadence", "start", "end", "paused")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("key", "declaration") if obj else ()

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: bool) -> None:
        found = form.cleaned_data
        schedules.save(
            key=obj.key, state=form.state(found), by=actor(request), because=found["because"], expected=found["seen"],
        )  # fmt: skip
        subscriptions.enter(
            obj.key, found["addresses"], by=actor(request), site=request.build_absolute_uri("/").rstrip("/")
        )


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    columns = ("key", "state", "attempt", "ledger_number")
    list_filter = (("state", InWords), ("language", InWords))
    actions = ("make_due_again",)

    @admin.action(description=_("Make failed reports due again"))
    def make_due_again(self, request: HttpRequest, chosen: "QuerySet[Report]") -> None:
        for report in chosen.filter(state=Report.State.FAILED):
            due.retry(report)
