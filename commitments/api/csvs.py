"""CSV of a reading (RFC 4180, UTF-8): what is an object stands in its cell as JSON."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commitments.source.characters import no_formula


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row[name]) for name in columns])
    return out.getvalue().encode()


def cell(value: Any) -> str:
    """A value in a cell that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    return no_formula(value) if isinstance(value, str) else str(value)
