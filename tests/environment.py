"""Loaded before Django's settings: every run of the tests has a data directory of its own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if not os.environ.get("TESTS_KEEP_DATA_DIR"):
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="tracker-tests-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
    if template := os.environ.get(
        "TESTS_TEMPLATE"
    ):  # made once for all runs of `make test`: files of the pages, a database
        (Path(os.environ["DATA_DIR"]) / "static").symlink_to(Path(template) / "static")
if "DATABASE_URL" in os.environ:
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789abcdef" * 4)
