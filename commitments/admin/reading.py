"""The ledger and the assessments are shown here and never edited."""

from django.contrib import admin

from commitments.admin.base import ReadOnlyAdmin
from commitments.models.assessment import Assessment
from commitments.readings.changes import Entry


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("number", "recorded_at", "actor", "verb", "subject_type", "subject")
    search_fields = ("subject", "actor")


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    list_display = ("key", "value", "effective_on", "track", "by")
    list_filter = ("value", "track")
    search_fields = ("key",)
