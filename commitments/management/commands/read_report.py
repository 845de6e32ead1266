"""Print the reading of a report as the record of this database has it: `manage.py read_report SCHEDULE START END SCOPE EDITION`."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from commitments.ledger.rebuild import head_number
from commitments.management.prepared import require_tables
from commitments.reports.recompute import reading_of


class Command(BaseCommand):
    help = "Print the canonical reading of a schedule's period, from the last entry of this database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("schedule")
        parser.add_argument("start", type=date.fromisoformat)
        parser.add_argument("end", type=date.fromisoformat)
        parser.add_argument("scope", type=json.loads, help="JSON: the parameters of a list")
        parser.add_argument("edition", type=int)

    def handle(
        self, *, schedule: str, start: date, end: date, scope: dict[str, str], edition: int, **options: Any
    ) -> None:
        require_tables()
        self.stdout.write(reading_of(schedule, scope, edition, start, end, head_number()), ending="")
