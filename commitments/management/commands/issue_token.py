"""A token for a service account: `manage.py issue_token NAME [--days 365]`. It is shown once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.accounts import tokens
from commitments.ledger.wellformed import Refused
from commitments.management.prepared import require_tables
from commitments.models.person import Person


class Command(BaseCommand):
    help = "Issue a token of a service account (made in the admin), or --end all that it has."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--days", type=int, default=365)
        parser.add_argument("--end", action="store_true")

    def handle(self, *, name: str, days: int, end: bool, **options: Any) -> None:
        require_tables()
        person = Person.objects.filter(user__username=name).first()
        if person is None:
            raise CommandError(f"“{name}” is nobody here")
        if end:
            self.stdout.write(f"ended: {tokens.end(person)}")
            return
        try:
            self.stdout.write(tokens.issue(person, days))
        except Refused as refused:
            raise CommandError(str(refused)) from None
