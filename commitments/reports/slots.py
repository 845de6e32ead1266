"""How many reports one machine builds at once: the workers have more hands than that, so that letters and webhooks never wait for them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

SLOTS = 3  # of the four threads or processes of a worker


@contextmanager
def slot() -> Iterator[bool]:
    """Whether there was room. A lock on a file: threads and processes share it, and the death of one gives it away."""
    for number in range(SLOTS):
        with Path(settings.DATA_DIR, f"building.{number}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield True
            return
    yield False
