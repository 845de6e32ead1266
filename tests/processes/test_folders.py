"""The embedded queue: a message and the table of who listens are there whole, or not at all."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from declaration_tracker import folders

pytestmark = [pytest.mark.processes, pytest.mark.engineless]
MESSAGES = 3000
WRITE = f"""
import sys, time
from tests.processes.test_folders import channel
from pathlib import Path
to = channel(Path(sys.argv[1]))
for number in range({MESSAGES}):
    time.sleep(0.0005)  # so that who takes them is up to date, and looks while one is being written
    to._put("work", {{"number": number}})
"""
BIND = """
import sys
from tests.processes.test_folders import channel
from pathlib import Path
to = channel(Path(sys.argv[1]))
for number in range(200):
    to._queue_bind("work", f"{sys.argv[2]}.{number}", "", "work")
"""


def channel(folder: Path) -> Any:
    taken = folder / "processed"
    taken.mkdir(exist_ok=True)
    places = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder, "processed_folder": taken}  # fmt: skip
    options = {name: str(place) for name, place in places.items()}
    return Connection("folders://localhost", transport_options=options).channel()


def test_a_worker_never_takes_a_message_that_is_being_written(tmp_path: Path) -> None:
    taking = channel(tmp_path)
    writer = subprocess.Popen([sys.executable, "-c", WRITE, str(tmp_path)])
    taken: list[int] = []
    until = time.monotonic() + 120
    while time.monotonic() < until:
        ended = writer.poll() is not None
        try:
            taken.append(taking._get("work")["number"])
        except Empty:
            if ended:
                break
    assert writer.returncode == 0 and sorted(taken) == list(range(MESSAGES))
    assert list(tmp_path.glob("*.msg*")) == []


def test_those_who_bind_at_once_lose_none_and_read_the_table_whole(tmp_path: Path) -> None:
    binding = [
        subprocess.Popen([sys.executable, "-c", BIND, str(tmp_path), name]) for name in ("web", "worker")
    ]
    reading = channel(tmp_path)
    until = time.monotonic() + 120
    while any(one.poll() is None for one in binding) and time.monotonic() < until:
        reading.get_table("work")  # raises on a table that is cut
    assert [one.returncode for one in binding] == [0, 0]
    assert len(reading.get_table("work")) == 400


def test_what_a_loss_of_power_has_cut_holds_nothing_up(tmp_path: Path) -> None:
    there = channel(tmp_path)
    (tmp_path / "0_cut.work.msg").write_text("")
    there._put("work", {"number": 1})
    assert there._get("work") == {"number": 1}
    with pytest.raises(Empty):
        there._get("work")
    (tmp_path / "work.exchange").write_text("[[")
    there._queue_bind("work", "a", "", "work")
    assert json.loads((tmp_path / "work.exchange").read_text()) == [["a", "", "work"]]


def test_tables_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(folders.ChannelError, match="cannot be changed"):
        channel(tmp_path)._queue_bind("work", "", "", "work")


def test_a_full_disk_is_said_and_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = channel(tmp_path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(folders.ChannelError, match="No space left"):
        there._put("work", {"number": 1})
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_what_the_killed_left_is_swept_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    from commitments.management.commands.run import (
        sweep,
    )  # the processes of the other tests load this file without Django

    names = ("messages/1.work.msg.a.part", "control/work.b.part", "processed/2.work.msg", "messages/3.work.msg.c.part", "messages/4.work.msg")  # fmt: skip
    left = [tmp_path / name for name in names]
    for file in left:
        file.parent.mkdir(exist_ok=True)
        file.write_text("{}")
    for file in (*left[:3], left[4]):
        os.utime(file, (time.time() - 4000,) * 2)
    sweep(tmp_path)
    assert [file for file in left if file.exists()] == left[3:]


def test_a_message_is_taken_within_the_queue_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    queue = channel(tmp_path)
    queue._put("work", {"number": 1})
    queue._put("other", {"number": 2})
    assert queue._get("work") == {"number": 1}
    with pytest.raises(Empty):
        queue._get("work")
    assert [path.name.split(".")[1] for path in tmp_path.glob("**/*.msg")] == ["other"]
