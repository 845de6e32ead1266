"""PostgreSQL and Redis of our own in scratch folders, unless the environment points to some."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "deploy"))
from packages import missing as missing_for_pdf


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres_bin() -> str | None:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return str(Path(found[-1]).parent) if found else (os.path.dirname(shutil.which("initdb") or "") or None)


def missing() -> list[str]:
    """Debian packages that the tests need and this machine has not."""
    wanted = {
        "postgresql": _postgres_bin() or os.environ.get("DATABASE_URL"),
        "redis-server": shutil.which("redis-server") or os.environ.get("REDIS_URL"),
        "chromium": shutil.which("chromium"),
        "poppler-utils": shutil.which("pdftotext"),
        "npm": shutil.which("npm"),
    }
    return [package for package, there in wanted.items() if not there] + missing_for_pdf()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own; yields the URL of a database that may be used up. initdb refuses root."""
    folder, port = tempfile.mkdtemp(prefix="tracker-pg-"), free_port()
    binaries, user = _postgres_bin(), []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        user = [shutil.which("runuser") or "/usr/sbin/runuser", "-u", "postgres", "--"]
    data = f"{folder}/data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True, "cwd": folder}
    subprocess.run(
        [
            *user,
            f"{binaries}/initdb",
            "-D",
            data,
            "-U",
            "tracker",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ],
        **quiet,
    )  # type: ignore[call-overload]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    subprocess.run([*user, f"{binaries}/pg_ctl", "-D", data, "-o", options, "-w", "start"], **quiet)  # type: ignore[call-overload]
    try:
        subprocess.run(
            [f"{binaries}/createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "tracker", "tracker"], **quiet
        )  # type: ignore[call-overload]
        yield f"postgres://tracker@127.0.0.1:{port}/tracker"
    finally:
        subprocess.run(
            [*user, f"{binaries}/pg_ctl", "-D", data, "-m", "immediate", "stop"], **{**quiet, "check": False}
        )  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis of our own; yields its URL."""
    folder, port = tempfile.mkdtemp(prefix="tracker-redis-"), free_port()
    server = subprocess.Popen(
        [
            "redis-server",
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "no",
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
