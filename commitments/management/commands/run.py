"""The whole tracker in one command: `manage.py run`. Web, worker and beat are children that die with it."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments import tasks

PATIENCE = 15  # seconds from TERM to KILL
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """In the child, before it starts: Linux ends it when the parent is gone, however that came."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def worker_command(*, embedded: bool) -> list[str]:
    """A worker as it is started here and in the containers; the storms kill this one.

    The embedded queue is a folder: one worker, whose hands are threads of one small process, with the beat inside.
    """
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "declaration_tracker", "worker"]
    words = [*celery, "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--concurrency", "4"]
    return [*words, "--pool", "threads", "--beat"] if embedded else words


def sweep(queue: Path) -> None:
    """Remove what those left aside that were killed while they wrote or took a message."""
    for left in (*queue.glob("*/*.part"), *queue.glob("processed/*")):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - 3600:  # no command writes for an hour
                left.unlink()


@dataclass
class Child:
    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)
    again_at: float = 0.0

    def start(self) -> None:
        self.starts.append(time.monotonic())
        # Celery warns of running as root, which is how a container runs; its banner says nothing that the reader needs.
        environment = os.environ | {"PYTHONWARNINGS": "ignore:You're running the worker"}
        self.process = subprocess.Popen(
            self.command, start_new_session=True, preexec_fn=_die_with_parent, env=environment
        )

    def signal(self, number: int) -> None:
        """Signal the whole group, also when its leader is gone: a child of a killed leader must not live on."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    @property
    def recent_starts(self) -> int:
        """How often it was started in the last minute."""
        return len([start for start in self.starts if start > time.monotonic() - 60])

    def tend(self) -> str:
        """Start it again when it has ended, each time after a longer wait; says so in words."""
        if self.process is None or self.process.poll() is None:
            return ""
        if not self.again_at:
            self.signal(signal.SIGKILL)  # what its group has left would hold the port or tick twice
            wait = min(30.0, 2.0 ** (self.recent_starts - 1))
            self.again_at = time.monotonic() + wait
            return f"{self.name} ended with {self.process.returncode}; it is started again in {wait:.0f} s"
        if time.monotonic() >= self.again_at:
            self.again_at = 0.0
            self.start()
            tasks.nudge(tasks.reconcile)  # what waits does not wait for a tick too
        return ""


class Command(BaseCommand):
    help = "Set everything up, then serve the tracker: web, worker and beat. Ctrl-C stops all of them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))

    def handle(self, *, port: str, host: str, **options: Any) -> None:
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise CommandError(f"PORT: “{port}” is not a port; choose one from 1 to 65535")
        with self._alone():
            self._run(host, int(port))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One tracker a data directory: two would start two workers over one queue."""
        with (Path(settings.DATA_DIR) / "run.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CommandError(
                    f"a tracker runs on {settings.DATA_DIR} already; stop it or set DATA_DIR"
                ) from None
            yield

    def _run(self, host: str, port: int) -> None:
        self._check_port(host, port)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("first_start")
        sweep(settings.DATA_DIR / "queue")
        self._serve(host, port)

    def _check_port(self, host: str, port: int) -> None:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"port {port} on {host} is not free ({error.strerror}); set PORT to another"
                ) from None

    def _children(self, host: str, port: int) -> list[Child]:
        web = [
            str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "declaration_tracker.wsgi:application",
        ]  # fmt: skip
        worker = worker_command(embedded=not settings.REDIS_URL)
        if settings.REDIS_URL:
            return [
                Child("web", web),
                Child("worker", worker),
                Child("beat", [sys.executable, "manage.py", "tick"]),
            ]
        return [Child("web", web), Child("worker and beat", worker)]

    def _serve(self, host: str, port: int) -> None:
        stopping: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, _frame: stopping.append(received))
        children = self._children(host, port)
        for child in children:
            child.start()
        shown = f"[{host}]" if ":" in host else host
        if self._answers(host, port, stopping):
            self.stdout.write(f"Declaration Tracker is at http://{shown}:{port}/  (Ctrl-C stops it)")
            self.stdout.flush()
            tasks.nudge(tasks.reconcile)  # the first tick of beat is half a minute away
        web = children[0]
        while not stopping and web.recent_starts <= 5:  # reading goes on when a worker does not
            time.sleep(0.3)
            for child in children:
                if said := child.tend():
                    self.stderr.write(said)
        self._stop(children)
        if not stopping:
            raise CommandError("the web server does not stay up; see the lines above")
        self.stdout.write("stopped")

    def _answers(self, host: str, port: int, stopping: list[int]) -> bool:
        """Wait until the web server accepts connections."""
        until = time.monotonic() + 60
        target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        while time.monotonic() < until and not stopping:
            with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=1):
                return True
            time.sleep(0.1)
        return False

    def _stop(self, children: list[Child]) -> None:
        for child in children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        for child in children:
            if child.process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, until - time.monotonic()))
        for child in children:
            child.signal(signal.SIGKILL)
            if child.process:
                child.process.wait()
