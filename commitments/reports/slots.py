"""How much one machine builds at once: the workers have more hands than that, so that letters and webhooks never wait for them."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

SLOTS = 3  # reports: of the four threads or processes of a worker
PAGES = 2  # pages that are set as PDF, each in a process of its own: together with the worker they stay under 400 MB


@contextmanager
def slot(kind: str = "building", number: int = SLOTS, *, wait: bool = False) -> Iterator[bool]:
    """Whether there was room; with `wait`, when there is. A lock on a file: threads and processes share it, and the death of one
    gives it away."""
    while True:
        for each in range(number):
            with Path(settings.DATA_DIR, f"{kind}.{each}.lock").open("w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield True
                return
        if not wait:
            yield False
            return
        time.sleep(0.1)
