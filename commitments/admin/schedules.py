from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments.admin.base import ReadOnlyAdmin, RecordAdmin, RecordForm, actor
from commitments.formfields import TextsField
from commitments.ledger import verbs
from commitments.ledger.subjects import State
from commitments.models.fields import LANGUAGES
from commitments.models.report import Report, Schedule
from commitments.reports import due


class ScheduleForm(RecordForm):
    subject_type = "schedule"
    title = TextsField(label=_("title"))
    languages = forms.MultipleChoiceField(label=_("languages"), choices=[(lang, lang) for lang in LANGUAGES])

    class Meta:
        model = Schedule
        fields = (
            "key",
            "declaration",
            "title",
            "cadence",
            "languages",
            "time_zone",
            "start",
            "end",
            "paused",
        )

    def state(self, found: dict[str, Any]) -> State:
        declaration = found.get("declaration") or self.instance.declaration
        return {
            "declaration": declaration.pk, "title": found["title"], "cadence": found["cadence"],
            "languages": found["languages"], "time_zone": found["time_zone"], "start": found["start"].isoformat(),
            "end": found["end"].isoformat() if found["end"] else None, "paused": found["paused"],
        }  # fmt: skip

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise forms.ValidationError(
                _("“%(zone)s” is not a time zone, as Asia/Kabul is."), params={"zone": zone}
            )
        return zone

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.errors:
            return found
        declaration = found.get("declaration") or self.instance.declaration
        if found["start"] < declaration.adopted_on:
            self.add_error("start", _("The first period lies before the adoption."))
        if found["end"] and found["end"] < found["start"]:
            self.add_error("end", _("The last period lies before the first."))
        key = self.instance.pk or found.get("key", "")
        if not key.startswith(f"{declaration.pk}:"):
            self.add_error(
                "key" if "key" in self.fields else None,
                _("The code begins with that of the declaration and a colon."),
            )
        return found


@admin.register(Schedule)
class ScheduleAdmin(RecordAdmin):
    form = ScheduleForm
    list_display = ("key", "cadence", "start", "end", "paused")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("key", "declaration") if obj else ()

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: bool) -> None:
        found = form.cleaned_data
        verbs.amend(
            subject_type="schedule", subject=obj.key, state=form.state(found), by=actor(request),
            because=found["because"], expected=found["seen"],
        )  # fmt: skip


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("key", "state", "attempt", "ledger_number")
    list_filter = ("state", "language")
    actions = ("make_due_again",)

    @admin.action(description=_("Make failed reports due again"))
    def make_due_again(self, request: HttpRequest, chosen: "QuerySet[Report]") -> None:
        for report in chosen.filter(state=Report.State.FAILED):
            due.retry(report)
