"""Assessments are shown here and never edited. The ledger itself is read on /changes/."""

from django.contrib import admin

from commitments.admin.base import InWords, ReadOnlyAdmin
from commitments.models.assessment import Assessment


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    columns = ("key", "value", "effective_on", "track", "by")
    list_filter = (("value", InWords), ("track", InWords))
    search_fields = ("key",)
