"""Write the ledger as a partner sees it: `manage.py export_ledger FILE.ndjson`."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.management.prepared import require_tables
from commitments.readings import changes

AT_ONCE = 500


class Command(BaseCommand):
    help = "Write every entry of the ledger, one a line, as the feed gives it. verify.py proves the file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        require_tables()
        if not file.resolve().parent.is_dir():
            raise CommandError(f"{file}: its folder does not exist")
        if file.is_dir():
            raise CommandError(f"{file}: is a folder; name a file")
        head = changes.head()
        aside = file.with_name(f"{file.name}.part")
        with aside.open("w", encoding="utf-8") as output:
            for after in range(0, head["number"], AT_ONCE):
                for entry in changes.feed(after, min(AT_ONCE, head["number"] - after)):
                    output.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
            output.flush()
            os.fsync(output.fileno())
        aside.replace(file)
        self.stdout.write(f"{file}: {head['number']} entries, the last has the hash {head['hash']}")
