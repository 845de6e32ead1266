"""Rebuild the record as of an entry: `manage.py rebuild --at N FILE`."""

import contextlib
import copy
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings as configured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from commitments.archive import store
from commitments.ledger.rebuild import Redacted, head_number, rebuild, rebuildable
from commitments.management.prepared import require_tables
from commitments.reports.build import folder_of


class Command(BaseCommand):
    help = "Write the exact record at a ledger entry into an SQLite file of its own, which can be served (DATA_DIR)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--at", type=int, required=True)

    def handle(self, *, file: Path, at: int, **options: Any) -> None:
        require_tables()
        if not file.resolve().parent.is_dir():
            raise CommandError(f"{file}: its folder does not exist")
        if file.exists():
            raise CommandError(f"{file}: exists; name a new file")
        head = head_number()
        if not 0 <= at <= head:
            raise CommandError(f"--at: a ledger number from 0 to {head}")
        try:
            rebuildable(at)
        except Redacted as redacted:
            raise CommandError(str(redacted)) from None
        settings = copy.deepcopy(connections["default"].settings_dict)
        settings |= {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(file.resolve()),
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
            "CONN_MAX_AGE": 0,
        }
        connections.databases["rebuilt"] = settings
        try:
            call_command("migrate", database="rebuilt", verbosity=0)
            end = rebuild(at, source="default", target="rebuilt")
        finally:
            connections["rebuilt"].close()
            del connections.databases["rebuilt"]
        copied = self._files(file.resolve().parent, file.resolve())
        inside = f"; {at} lies inside a transaction, this is the record before it" if end != at else ""
        self.stdout.write(f"{file}: the record at entry {end}{inside}; files copied beside it: {copied}")

    def _files(self, folder: Path, database: Path) -> int:
        """The archived copies and the issued reports of the rebuilt record, where a tracker with this DATA_DIR looks for them."""
        with contextlib.closing(sqlite3.connect(database)) as rebuilt:
            digests = [digest for (digest,) in rebuilt.execute("SELECT key FROM commitments_file")]
            issued = rebuilt.execute("SELECT key, files FROM commitments_issuedreport").fetchall()
        wanted = [
            (store.path_of(Path(configured.ARCHIVE_DIR), d), store.path_of(folder / "archive", d))
            for d in digests
        ]
        root = Path(configured.REPORTS_DIR)
        for key, files in issued:
            place = folder_of(key)
            wanted += [
                (place / f["name"], folder / "reports" / place.relative_to(root) / f["name"])
                for f in json.loads(files)
            ]
        found = [(here, there) for here, there in wanted if here.is_file() and here != there]
        for here, there in found:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(here, there)
        return len(found)
