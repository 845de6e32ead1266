"""Addresses of the API. A lookup is a natural code."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from commitments.api import proposals, reports, views

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
    path("summary/", views.Summary.as_view(), name="summary"),
    path("search/", views.Search.as_view(), name="search"),
    path("proposals/", proposals.Proposals.as_view(), name="proposals"),
    path("proposals/<str:key>/", proposals.OneProposal.as_view(), name="proposal"),
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
]
