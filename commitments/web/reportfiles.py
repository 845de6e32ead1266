"""Files of issued reports."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from django.conf import settings

TYPES = {
    ".html": "text/html; charset=utf-8", ".json": "application/json", ".pdf": "application/pdf", ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
SHOWN = (".html", ".json", ".pdf")  # by a browser; the others are downloaded


def file_of(report: dict[str, Any], name: str) -> Path | None:
    """The path of a rendering that the ledger names; nothing else in the folder can be reached."""
    if name not in {Path(file["url"]).name for file in report["files"]}:
        return None
    path = Path(settings.REPORTS_DIR) / report["id"].replace(":", "/") / name
    return path if path.suffix in TYPES and path.is_file() else None


def content_policy(content: bytes) -> str:
    """A policy under which a report shows its own style and nothing else runs or loads."""
    styles = [
        f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'"
        for style in re.findall(rb"<style>(.*?)</style>", content, re.DOTALL)
    ]
    return (
        f"default-src 'none'; style-src {' '.join(styles) or chr(39) + 'none' + chr(39)}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
