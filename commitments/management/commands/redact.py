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
            "--field", action="append", dest="fields", default=[],
            help="as because.en, text.ru, passage or payload.because.en; may be given several times",
        )  # fmt: skip
        parser.add_argument("--reason", action="store_true", help="the reason of the entry itself has to go")
        parser.add_argument(
            "--with", dest="words", default="[redacted]", help="what stands there from now on"
        )
        parser.add_argument("--because", required=True)
        parser.add_argument("--by", required=True, help="user name of an administrator")

    def handle(
        self,
        *,
        entry: int,
        fields: list[str],
        reason: bool,
        words: str,
        because: str,
        by: str,
        **options: Any,
    ) -> None:
        require_tables()
        if not fields and not reason:
            raise CommandError("--field or --reason: say which words have to go")
        if not words.strip():
            raise CommandError("--with: say what stands there from now on, as [redacted]")
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
        gone = [header[0]["body"]["because"]] if reason and header[0]["body"] else []
        gone += [_replace(state, entry, field, words) for field in fields]
        try:
            number = redact.redact(
                entry=entry, replacement=state, because=because, by=person.code, reason=reason
            )
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"entry {entry} is redacted by entry {number}")
        others = sorted({n for text in gone for n in redact.elsewhere(text, number)})
        if others:
            self.stdout.write(
                f"the same words also stand in entries {', '.join(map(str, others))}: redact those too"
            )


def _replace(state: Any, entry: int, field: str, words: str) -> str:
    """Put words in the place of others; returns those that stood there."""
    *path, last = field.split(".")
    place: Any = state
    for name in path:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict) or not isinstance(place.get(last), str):
        raise CommandError(f"--field: entry {entry} has no words in “{field}”")
    gone: str = place[last]
    place[last] = words
    return gone
