"""Where reports of a test are written, and the quick formats."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.REPORTS_DIR = tmp_path
    settings.REPORT_FORMATS = ["html", "json"]  # a test that is about the others says so
    return tmp_path
