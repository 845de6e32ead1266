"""Office files whose bytes follow from what they say: the archive around it names no hour."""

import io
import re
import shutil
import zipfile
from typing import IO

_DAY = (2000, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")


def settle(archive: IO[bytes], into: IO[bytes]) -> None:
    """The same archive with one fixed date on every member and in its properties, members in their order."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(into, "w") as new:
        for member in old.infolist():
            fixed = zipfile.ZipInfo(member.filename, _DAY)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            if member.filename == "docProps/core.xml":
                new.writestr(fixed, _STAMP.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", old.read(member)))
                continue
            fixed.file_size = member.file_size  # a large one needs other headers
            with old.open(member) as content, new.open(fixed, "w") as copy:
                shutil.copyfileobj(content, copy)


def settled(archive: bytes) -> bytes:
    out = io.BytesIO()
    settle(io.BytesIO(archive), out)
    return out.getvalue()
