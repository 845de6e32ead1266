"""Export a declaration as a package: `manage.py export_declaration CODE FOLDER`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments import clock
from commitments.management.prepared import require_tables
from commitments.packages import folder as package_folder
from commitments.packages.export import UnknownDeclaration, export
from commitments.readings.moment import consistent, resolve


class Command(BaseCommand):
    help = "Write a declaration and its record as a package that loads to the same record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("folder", type=Path)

    def handle(self, *, code: str, folder: Path, **options: Any) -> None:
        require_tables()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder}: is not empty; name a new folder")
        try:
            consistent(
                resolve(None, None, clock.today()), lambda now: package_folder.write(export(code), folder)
            )
        except UnknownDeclaration:
            raise CommandError(f"{code}: there is no such declaration") from None
        self.stdout.write(f"{code}: written to {folder}")
