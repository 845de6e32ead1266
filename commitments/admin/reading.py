"""Assessments are shown here and never edited. The ledger itself is read on /changes/."""

from django.contrib import admin

from commitments.admin.base import InWords, ReadOnlyAdmin, column
from commitments.models.assessment import Assessment


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    list_display = (column("key"), column("value"), column("effective_on"), column("track"), column("by"))
    list_filter = (("value", InWords), ("track", InWords))
    search_fields = ("key",)
