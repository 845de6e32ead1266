"""Whose turn it is to write. PostgreSQL keeps a line of those who wait; SQLite does not.

Who waits for SQLite's lock looks less and less often, so that of many writers the oldest is served last: one of eight waited longer
than twenty seconds and was refused. A lock on a file beside the database, for which all look equally often, lets each have a turn.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import connection

PATIENCE = 20  # seconds; then SQLite itself decides, which waits and refuses
_EVERY = 0.005


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait for one's turn, and keep it to the end of the block. Inside a transaction it is too late: who began it has waited."""
    name = str(connection.settings_dict["NAME"])
    if (
        connection.vendor != "sqlite"
        or connection.in_atomic_block
        or ":memory:" in name
        or "mode=memory" in name
    ):
        yield
        return
    with Path(f"{name}.turn").open("w") as file:  # closing it gives the turn away, as a death does
        until = time.monotonic() + PATIENCE
        while not _taken(file) and time.monotonic() < until:
            time.sleep(_EVERY)
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
