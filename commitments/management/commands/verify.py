"""Verify the record: `manage.py verify`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commitments.ledger.verify import verify
from commitments.management.prepared import require_tables
from commitments.reports.build import files_not_as_issued


class Command(BaseCommand):
    help = "Check triggers, the chain of entries, that the tables hold what it says, anchors, coverage and digests."

    def handle(self, *, verbosity: int, **options: Any) -> None:
        require_tables()

        def progress(step: str, number: int) -> None:
            if verbosity and sys.stderr.isatty():
                self.stderr.write(f"\r\033[K{step} {number}", ending="")

        faults = 0
        for fault in [*verify(progress=progress), *files_not_as_issued()]:
            faults += 1
            self.stderr.write(str(fault))
        if faults:
            raise CommandError(f"{faults} faults")
        self.stdout.write("verified: the record is what its ledger says")
