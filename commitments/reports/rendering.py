"""Renderings of a frozen reading. All come from its canonical JSON and nothing else."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

INTERFACE = {"en": "en", "zh": "zh-hans", "ru": "ru"}


def renderer() -> dict[str, Any]:
    """What made the bytes: a rendering has the same bytes under the same renderer."""
    lock = settings.BASE_DIR / "requirements.txt"
    return {
        "release": settings.RELEASE,
        "lock_sha256": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else "",
    }


def html(frozen: str, language: str) -> bytes:
    """The report as one page without any other file: it can be saved and mailed."""
    reading = json.loads(frozen)
    style = (settings.BASE_DIR / "static" / "css" / "report.css").read_text()
    labels = {value["value"]: value["label"] for value in reading["scale"]}
    with translation.override(INTERFACE[language]):
        page = render_to_string(
            "reports/report.html",
            {
                "reading": reading,
                "labels": labels,
                "title": reading["title"],
                "language": language,
                "style": style,
            },
        )
    return page.encode()


def render(frozen: str, language: str) -> dict[str, bytes]:
    """Every rendering by file name."""
    return {"report.json": frozen.encode(), "report.html": html(frozen, language)}
