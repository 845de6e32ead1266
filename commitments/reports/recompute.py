"""Recomputing: is a report what the ledger makes it, and are its renderings what the reading makes them?

The reading is computed again from a copy of the record rebuilt to its ledger number, by a process that has nothing else. A
rendering is made again from the reading. What differs is told with its reason: the renderer has changed, or it was tampered with.
"""

import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from commitments.ledger.canonical import canonical, sha256
from commitments.ledger.rebuild import Redacted, rebuild, rebuildable
from commitments.models.report import IssuedReport, Schedule
from commitments.reports.build import folder_of
from commitments.reports.content import FORMAT, Asked, read
from commitments.reports.rendering import missing_for_pdf, render, renderer

_SECONDS = 600


@dataclass(frozen=True)
class Line:
    """One thing that was compared: the digest that was issued, the one of the file, the one computed now, and what that means."""

    what: str  # reading, or a format
    issued: str
    on_disk: str | None
    now: str | None
    same: bool
    why: str = ""


class CannotRecompute(Exception):
    """Why there is nothing to compare with, in words."""


def recompute(key: str, from_ledger: bool = False) -> list[Line]:
    """Compare a report with what it would be made of today. Raises CannotRecompute, and DoesNotExist for an unknown key."""
    issued = IssuedReport.objects.get(pk=key)
    stored = _stored(issued, "report.json")
    if stored is not None and sha256(stored.decode()) == issued.reading_sha256:
        made = json.loads(stored)["format"]
        if made != FORMAT:
            raise CannotRecompute(
                f"it was made in format {made} of a release before the first; this one reads {FORMAT}"
            )
    frozen = _from_ledger(issued) if from_ledger else _kept(stored)
    lines = [
        _line("reading", issued.reading_sha256, stored, frozen.encode() if from_ledger else stored, issued)
    ]
    whole = from_ledger or lines[0].same  # renderings of a forged reading prove nothing
    made = render(frozen, issued.language, [f["format"] for f in issued.files]) if whole else {}
    for file in issued.files:
        if file["format"] != "json":
            kept = _stored(issued, file["name"])
            line = _line(
                file["format"], file["sha256"], kept, made.get(file["name"]) if whole else kept, issued
            )
            lines.append(line)
    return lines


def as_rows(lines: list[Line]) -> list[dict[str, Any]]:
    """The result as it is kept beside the report."""
    return [asdict(line) for line in lines]


def _stored(issued: IssuedReport, name: str) -> bytes | None:
    path = folder_of(issued.key) / name
    return path.read_bytes() if path.is_file() else None


def _kept(stored: bytes | None) -> str:
    if stored is None:
        raise CannotRecompute("the frozen reading is missing; compute it --from-ledger")
    return stored.decode(errors="replace")


def _line(what: str, issued_sha: str, stored: bytes | None, made: bytes | None, issued: IssuedReport) -> Line:
    on_disk = hashlib.sha256(stored).hexdigest() if stored is not None else None
    now = hashlib.sha256(made).hexdigest() if made is not None else None
    reasons = []
    if on_disk is None:
        reasons.append("the file is missing")
    elif on_disk != issued_sha:
        reasons.append("tampered: the file is not the one that was issued")
    if now is None:
        reasons.append(f"cannot be made here, for something is missing: {', '.join(missing_for_pdf())}")
    elif now != issued_sha and what == "reading" and now != on_disk:
        reasons.append("the ledger gives another reading than the one that was issued")
    elif now != issued_sha and now != on_disk:
        changed = [name for name, value in renderer().items() if issued.renderer.get(name) != value]
        reasons.append(
            f"renderer changed: {', '.join(changed)}" if changed else "the same renderer makes other bytes"
        )
    return Line(what, issued_sha, on_disk, now, not reasons, "; ".join(reasons))


def _from_ledger(issued: IssuedReport) -> str:
    """The frozen reading, computed by a process of its own from the record rebuilt to the report's ledger number."""
    try:
        rebuildable(issued.ledger_number)
    except Redacted as redacted:
        raise CannotRecompute(str(redacted)) from None
    with tempfile.TemporaryDirectory(prefix="tracker-recompute-") as folder:
        database = Path(folder) / "tracker.sqlite3"
        _rebuilt(issued.ledger_number, database)
        environment = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "read_report", issued.schedule_id, str(issued.period_start), str(issued.period_end), json.dumps(issued.scope), str(issued.edition)],
            cwd=settings.BASE_DIR, env=environment | {"DATA_DIR": folder}, capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise CannotRecompute(f"the reading could not be made: {done.stderr[-400:].strip()}")
        return done.stdout


def _rebuilt(at: int, database: Path) -> None:
    alias = f"recomputed-{secrets.token_hex(4)}"  # two threads of a worker may do this at once
    connections.databases[alias] = {
        **connections["default"].settings_dict, "ENGINE": "django.db.backends.sqlite3", "NAME": str(database),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20}, "CONN_MAX_AGE": 0,
    }  # fmt: skip
    try:
        call_command("migrate", database=alias, verbosity=0)
        rebuild(at, source="default", target=alias)
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.databases[alias]


def reading_of(schedule: str, scope: dict[str, str], edition: int, start: date, end: date, at: int) -> str:
    """The canonical reading of a period as the record of this very database has it."""
    asked = Asked.of(Schedule.objects.get(pk=schedule), scope, edition)
    return canonical(read(asked, start, end, at))
