"""Make reports now: what is due, or one that is asked for. `manage.py compile_reports [--scope … --from … --to … --language …]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments import clock
from commitments.ledger.wellformed import Faulty, Refused, faults_of
from commitments.management.prepared import require_tables
from commitments.models.declaration import Declaration
from commitments.models.report import FORMATS, Report
from commitments.readings import commitments
from commitments.reports import build, due, schedules


class Command(BaseCommand):
    help = "Make every report that is due, or with --to one that is asked for, and say how far it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--declaration", default="")
        parser.add_argument("--form", choices=("report", "brief"), default="report")
        parser.add_argument("--scope", default="", help="as in the address of a list: section=narcotics")
        parser.add_argument("--from", dest="start", default="")
        parser.add_argument("--to", dest="end", default="")
        parser.add_argument("--language", action="append", default=[])
        parser.add_argument("--format", action="append", default=[], choices=FORMATS)

    def handle(self, *, end: str, **options: Any) -> None:
        require_tables()
        if not end and any(options[name] for name in ("scope", "start", "language", "format", "declaration")):
            raise CommandError("--to: must be given, with what is asked for")
        wanted = self._ask(end=end, **options) if end else None
        due.make_due(clock.shared())
        done, before = 0, -1
        while done != before:
            before = done
            left = Report.objects.filter(state=Report.State.DUE).count()
            if (
                wanted is not None
                and not Report.objects.filter(pk__in=wanted).exclude(state=Report.State.READY).exists()
            ):
                break
            self.stdout.write(f"{left} to make …")
            done += build.work_off(clock.shared, limit=1)
        for report in Report.objects.filter(pk__in=wanted or []):
            self.stdout.write(f"{report.key}: {report.state} {build.folder_of(report.key)}")
        self.stdout.write(f"made: {done}")
        if Report.objects.filter(pk__in=wanted or []).exclude(state=Report.State.READY).exists():
            raise CommandError("what was asked for is not ready")

    def _ask(
        self, *, declaration: str, form: str, scope: str, start: str, end: str, **options: Any
    ) -> list[int]:
        found = Declaration.objects.filter(pk=declaration or commitments.key_of_declaration() or "").first()
        if found is None:
            raise CommandError("--declaration: nothing on record has this code")
        try:
            payload = {
                "form": form, "scope": schedules.scope_from(scope), "start": start, "end": end,
                "languages": options["language"] or ["en"], "formats": options["format"] or list(FORMATS),
            }  # fmt: skip
            state, period = schedules.check_once(payload, found, clock.today())
        except (Faulty, Refused) as error:
            names = {"start": "--from", "end": "--to", "languages": "--language", "formats": "--format"}
            raise CommandError(
                "; ".join(f"{names.get(f.field, '--' + f.field)}: {f.reason}" for f in faults_of(error))
            ) from None
        return [report.pk for report in schedules.make_now(state=state, period=period, by="command")]
