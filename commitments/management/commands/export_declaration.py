"""Export a declaration as a package: `manage.py export_declaration CODE FOLDER`."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments import clock
from commitments.management.prepared import require_tables
from commitments.packages import folder as package_folder
from commitments.packages.export import UnknownDeclaration, export
from commitments.readings.moment import Unsettled, consistent, resolve


class Command(BaseCommand):
    help = "Write a declaration and its record as a package that loads to the same record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("folder", type=Path)

    def handle(self, *, code: str, folder: Path, **options: Any) -> None:
        require_tables()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder}: is not empty; name a new folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            consistent(resolve(None, None, clock.today()), lambda now: self._write(code, aside))
            aside.chmod(0o755)
            aside.rename(folder)
        except UnknownDeclaration:
            raise CommandError(f"{code}: there is no such declaration") from None
        except Unsettled:
            raise CommandError("the record is moving just now; try again") from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        self.stdout.write(f"{code}: written to {folder}")

    def _write(self, code: str, aside: Path) -> None:
        """Each try begins with an empty folder: nothing of one that met two states is left."""
        shutil.rmtree(aside)
        package_folder.write(export(code), aside)
