"""Packages of npm that tests use, as tests/npm/package-lock.json has them."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests import servers


@cache
def installed() -> Path:
    """A folder with them in its node_modules, made once in a run of the tests."""
    if "npm" in servers.missing():
        pytest.skip("npm missing")
    folder = Path(tempfile.mkdtemp(prefix="tracker-npm-"))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(Path(__file__).parent / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder
