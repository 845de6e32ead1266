"""Named points of a build, at which the storms stop or kill a worker. Without `FAULT_PLAN` in the environment they do nothing."""

import contextlib
import os
import signal
from pathlib import Path

POINTS = (
    "claimed", "reading the record", "freezing the reading", "html", "pdf", "docx", "xlsx", "csv", "writing", "file synced",
    "folder synced", "publishing", "renamed", "recorded", "published",
)  # fmt: skip


def reached(point: str) -> None:
    """`FAULT_PLAN` names a folder with a file a fault: `001 kill renamed`, `002 stop writing`. The first one is taken by who comes
    to its point, and once: the file is removed before the process is killed or stopped."""
    plan = os.environ.get("FAULT_PLAN")
    if not plan:
        return
    first = min(Path(plan).iterdir(), default=None)
    if first is None or first.name.split(" ", 2)[2] != point:
        return
    with contextlib.suppress(FileNotFoundError):  # another process took it
        first.unlink()
        kind = signal.SIGSTOP if first.name.split(" ")[1] == "stop" else signal.SIGKILL
        os.kill(os.getpid(), kind)
