"""What a report would say if it were made now: an issued one never changes, a reviewer may ask for a new edition."""

import hashlib
import json
from datetime import date
from typing import Any

from commitments.readings.parameters import Refused
from commitments.reports.build import folder_of
from commitments.reports.content import Asked, read


def frozen_of(key: str, sha256: str | None) -> dict[str, Any] | None:
    """The frozen reading of an issued report, when its file is there and still the one that was issued."""
    path = folder_of(key) / "report.json"
    if sha256 is None or not path.is_file():
        return None
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != sha256:
        return None
    found: dict[str, Any] = json.loads(raw)
    return found


def as_it_would_be(frozen: dict[str, Any], at: int) -> dict[str, Any] | None:
    """The same reading, of what is known at a ledger number. None when its scope no longer finds what it names."""
    period = frozen["period"]
    try:
        return read(
            Asked.again(frozen),
            date.fromisoformat(period["start"]),
            date.fromisoformat(period["end"]),
            at,
        )
    except Refused:
        return None
