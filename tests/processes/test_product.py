"""The product as processes: it starts, works off its reports, restarts, and leaves nothing behind."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests import servers
from tests.product import ROOT, Product, environment, load, manage, run_python, running, start, told

pytestmark = [pytest.mark.processes, pytest.mark.engineless]
SECRET = "only-for-tests-" + "0123456789abcdef" * 4


@pytest.fixture(params=["embedded", "servers"], scope="module")
def product(request: pytest.FixtureRequest) -> Iterator[Product]:
    with ExitStack() as stack:
        more = {}
        if request.param == "servers":
            if gone := {"postgresql", "redis-server"} & set(servers.missing()):
                pytest.skip(f"{', '.join(gone)} missing")
            more = {
                "DATABASE_URL": os.environ.get("DATABASE_URL") or stack.enter_context(servers.postgres()),
                "REDIS_URL": os.environ.get("REDIS_URL") or stack.enter_context(servers.redis()),
                "SECRET_KEY": SECRET,
            }
        yield stack.enter_context(running(fresh=True, **more))


def assert_gone(processes: set[int], seconds: float) -> None:
    """None of these is left; a dead one that nobody has waited for yet does not count."""

    def alive(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
        except OSError:
            return False

    until = time.monotonic() + seconds
    while time.monotonic() < until and any(map(alive, processes)):
        time.sleep(0.1)
    assert not [pid for pid in processes if alive(pid)]


def wait_for(product: Product, seconds: float) -> dict[str, int]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ready = json.loads(product.get("/api/v1/reports/?state=ready&page_size=1")[1])["count"]
        if ready == 51:
            break
        time.sleep(0.5)
    return {"ready": ready}


def test_it_prints_one_password_once_and_its_address(product: Product) -> None:
    assert len(re.findall(r"one-time password:\s+\S{20}", product.output)) == 1
    assert f"Declaration Tracker is at {product.address}/" in product.output
    assert product.output.count("loaded sco-afg-2009") == 1


def test_a_worker_makes_the_51_reports(product: Product) -> None:
    assert wait_for(product, 150) == {"ready": 51}
    reports = json.loads(product.get("/api/v1/reports/?page_size=200")[1])["results"]
    assert len({(r["period_end"], r["language"]) for r in reports}) == 51
    for report in reports[:6]:
        for file in report["files"]:
            status, content = product.get(file["url"])
            assert (status, len(content)) == (200, file["bytes"])


def test_the_record_is_sound_after_all_that(product: Product) -> None:
    feed, after = [], 0
    while page := json.loads(product.get(f"/api/v1/changes/?after={after}")[1])["results"]:
        feed += page
        after = page[-1]["number"]
    assert [e["number"] for e in feed] == list(range(1, len(feed) + 1))
    assert sum(e["verb"] == "issue" for e in feed) == 51


def test_the_pages_are_there(product: Product) -> None:
    for path in (
        "/",
        "/declarations/sco-afg-2009/?lang=zh",
        "/reports/?lang=ru",
        "/api/docs/",
        "/static/vendor/htmx.org/htmx.min.js",
    ):
        assert product.get(path)[0] == 200, path
    assert product.get("/commitments/%00")[0] in (400, 404)


@pytest.mark.timed
def test_it_stops_cleanly_and_starts_again_in_seconds_with_all_its_data() -> None:
    with running() as product:
        head = json.loads(product.get("/readyz")[1])["ledger_number"]
        below = product.children()
        assert len(below) >= 2
        assert product.stop(signal.SIGINT) == 0
        assert_gone(below, 5)
        left = (
            product.data / "queue" / "messages" / "1.celery.msg.x.part"
        )  # of a writer that was killed long ago
        left.touch()
        os.utime(left, (0, 0))
        again = start(product.data)
        assert not left.exists()
        try:
            assert again.ready_after < 10
            assert "one-time password" not in again.output and "loaded" not in again.output
            assert json.loads(again.get("/readyz")[1])["ledger_number"] >= head
        finally:
            assert again.stop(signal.SIGTERM) == 0


def test_children_die_with_a_parent_that_is_killed() -> None:
    with running(REPORT_FORMATS="json") as product:
        below = product.children()
        product.stop(signal.SIGKILL)
        assert_gone(below, 20)


def test_a_killed_server_comes_back_and_its_children_do_not_live_on() -> None:
    with running(REPORT_FORMATS="json") as product:
        rows = subprocess.run(
            ["pgrep", "-f", "granian"], capture_output=True, text=True, check=True
        ).stdout.split()
        servers_of_it = sorted(pid for pid in map(int, rows) if pid in product.children())
        os.kill(servers_of_it[0], signal.SIGKILL)
        assert_gone(set(servers_of_it), 10)
        until = time.monotonic() + 20
        status = 0
        while status != 200 and time.monotonic() < until:
            time.sleep(0.2)
            with suppress(OSError):
                status = product.get("/readyz")[0]
        assert status == 200
        below = product.children()
        assert product.stop() == 0
        assert_gone(below, 5)


def test_two_trackers_do_not_share_a_data_directory() -> None:
    with running(REPORT_FORMATS="json") as product:
        second = manage(environment(product.data, servers.free_port()), "run")
        assert (
            second.stderr
            == f"CommandError: a tracker runs on {product.data} already; stop it or set DATA_DIR\n"
        )


@pytest.mark.parametrize(
    ("words", "more", "says"),
    [
        (["verify"], {}, "no tables yet"), (["export_declaration", "x", "y"], {}, "no tables yet"), (["load_declaration", "x"], {}, "no tables yet"),
        (["run"], {"PORT": "abc"}, "“abc” is not a port"), (["run"], {"PORT": "70000"}, "is not a port"), (["verify"], {"DATA_DIR": "/dev/null"}, "DATA_DIR: /dev/null cannot be used"),
        (["check"], {"SECRET_KEY": "short"}, "SECRET_KEY: at least 50"), (["check"], {"DATABASE_URL": "postgres://x"}, "SECRET_KEY: must be set"),
    ],
)  # fmt: skip
def test_what_cannot_work_says_so_in_one_sentence(
    words: list[str], more: dict[str, str], says: str, tmp_path: Path
) -> None:
    done = manage(environment(tmp_path, 1) | more, *words)
    assert done.returncode == 1
    assert says in done.stderr and "Traceback" not in done.stderr


def test_a_taken_port_gives_one_clear_line(tmp_path: Path) -> None:
    with servers.socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = manage(environment(tmp_path, port), "run")
    assert done.returncode == 1
    assert re.fullmatch(
        rf"CommandError: port {port} on 127.0.0.1 is not free \(.*\); set PORT to another\n", done.stderr
    )


WRITER = """
import sys, time, datetime, django
django.setup()
from commitments.ledger import verbs
print("ready", flush=True)
sys.stdin.readline()
until = time.monotonic() + float(sys.argv[2])
day = datetime.date(2026, 1, 1 + int(sys.argv[1]))
while time.monotonic() < until:
    verbs.assess(commitment="sco-afg-2009:N6.c", value="stalled", effective_on=day, because={"en": "seen"}, confidence="low", by=f"p-{sys.argv[1]}", basis=["sco-afg-2009:m-statement"])
    print("ok", flush=True)
"""

READER = """
import sys, time, django
django.setup()
from commitments.readings import changes
after, until = 802, time.monotonic() + float(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
while True:
    done = time.monotonic() > until
    page = changes.feed(after, 500)
    for entry in page:
        assert entry["number"] == after + 1, (entry["number"], after)
        after = entry["number"]
    if done and not page:
        break
print(after, flush=True)
"""

SIX = """
import threading, django
django.setup()
from django.db import connection
from commitments.ledger import disputes, proposals, verbs
from commitments.models.assessment import Assessment
from commitments.models.entry import Entry
from tests.story import ANNA, LIU, N6C, NURLAN, OLGA, cast, propose, report
cast()
draft = proposals.new_key("sco-afg-2009")
returned, withdrawn, accepted = propose(report(effective_on="2025-10-01")), propose(report(effective_on="2025-10-02")), propose(report(effective_on="2025-10-03"))
headline = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on").pk
dispute = disputes.raise_one(payload={"assessment": headline, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}, by=ANNA)
acts = {
    "submit": lambda: propose(report(effective_on="2025-10-04"), key=draft),
    "return": lambda: proposals.send_back(key=returned, reason="Which year?", by=NURLAN),
    "withdraw": lambda: proposals.withdraw(key=withdrawn, by=ANNA),
    "accept": lambda: proposals.accept(key=accepted, by=NURLAN),
    "decide": lambda: disputes.decide(dispute=dispute, result="maintained", because={"en": "It stands."}, by=OLGA),
    "retract": lambda: verbs.retract(assessment=headline, because={"en": "no"}, by=LIU),
}
for name, act in acts.items():
    told, before = [], Entry.objects.count()
    def once():
        try:
            act()
            told.append("ok")
        except Exception as error:
            told.append(type(error).__name__)
        finally:
            connection.close()
    threads = [threading.Thread(target=once) for _ in range(6)]
    for t in threads: t.start()
    for t in threads: t.join()
    print(name, told.count("ok"), Entry.objects.filter(verb=name).count(), sorted(set(told) - {"ok"}))
"""
SECONDS = 10


CORRECTOR = """
import datetime, django
django.setup()
from commitments.ledger import verbs
verbs.assess(commitment="sco-afg-2009:N6.c", value="stalled", effective_on=datetime.date(2026, 1, 2), because={"en": "better"}, confidence="low", by="p", basis=["sco-afg-2009:m-statement"], replaces="sco-afg-2009:N6.c@2026-01-01.1")
print("ok", flush=True)
"""


@pytest.mark.timed
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_writers_at_once_leave_no_gap_and_lose_nothing(engine: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        more = {"DJANGO_SETTINGS_MODULE": "declaration_tracker.settings", "PYTHONPATH": str(ROOT)}
        if engine == "postgresql":
            if "postgresql" in servers.missing():
                pytest.skip("postgresql missing")
            more |= {"DATABASE_URL": stack.enter_context(servers.postgres()), "SECRET_KEY": SECRET}
        env = environment(tmp_path, 1, **more)

        load(env)

        def start(code: str, *words: str) -> "subprocess.Popen[str]":
            return subprocess.Popen(
                [sys.executable, "-c", code, *words], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True,
            )  # fmt: skip

        reader = start(READER, str(SECONDS + 5))
        writers = [start(WRITER, str(n), str(SECONDS)) for n in range(8)]
        for process in (reader, *writers):
            assert process.stdout and process.stdout.readline() == "ready\n"
        done = [("", "")] * 9
        threads = []
        for index, process in enumerate((reader, *writers)):

            def drive(index: int = index, process: "subprocess.Popen[str]" = process) -> None:
                done[index] = process.communicate("go\n", timeout=120)

            threads.append(threading.Thread(target=drive))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        acknowledged = sum(out.count("ok") for out, _ in done[1:])
        print(f"{engine}: {acknowledged / SECONDS:.0f} entries/s with 8 writers")
        assert not any(err for _, err in done), [err[-300:] for _, err in done]
        assert done[0][0].strip() == str(802 + acknowledged)  # the reader saw every entry once, in order
        assert all(out.count("ok") for out, _ in done[1:])  # none of them starves
        assert acknowledged > 8 * SECONDS
        assert "verified" in told(env, "verify")
        written = run_python(
            env,
            "from commitments.models.entry import Entry; print(Entry.objects.filter(verb='assess').count())",
        )
        assert int(written) == acknowledged
        taken = subprocess.run(
            [sys.executable, "-c", SIX], env=env, capture_output=True, text=True, check=False
        )
        # Three were submitted before the six came to submit the fourth.
        assert [line.split()[:3] for line in taken.stdout.splitlines()] == [
            ["submit", "1", "4"], ["return", "1", "1"], ["withdraw", "1", "1"], ["accept", "1", "1"], ["decide", "1", "1"],
            ["retract", "1", "1"],
        ], taken.stdout + taken.stderr[-500:]  # fmt: skip
        assert "verified" in told(env, "verify")

        correctors = [
            subprocess.Popen([sys.executable, "-c", CORRECTOR], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(4)
        ]  # fmt: skip
        ends = [c.communicate(timeout=120) for c in correctors]
        assert sum(out.count("ok") for out, _ in ends) == 1
        assert sum("replaced already" in err for _, err in ends) == 3, [err[-300:] for _, err in ends]


def test_a_commit_is_synced_before_it_is_acknowledged(tmp_path: Path) -> None:
    env = environment(tmp_path, 1, DJANGO_SETTINGS_MODULE="declaration_tracker.settings")
    told(env, "migrate", "-v0")
    code = "from django.db import connection; c = connection.cursor(); print(c.execute('PRAGMA synchronous').fetchone()[0], c.execute('PRAGMA journal_mode').fetchone()[0], c.execute('PRAGMA foreign_keys').fetchone()[0])"
    assert run_python(env, code).split() == ["2", "wal", "1"]


def test_rebuild_serves_the_record_of_then(tmp_path: Path) -> None:
    env = environment(tmp_path / "a", 1)
    load(env)
    target = tmp_path / "b" / "tracker.sqlite3"
    target.parent.mkdir()
    assert "entry 0" in told(
        env, "rebuild", "--at", "500", str(tmp_path / "half.sqlite3")
    )  # one batch: all or nothing
    assert "entry 802" in told(env, "rebuild", "--at", "802", str(target))
    with sqlite3.connect(target) as rebuilt:
        assert rebuilt.execute("SELECT count(*) FROM commitments_assessment").fetchone() == (209,)
    assert "verified" in told(environment(target.parent, 1), "verify")
    assert "from 0 to 802" in manage(env, "rebuild", "--at", "803", str(tmp_path / "c.sqlite3")).stderr
    served = start(target.parent)
    try:
        status, page = served.get("/commitments/sco-afg-2009:N6.c/?lang=en")
        assert status == 200 and b"Enlarge the number" in page
        assert json.loads(served.get("/api/v1/changes/?after=800")[1])["head"]["number"] >= 802
    finally:
        served.stop()


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [("commitments_entry", "subject", "number"), ("commitments_body", "text", "entry_id"), ("commitments_assessment", "because", "recorded")],
)  # fmt: skip
@pytest.mark.parametrize("byte", [b"X", b"\xff"])
def test_one_byte_changed_in_a_copied_database_is_found_with_its_number(
    table: str, column: str, key: str, byte: bytes, loaded: Path, tmp_path: Path
) -> None:
    """The byte is changed in the file itself, at the place where one row of the table says something."""
    copy = tmp_path / "tracker.sqlite3"
    with sqlite3.connect(loaded) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        number, text = database.execute(
            f"SELECT {key}, {column} FROM {table} WHERE {key} BETWEEN 640 AND 700 ORDER BY length({column}) DESC LIMIT 1"
        ).fetchone()
    raw = bytearray(loaded.read_bytes())
    places = [m.start() for m in re.finditer(re.escape(text.encode()), bytes(raw))]
    assert places, (table, text[:80])
    for place in places:  # of an index too, where there is one
        raw[place + len(text.encode()) // 2 : place + len(text.encode()) // 2 + 1] = byte
    copy.write_bytes(raw)
    found = manage(environment(tmp_path, 1), "verify")
    assert found.returncode == 1 and "Traceback" not in found.stderr, found.stderr[-800:]
    assert f"entry {number}" in found.stdout + found.stderr, (found.stdout + found.stderr)[-800:]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the declaration loaded."""
    folder = tmp_path_factory.mktemp("loaded")
    load(environment(folder, 1))
    return folder / "tracker.sqlite3"


def test_an_older_database_is_brought_up_to_date_by_migrate_alone(tmp_path: Path) -> None:
    env = environment(tmp_path, 1)
    told(env, "migrate", "-v0", "commitments", "0001")
    told(env, "migrate", "-v0")
    assert "verified" in told(env, "verify")
