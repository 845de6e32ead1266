"""The walls of docs/architecture.md hold, and each of them bites."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.engineless
VIOLATIONS = {
    "The data flows one way": ("commitments/ledger/verbs.py", "import commitments.readings.text"),
    "Words and rules know nothing of Django": ("commitments/rules/rollup.py", "import django.utils.text"),
    "Only the ledger writes entries": ("commitments/readings/search.py", "import commitments.models.entry"),
    "No circles anywhere": (
        "commitments/rules/dates.py",
        "import commitments.rules.rollup\nimport commitments.rules.status",
    ),
    "The app never imports the project": ("commitments/clock.py", "import declaration_tracker.wsgi"),
    "REST framework stays in the API": ("commitments/web/pages.py", "import rest_framework.response"),
}


def lint(folder: Path) -> str:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_walls_hold() -> None:
    assert "6 kept, 0 broken" in lint(ROOT)


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_each_wall_bites(contract: str, tmp_path: Path) -> None:
    for name in ("commitments", "declaration_tracker"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    file, line = VIOLATIONS[contract]
    path = tmp_path / file
    if contract == "No circles anywhere":
        other = tmp_path / "commitments/rules/status.py"
        other.write_text("import commitments.rules.dates\n" + other.read_text())
    path.write_text(f"{line}\n" + path.read_text())
    broken = [out for out in lint(tmp_path).splitlines() if "BROKEN" in out]
    assert any(contract in out for out in broken), broken


def test_a_new_room_must_be_put_in_the_plan(tmp_path: Path) -> None:
    for name in ("commitments", "declaration_tracker"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    (tmp_path / "commitments" / "helpers.py").write_text("")
    assert "6 kept, 0 broken" not in lint(tmp_path)
