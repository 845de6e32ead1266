"""Addresses of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from commitments.web import accounts, pages
from commitments.web.desk import disputes, drafts, proposals

urlpatterns = [
    path("", pages.overview_page, name="overview"),
    path("declarations/<str:declaration>/", pages.reader_page, name="reader"),
    path("commitments/", pages.commitments_page, name="commitments"),
    path("commitments/<str:key>/", pages.commitment_page, name="commitment"),
    path("commitments/<str:key>/panel/", pages.panel_fragment, name="panel"),
    path("assessments/", pages.assessments_page, name="assessments"),
    path("organizations/", pages.organizations_page, name="organizations"),
    path("organizations/<str:code>/", pages.organization_page, name="organization"),
    path("actions/", pages.actions_page, name="actions"),
    path("indicators/", pages.indicators_page, name="indicators"),
    path("indicators/values/", pages.measurements_page, name="measurements"),
    path("indicators/<str:key>/", pages.indicator_page, name="indicator"),
    path("sources/", pages.sources_page, name="sources"),
    path("sources/<str:key>/", pages.source_page, name="source"),
    path("reports/", pages.reports_page, name="reports"),
    path("reports/progress/", pages.reports_progress, name="reports-progress"),
    path("reports/<str:key>/", pages.report_page, name="report"),
    path("reports/<str:key>/<str:name>", pages.report_file, name="report-file"),
    path("changes/", pages.changes_page, name="changes"),
    path("changes/<str:batch>/", pages.change_page, name="change"),
    path("search/", pages.search_page, name="search"),
    path("method/", pages.method_page, name="method"),
    path("disputes/<str:key>/", pages.dispute_page, name="dispute"),
    path("files/<str:sha256>/", pages.archived_file, name="file"),
    path("verify.py", pages.verify_script, name="verify-script"),
    path("desk/", proposals.home, name="desk"),
    path("desk/new/", drafts.new, name="desk-new"),
    path("desk/drafts/<str:key>/", drafts.draft, name="draft"),
    path("desk/drafts/<str:key>/autosave/", drafts.autosave, name="draft-autosave"),
    path("desk/drafts/<str:key>/hand-over/", drafts.hand_over, name="draft-hand-over"),
    path("desk/proposals/accept/", proposals.accept_many, name="proposals-accept"),
    path("desk/proposals/<str:key>/", proposals.proposal, name="proposal"),
    path("desk/proposals/<str:key>/file/", proposals.proposal_file, name="proposal-file"),
    path("desk/disputes/", disputes.new, name="dispute-new"),
    path("desk/disputes/<str:key>/", disputes.decide, name="dispute-decide"),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", accounts.ChangePassword.as_view(), name="password"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
]
