"""Conditional and partial requests for files (RFC 9110): an unchanged one is 304, a part of one is 206."""

import re

from django.http import HttpRequest, HttpResponse

from commitments.readings.moment import matches

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def as_file(request: HttpRequest, response: HttpResponse, sha256: str) -> HttpResponse:
    """A file whose tag is its digest: what the reader has already is not sent again, and a part of it may be asked for.

    Of several ranges the whole file is sent, which RFC 9110 (14.2) allows.
    """
    tag, whole = f'"{sha256}"', response.content
    response.headers["ETag"], response.headers["Accept-Ranges"] = tag, "bytes"
    if matches(request.headers.get("If-None-Match", ""), tag):
        return _empty(response, 304)
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or request.headers.get("If-Range", tag) != tag:
        return response
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last or len(whole) - 1), len(whole) - 1)
    elif last:
        start, end = max(0, len(whole) - int(last)), len(whole) - 1
    else:
        return response
    if start > end or start >= len(whole):
        response = _empty(response, 416)
        response.headers["Content-Range"] = f"bytes */{len(whole)}"
        return response
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {start}-{end}/{len(whole)}"
    response.content = whole[start : end + 1]
    return response


def _empty(response: HttpResponse, status: int) -> HttpResponse:
    response.status_code, response.content = status, b""
    return response
