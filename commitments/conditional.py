"""Conditional and partial requests for files (RFC 9110): an unchanged one is 304, a part of one is 206."""

import io
import re
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, TypeGuard

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from commitments.readings.moment import matches

_RANGE = re.compile(r"bytes=(\d{0,40})-(\d{0,40})")
AT_ONCE = 65_536
Made = Iterator[bytes] | IO[bytes]  # parts as they are made, or a file on disk
Asked = tuple[str, str]  # the first and the last byte, as they were asked for


def as_file(request: HttpRequest, response: HttpResponse, sha256: str) -> HttpResponse:
    """A file whose tag is its digest: what the reader has already is not sent again, and a part of it may be asked for."""
    tag, whole = f'"{sha256}"', response.content
    response.headers["ETag"], response.headers["Accept-Ranges"] = tag, "bytes"
    if matches(request.headers.get("If-None-Match", ""), tag):
        return _empty(response, 304)
    if (asked := _asked(request, tag)) is None:
        return response
    if (part := _part(asked, len(whole))) is None:
        return _empty(response, 416, f"bytes */{len(whole)}")
    start, end = part
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {start}-{end}/{len(whole)}"
    response.content = whole[start : end + 1]
    return response


def spooled(made: Made) -> IO[bytes]:
    """A file that is made part by part: on disk, so that nobody has the whole of it in memory."""
    if _on_disk(made):
        return made
    file = tempfile.TemporaryFile()  # noqa: SIM115 who sends it closes it
    for part in made:
        file.write(part)
    return file


def _on_disk(made: Made) -> TypeGuard[IO[bytes]]:
    return isinstance(made, io.IOBase)  # a file is an iterator too


def needs_no_content(request: HttpRequest, tag: str) -> bool:
    """Whether what is asked for with this tag is answered without its being made."""
    return request.method == "HEAD" or matches(request.headers.get("If-None-Match", ""), tag)


def as_stream(
    request: HttpRequest, make: Callable[[], Made], tag: str, content_type: str
) -> HttpResponseBase:
    """A file that is made for this request, in constant memory: parts are sent as they are made, a file on disk from there.

    The same tag must mean the same bytes: then a part of it may be asked for, and is cut from a copy on disk.
    """
    headers = {"ETag": tag, "Accept-Ranges": "bytes"}
    if matches(request.headers.get("If-None-Match", ""), tag):
        return _empty(HttpResponse(headers=headers), 304)
    if request.method == "HEAD":  # its length is not known before it is made
        return StreamingHttpResponse((), content_type=content_type, headers=headers)
    made, asked = make(), _asked(request, tag)
    if not _on_disk(made) and asked is None:
        return StreamingHttpResponse(made, content_type=content_type, headers=headers)
    file = spooled(made)
    length = file.seek(0, 2)
    part = _part(asked, length) if asked else (0, length - 1)
    if part is None:
        file.close()
        return _empty(HttpResponse(headers=headers), 416, f"bytes */{length}")
    response = StreamingHttpResponse(_cut(file, *part), content_type=content_type, headers=headers)
    response.headers["Content-Length"] = str(part[1] - part[0] + 1)
    if asked:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {part[0]}-{part[1]}/{length}"
    return response


def _asked(request: HttpRequest, tag: str) -> Asked | None:
    """The range of a request, when it is one and holds for this tag. Of several the whole is sent, which RFC 9110 (14.2) allows."""
    if request.method != "GET":
        return None
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or found.groups() == ("", "") or request.headers.get("If-Range", tag) != tag:
        return None
    return found.group(1), found.group(2)


def _part(asked: Asked, length: int) -> tuple[int, int] | None:
    """The first and the last byte; None when there are none such."""
    first, last = asked
    if first:
        start, end = int(first), min(int(last or length - 1), length - 1)
    else:
        start, end = max(0, length - int(last)), length - 1
    return None if start > end or start >= length else (start, end)


def _cut(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start + 1
        while left > 0 and (part := file.read(min(left, AT_ONCE))):
            left -= len(part)
            yield part


def _empty(response: HttpResponse, status: int, content_range: str = "") -> HttpResponse:
    response.status_code, response.content = status, b""
    if status == 304:  # of what the reader has: nothing is sent that would have a type
        del response.headers["Content-Type"]
    if content_range:
        response.headers["Content-Range"] = content_range
    return response
