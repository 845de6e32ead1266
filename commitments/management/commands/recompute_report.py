"""Is a report what the ledger makes it? `manage.py recompute_report ID [--from-ledger]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.management.prepared import require_tables
from commitments.models.report import IssuedReport
from commitments.reports.recompute import CannotRecompute, recompute


class Command(BaseCommand):
    help = "Make a report again and compare the sha256 of its reading and of each rendering; say which differs and why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id")
        parser.add_argument(
            "--from-ledger",
            action="store_true",
            help="compute the reading from a copy of the record rebuilt to its number",
        )

    def handle(self, *, id: str, from_ledger: bool, **options: Any) -> None:
        require_tables()
        try:
            lines = recompute(id, from_ledger)
        except IssuedReport.DoesNotExist:
            raise CommandError(f"{id}: no report with this key was issued") from None
        except CannotRecompute as cannot:
            raise CommandError(f"{id}: {cannot}") from None
        for line in lines:
            self.stdout.write(f"{line.what}: {'same' if line.same else line.why}  {line.issued}")
        if not all(line.same for line in lines):
            raise CommandError(f"{sum(not line.same for line in lines)} of {len(lines)} differ")
        self.stdout.write(f"{len(lines)} of {len(lines)} are the same bytes")
