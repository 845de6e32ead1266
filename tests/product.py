"""The product as a person starts it: `make run`'s command in a data directory of its own."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).parent.parent


@dataclass
class Product:
    process: "subprocess.Popen[str]"
    port: int
    data: Path
    log: Path
    ready_after: float

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        return self.log.read_text()

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.address + path, timeout=20) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def children(self) -> set[int]:
        """Every process below this one."""
        rows = subprocess.run(
            ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout.split()
        parents = dict(zip(map(int, rows[::2]), map(int, rows[1::2]), strict=True))
        found, wave = set(), {self.process.pid}
        while wave:
            wave = {pid for pid, parent in parents.items() if parent in wave}
            found |= wave
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    few = {"REPORT_FORMATS": "html,json"}  # a test that is about the others says so
    return {**kept, **few, "DATA_DIR": str(data), "PORT": str(port), "PYTHONUNBUFFERED": "1", **more}


def manage(env: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """One command of the product, to its end; what it said and how it ended."""
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def told(env: dict[str, str], *words: str) -> str:
    """What a command says that must succeed."""
    done = manage(env, *words)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    return done.stdout


def run_python(env: dict[str, str], code: str) -> str:
    """What a piece of Python says inside the product."""
    return told(env, "shell", "-v0", "-c", code).strip()


def load(env: dict[str, str]) -> None:
    """A database with the 2009 statement in it: on PostgreSQL it is loaded, on SQLite the file is a copy of one that was."""
    if "DATABASE_URL" in env:
        told(env, "migrate", "-v0")
        told(env, "load_declaration", "fixtures/sco-afghanistan-2009")
    else:
        Path(env["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
        shutil.copy(_loaded(), Path(env["DATA_DIR"]) / "tracker.sqlite3")


@functools.cache
def _loaded() -> Path:
    """A database file with the 2009 statement in it, made once for a run of the tests, or for all runs of `make test`."""
    if template := os.environ.get("TESTS_TEMPLATE"):
        return Path(template) / "tracker.sqlite3"
    folder = Path(tempfile.mkdtemp(prefix="tracker-loaded-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make_template(folder)


def make_template(folder: Path) -> Path:
    """What runs of the tests copy and do not make anew: a loaded database, and the files of the pages."""
    env = environment(folder, 1)
    told(env, "migrate", "-v0")
    told(env, "load_declaration", "fixtures/sco-afghanistan-2009")
    with sqlite3.connect(folder / "tracker.sqlite3") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "tracker.sqlite3"


def start(data: Path, port: int | None = None, **more: str) -> Product:
    """Start and wait until it answers."""
    port, started = port or free_port(), time.monotonic()
    data.mkdir(parents=True, exist_ok=True)
    log = data / "output.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"], cwd=ROOT, env=environment(data, port, **more),
            stdout=output, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    product = Product(process, port, data, log, 0)
    while time.monotonic() - started < 90:
        with contextlib.suppress(OSError):
            if product.get("/readyz")[0] == 200 and "Declaration Tracker is at" in product.output:
                product.ready_after = time.monotonic() - started
                return product
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"it did not start:\n{product.output}")


@contextlib.contextmanager
def running(*, fresh: bool = False, **more: str) -> Iterator[Product]:
    """The product in a folder of its own; `fresh`: with nothing in it, as on a machine that never saw it."""
    with tempfile.TemporaryDirectory(prefix="tracker-product-") as folder:
        if not fresh and "DATABASE_URL" not in more:
            load(environment(Path(folder) / "data", 1))
        product = start(Path(folder) / "data", **more)
        try:
            yield product
        finally:
            if product.process.poll() is None:
                product.stop()
