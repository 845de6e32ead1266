"""Load a declaration package: `manage.py load_declaration FOLDER`."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.ledger.record import Conflict
from commitments.management.prepared import require_tables
from commitments.packages.folder import Faults
from commitments.packages.load import load


class Command(BaseCommand):
    help = "Validate a declaration package, then record it whole or not at all. A second load of the same content does nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--overwrite", action="store_true", help="let the package win over edits made since its last load"
        )
        parser.add_argument("--because", default="", help="why; required with --overwrite")

    def handle(self, *, folder: Path, overwrite: bool, because: str, verbosity: int, **options: Any) -> None:
        require_tables()
        if overwrite and not because.strip():
            raise CommandError("--overwrite needs --because: the ledger says why an edit was overwritten")

        def progress(step: str) -> None:
            if verbosity and sys.stderr.isatty():
                self.stderr.write(f"\r\033[K{step}", ending="" if step != "done" else "\n")
            elif verbosity > 1:
                self.stderr.write(step)

        try:
            outcome = load(folder, by="package", overwrite=overwrite, because=because, progress=progress)
        except Faults as faults:
            for fault in faults.faults:
                self.stderr.write(str(fault))
            raise CommandError(f"{len(faults.faults)} faults; nothing was written") from None
        except Conflict as conflict:
            raise CommandError(f"{conflict}; nothing was written, run it again") from None
        if outcome.kept:
            listed = ", ".join(outcome.kept[:10]) + (" …" if len(outcome.kept) > 10 else "")
            self.stdout.write(
                f"kept as edited here since: {listed} (--overwrite --because lets the package win)"
            )
        if outcome.number is None:
            self.stdout.write(f"{outcome.code}: nothing to do, the package says nothing new")
            return
        for word, counts in (
            ("new", outcome.created),
            ("changed", outcome.changed),
            ("dropped", outcome.dropped),
        ):
            if counts:
                self.stdout.write(f"{word}: " + ", ".join(f"{n} {name}" for name, n in counts.items()))
        self.stdout.write(f"{outcome.code}: recorded, the ledger stands at {outcome.number}")
