"""Addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

SAFE = ["get", "head", "options"]
urlpatterns = [
    path("", include("commitments.web.urls")),
    path(
        "favicon.ico",
        RedirectView.as_view(url="/static/img/icon.svg", http_method_names=SAFE),
        name="favicon",
    ),
    path("api/", RedirectView.as_view(url="/api/docs/", http_method_names=SAFE), name="api-home"),
    path("api/v1/", include("commitments.api.urls")),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="api-docs"),
    path(
        "admin/login/",
        RedirectView.as_view(url="/accounts/login/?next=/admin/", http_method_names=SAFE),
        name="admin-login",
    ),
    path("admin/", admin.site.urls),
]
handler400 = "commitments.web.errors.bad_request"
handler403 = "commitments.web.errors.permission_denied"
handler404 = "commitments.web.errors.not_found"
handler500 = "commitments.web.errors.server_error"
