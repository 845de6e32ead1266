"""Files that people sent: saved by the browser, never shown in our name."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from commitments.archive import content


def as_attachment(kept: bytes, name: str, media_type: str) -> HttpResponse:
    """A file as it was sent: saved, never shown by the browser in our name."""
    response = HttpResponse(kept, content_type=media_type)
    disposition = content_disposition_header(True, content.clean_name(name))
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
