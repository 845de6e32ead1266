"""Take words out of the record: `manage.py redact N --field because.en --with "[redacted]" --because "…" --by NAME`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.ledger import bodies, redact
from commitments.ledger.wellformed import Refused
from commitments.management.prepared import require_tables
from commitments.models.person import Grant, Person
from commitments.readings import changes


class Command(BaseCommand):
    help = "Replace words of one entry. The header, the chain and all other fields stay; the old body is deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entry", type=int)
        parser.add_argument(
            "--field", required=True, help="as because.en, text.ru, passage or payload.because.en"
        )
        parser.add_argument("--with", dest="words", required=True, help="what stands there from now on")
        parser.add_argument("--because", required=True)
        parser.add_argument("--by", required=True, help="user name of an administrator")

    def handle(self, *, entry: int, field: str, words: str, because: str, by: str, **options: Any) -> None:
        require_tables()
        person = Person.objects.filter(user__username=by, user__is_active=True).first()
        granted = person and Grant.objects.filter(pk=person.code, active=True, role=Grant.Role.ADMINISTRATOR)
        if person is None or not granted:
            raise CommandError(f"--by: “{by}” is not an administrator")
        header = changes.feed(entry - 1, 1)
        if entry < 1 or not header:
            raise CommandError(f"there is no entry {entry}")
        state = bodies.states(header[0]["subject_type"], [entry]).get(entry)
        if state is None:
            raise CommandError(f"entry {entry} holds no words")
        *path, last = field.split(".")
        place: Any = state
        for name in path:
            place = place.get(name) if isinstance(place, dict) else None
        if not isinstance(place, dict) or not isinstance(place.get(last), str):
            raise CommandError(f"--field: entry {entry} has no words in “{field}”")
        place[last] = words
        try:
            number = redact.redact(entry=entry, replacement=state, because=because, by=person.code)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"entry {entry} is redacted by entry {number}")
