from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments.admin.base import Because, ReadOnlyAdmin, RecordAdmin, actor
from commitments.ledger import verbs
from commitments.models.fields import LANGUAGES
from commitments.models.report import Report, Schedule


class ScheduleForm(Because):
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

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise forms.ValidationError(
                _("“%(zone)s” is not a time zone, as Asia/Kabul is."), params={"zone": zone}
            )
        return zone

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        start, end = found.get("start"), found.get("end")
        if start and end and end < start:
            self.add_error("end", _("The last period lies before the first."))
        return found


@admin.register(Schedule)
class ScheduleAdmin(RecordAdmin):
    form = ScheduleForm
    list_display = ("key", "cadence", "start", "end", "paused")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("key", "declaration") if obj else ()

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: bool) -> None:
        state = {
            "declaration": obj.declaration_id, "title": obj.title, "cadence": obj.cadence,
            "languages": form.cleaned_data["languages"], "time_zone": obj.time_zone, "start": obj.start.isoformat(),
            "end": obj.end.isoformat() if obj.end else None, "paused": obj.paused,
        }  # fmt: skip
        verbs.save_schedule(
            schedule=obj.key, state=state, by=actor(request), because=form.cleaned_data["because"]
        )


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("key", "state", "attempt", "ledger_number")
    list_filter = ("state", "language")
