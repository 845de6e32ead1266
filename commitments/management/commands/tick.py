"""The beat of a tracker with servers: `manage.py tick`. Two of them do no harm."""

import logging
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from commitments import tasks

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Every 30 s look for what is due: a worker does it, or, while the broker cannot be reached, this process."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--alive", type=Path, help="a file that is touched at each tick, for a health check"
        )

    def handle(self, *, alive: Path | None, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            try:
                close_old_connections()
                tasks.tick()
            except DatabaseError:
                log.exception("the database cannot be reached; the next tick tries again")
            except Exception:
                log.exception("a tick failed; the next one tries again")
            if alive:
                alive.touch()
            stopping.wait(settings.RECONCILE_SECONDS)
