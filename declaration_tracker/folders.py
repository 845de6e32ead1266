"""The embedded queue: a folder of messages, each of which appears whole.

kombu's transport opens a message under its own name and fills it afterwards, so a worker that looks at that moment takes an empty
one and dies of it; the table of who listens is written in the same way. Here both are written aside and renamed.
"""

import contextlib
import fcntl
import json
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)
NAME = "declaration_tracker.folders:Transport"


def _whole(file: Path, content: str) -> None:
    """Write a file so that whoever opens it finds all of it. Raises ChannelError."""
    part = file.with_name(f"{file.name}.{uuid.uuid4().hex}.part")
    try:
        part.write_text(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ChannelError(f"{file} cannot be written: {error.strerror}") from error


class Channel(filesystem.Channel):
    """A channel of kombu's `filesystem` transport; see its `data_folder_in`, `data_folder_out`, `control_folder`
    and `processed_folder`, where a message is while it is read."""

    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _whole(Path(self.data_folder_out, name), dumps(payload))  # type: ignore[no-untyped-call]

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The oldest message of a queue. kombu's moves it to the folder of temporary files, which may be another disk's."""
        for message in self._messages(queue):
            taken = Path(self.processed_folder, message.name)
            try:
                message.rename(taken)
            except FileNotFoundError:  # another worker took it
                continue
            except OSError as error:
                raise ChannelError(f"{message} cannot be taken: {error.strerror}") from error
            try:
                return loads(taken.read_text())  # type: ignore[no-untyped-call]
            except ValueError:  # cut by a loss of power; a message is a hint, and the next tick asks again
                log.warning("a message of the queue %s cannot be read and is dropped", queue)
            except OSError as error:
                raise ChannelError(f"{taken} cannot be read: {error.strerror}") from error
            finally:
                taken.unlink(missing_ok=True)
        raise Empty

    def _messages(self, queue: str) -> list[Path]:
        try:
            Path(self.processed_folder).mkdir(exist_ok=True)
            found = sorted(Path(self.data_folder_in).iterdir())
        except OSError as error:
            raise ChannelError(f"the queue cannot be read: {error.strerror}") from error
        return [path for path in found if path.name.partition(".")[2] == f"{queue}.msg"]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        file: Path = self._exchange_file(exchange)  # type: ignore[no-untyped-call]
        with self._alone():
            try:
                table = [list(row) for row in json.loads(file.read_text())]
            except (FileNotFoundError, ValueError):
                table = []
            row = [routing_key or "", pattern or "", queue or ""]
            if row not in table:
                _whole(file, json.dumps([row, *table]))

    def _delete(self, *names: Any, **more: Any) -> None:
        with self._alone():
            super()._delete(*names, **more)  # type: ignore[no-untyped-call]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """The tables are changed by one at a time. Raises ChannelError."""
        try:
            with Path(self.control_folder, ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ChannelError(f"the tables of the queue cannot be changed: {error.strerror}") from error


class Transport(filesystem.Transport):
    Channel = Channel
