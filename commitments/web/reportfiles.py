"""Files of issued reports."""

from pathlib import Path
from typing import Any

from django.conf import settings

TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json"}


def file_of(report: dict[str, Any], name: str) -> Path | None:
    """The path of a rendering that the ledger names; nothing else in the folder can be reached."""
    if name not in {Path(file["url"]).name for file in report["files"]}:
        return None
    path = Path(settings.REPORTS_DIR) / report["id"].replace(":", "/") / name
    return path if path.suffix in TYPES and path.is_file() else None
