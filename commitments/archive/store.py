"""The folder of archived copies: one file a digest, written aside, synced and renamed."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")


def path_of(root: Path, sha256: str) -> Path:
    """Where the copy with this digest lies. Raises ValueError for what is no digest."""
    if not _DIGEST.fullmatch(sha256):
        raise ValueError(f"“{sha256[:80]}” is not a sha256")
    return root / sha256[:2] / sha256


def keep(root: Path, content: bytes) -> str:
    """Keep a copy; returns its sha256. A copy that is there already is not written again."""
    sha256 = hashlib.sha256(content).hexdigest()
    place = path_of(root, sha256)
    if place.is_file() and place.stat().st_size == len(content):
        return sha256
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(place)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return sha256


def read(root: Path, sha256: str) -> bytes | None:
    """The copy, or None when it is not there or not what it was."""
    place = path_of(root, sha256)
    if not place.is_file():
        return None
    content = place.read_bytes()
    return content if hashlib.sha256(content).hexdigest() == sha256 else None
