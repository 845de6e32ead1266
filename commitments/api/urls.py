"""Addresses of the API. A lookup is a natural code."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from commitments.api import export, proposals, reports, views, webhooks

app_name = "api"
urlpatterns = [
    path("", views.Root.as_view(), name="root"),
    path("declarations/", views.Declarations.as_view(), name="declarations"),
    path("declarations/<str:key>/", views.Declaration.as_view(), name="declaration"),
    path("editions/", views.Editions.as_view(), name="editions"),
    path("editions/<str:key>/", views.Edition.as_view(), name="edition"),
    path("sections/", views.Sections.as_view(), name="sections"),
    path("sections/<str:key>/", views.Section.as_view(), name="section"),
    path("paragraphs/", views.Paragraphs.as_view(), name="paragraphs"),
    path("paragraphs/<str:key>/", views.Paragraph.as_view(), name="paragraph"),
    path("commitments/", views.Commitments.as_view(), name="commitments"),
    path("commitments/<str:key>/", views.Commitment.as_view(), name="commitment"),
    path("organizations/", views.Organizations.as_view(), name="organizations"),
    path("organizations/<str:key>/", views.Organization.as_view(), name="organization"),
    path("instruments/", views.Instruments.as_view(), name="instruments"),
    path("instruments/<str:key>/", views.Instrument.as_view(), name="instrument"),
    path("actions/", views.Actions.as_view(), name="actions"),
    path("actions/<str:key>/", views.Action.as_view(), name="action"),
    path("indicators/", views.Indicators.as_view(), name="indicators"),
    path("indicators/<str:key>/", views.Indicator.as_view(), name="indicator"),
    path("sources/", views.Sources.as_view(), name="sources"),
    path("sources/<str:key>/", views.Source.as_view(), name="source"),
    path("assessments/", views.Assessments.as_view(), name="assessments"),
    path("assessments/<str:key>/", views.Assessment.as_view(), name="assessment"),
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/compare/", reports.Comparison.as_view(), name="report-compare"),
    path("reports/<str:key>/", reports.Report.as_view(), name="report"),
    path("scales/", views.Scales.as_view(), name="scales"),
    path("changes/", views.Changes.as_view(), name="changes"),
    path("status-changes/", views.StatusChanges.as_view(), name="status-changes"),
    path("schemas/", views.Schemas.as_view(), name="schemas"),
    path("schemas/<str:name>", views.BodySchema.as_view(), name="body-schema"),
    path("summary/", views.Summary.as_view(), name="summary"),
    path("search/", views.Search.as_view(), name="search"),
    path("proposals/", proposals.Proposals.as_view(), name="proposals"),
    path("proposals/batch/", proposals.Batch.as_view(), name="proposals-batch"),
    path("proposals/<str:key>/withdraw/", proposals.Withdrawal.as_view(), name="proposal-withdraw"),
    path("proposals/<str:key>/", proposals.OneProposal.as_view(), name="proposal"),
    path("export/", export.Export.as_view(), name="export"),
    path("webhooks/", webhooks.Webhooks.as_view(), name="webhooks"),
    path("webhooks/<str:key>/", webhooks.Webhook.as_view(), name="webhook"),
    path("webhooks/<str:key>/rotate/", webhooks.Rotation.as_view(), name="webhook-rotate"),
    path("webhooks/<str:key>/test/", webhooks.Test.as_view(), name="webhook-test"),
    path("webhooks/<str:key>/deliveries/", webhooks.Deliveries.as_view(), name="webhook-deliveries"),
    path(
        "webhooks/<str:key>/deliveries/<str:delivery>/redeliver/",
        webhooks.Redelivery.as_view(),
        name="webhook-redeliver",
    ),
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
]
