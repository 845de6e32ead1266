"""What search engines are told: which pages there are, in which languages, and which are nobody's to index."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commitments.models.declaration import Commitment, Declaration
from commitments.models.happening import Indicator
from commitments.models.organization import Organization
from commitments.models.source import Source

_PLAIN = (
    "", "commitments/", "assessments/", "organizations/", "actions/", "indicators/", "sources/", "reports/", "changes/",
    "status-changes/", "corrections/", "compare/", "method/", "help/",
)  # fmt: skip
_NOT_FOR_ALL = ("/accounts/", "/admin/", "/desk/", "/partner/", "/subscriptions/", "/reports/new/")
MOST = 16_000  # pages: three addresses each, and a file may have 50,000


def _paths() -> Iterator[str]:
    yield from (f"/{name}" for name in _PLAIN)
    for name, rows in (
        ("declarations", Declaration.objects.all()), ("commitments", Commitment.objects.filter(retired=False)),
        ("organizations", Organization.objects.all()), ("indicators", Indicator.objects.all()), ("sources", Source.objects.all()),
    ):  # fmt: skip
        keys = rows.order_by("recorded", "pk").values_list("pk", flat=True)
        yield from (f"/{name}/{key}/" for key in keys[:MOST])


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page that anybody may read, in each language, with its address in the others."""
    paths = list(_paths())[:MOST] if settings.PUBLIC_READING else []
    response = render(
        request, "sitemap.xml", {"paths": [request.build_absolute_uri(path) for path in paths], "languages": ("en", "zh", "ru")}, content_type="application/xml"
    )  # fmt: skip
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *"]
    if settings.PUBLIC_READING:
        lines += [f"Disallow: {path}" for path in _NOT_FOR_ALL]
        lines.append(f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}")
    else:
        lines.append("Disallow: /")
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
