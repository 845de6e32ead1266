"""Partners in a storm: readers that are killed while thousands of entries are written, requests that nobody would write by hand,
and a receiver that hangs. `make storm` runs them."""

import contextlib
import http.server
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.processes.test_sync import TOKEN, mirror
from tests.product import ROOT, Product, run_python, running

pytestmark = pytest.mark.processes
SECRET = "only-for-tests-" + "0123456789abcdef" * 4
BIN = Path(sys.executable).parent
ENTRIES = int(os.environ.get("STORM_ENTRIES", "20000"))
EACH = 40  # entries of one transaction
WRITER = """
from commitments.ledger.record import batch
from commitments.ledger.subjects import SUBJECTS
wanted = {wanted}
state = SUBJECTS["source"].states(["sco-afg-2009:src-sohu"])["sco-afg-2009:src-sohu"]
for start in range(0, wanted, {each}):
    with batch(by="p", because="storm") as work:
        for n in range(start, min(start + {each}, wanted)):
            key = f"sco-afg-2009:storm-{me}-{{n}}"
            work.record("add", "source", key, state | {{"code": f"storm-{me}-{{n}}", "title": f"Storm {{n}}"}}, expected=0)
"""


@pytest.fixture(params=["embedded", "servers"])
def tracker(request: pytest.FixtureRequest) -> Iterator[tuple[Product, dict[str, str]]]:
    with ExitStack() as stack:
        more = {
            "REPORT_FORMATS": "json", "API_LIMIT_ADDRESS": "10000000", "API_LIMIT_TOKEN": "10000000", "WEBHOOK_INTERNAL": "true",
            "RECONCILE_SECONDS": "1",
        }  # fmt: skip
        if request.param == "servers":
            more |= {
                "DATABASE_URL": stack.enter_context(servers.postgres()), "REDIS_URL": stack.enter_context(servers.redis()),
                "SECRET_KEY": SECRET,
            }  # fmt: skip
        found = stack.enter_context(running(**more))
        yield found, {**os.environ, "DATA_DIR": str(found.data), **more}


def test_five_readers_are_killed_and_restarted_while_eight_write(
    tracker: tuple[Product, dict[str, str]], tmp_path: Path
) -> None:
    served, env = tracker
    chance = random.Random(int(os.environ.get("STORM_SEED", "7")))
    started = time.monotonic()
    writers = [
        subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v0", "-c", WRITER.format(me=n, wanted=ENTRIES // 8, each=EACH)],
            cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True,
        )
        for n in range(8)
    ]  # fmt: skip
    files = [tmp_path / f"reader-{n}.{('sqlite3', 'ndjson')[n % 2]}" for n in range(5)]
    readers = [mirror(served, file, page=chance.choice((17, 100, 500))) for file in files]
    kills = 0
    while any(writer.poll() is None for writer in writers):
        time.sleep(chance.uniform(0.2, 0.7))
        n = chance.randrange(5)
        if readers[n].poll() is None:
            readers[n].send_signal(signal.SIGKILL)
            kills += 1
        readers[n].communicate()
        readers[n] = mirror(served, files[n], page=chance.choice((17, 100, 500)))
    took = time.monotonic() - started
    assert [writer.wait() for writer in writers] == [0] * 8, [w.communicate()[1][-500:] for w in writers]
    for reader in readers:
        reader.communicate(timeout=600)
    head = json.loads(served.get("/readyz")[1])["ledger_number"]
    rates = []
    for file in files:  # to the end, and proved
        began = time.monotonic()
        said, wrong = mirror(served, file).communicate(timeout=600)
        assert "equal:" in said, said + wrong
        assert int(re.findall(r"equal: (\d+)", said)[0]) >= head
        rates.append(time.monotonic() - began)
    fresh = tmp_path / "fresh.ndjson"
    began = time.monotonic()
    assert "equal:" in mirror(served, fresh).communicate(timeout=900)[0]
    pulled = time.monotonic() - began
    keys = {json.loads(line)["subject"] for line in fresh.read_text().splitlines()}
    assert sum("storm-" in key for key in keys) == ENTRIES // 8 * 8  # no acknowledged write is lost
    print(
        f"{ENTRIES} entries by 8 writers in {took:.0f} s; {kills} kills of 5 readers; a fresh mirror of {head} entries in {pulled:.0f} s ({head / pulled:.0f} entries/s)"
    )


CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
THERE = {  # what is on record already: else most requests about one thing would find none
    "instruments": "OP-CHANNEL", "organizations": "CSTO", "actions": "sco-afg-2009:a-ch-2017", "commitments": "sco-afg-2009:N6.c",
    "declarations": "sco-afg-2009", "editions": "sco-afg-2009:zh.1", "sections": "sco-afg-2009:narcotics", "paragraphs": "sco-afg-2009:N6",
    "assessments": "sco-afg-2009:N6.c@2011-12-12.1", "scales": "house@1",
    "indicators": "sco-afg-2009:i-opium-ha", "sources": "sco-afg-2009:src-sohu", "reports": "sco-afg-2009:yearly.2025-01-01.2025-12-31.en.1",
}  # fmt: skip


def _known(served: Product, token: str) -> str:
    """The keys of real things, as schemathesis reads them; what is deleted or withdrawn is another one."""

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{served.address}/api/v1/{path}/", json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as reply:
            return dict(json.load(reply))

    def hook() -> str:
        return str(post("webhooks", {"url": "http://127.0.0.1:9/hook", "events": ["report.issue"]})["key"])

    def proposal(words: str) -> str:
        payload = {"commitment": "sco-afg-2009:N6.c", "text": words}
        return str(post("proposals", {"kind": "comment", "payload": payload})["key"])

    webhook = hook()
    keys = {f"{name}/{{key}}/": key for name, key in THERE.items()}
    keys |= {f"webhooks/{{key}}/{more}": webhook for more in ("deliveries/", "rotate/", "test/")}
    keys |= {"proposals/{key}/": proposal("one"), "proposals/{key}/withdraw/": proposal("two")}
    a, b = THERE["reports"], THERE["reports"].replace("2025", "2024")
    lines = [
        f"""[[operations]]\ninclude-path = "/api/v1/reports/compare/"\nparameters = {{ "query.a" = "{a}", "query.b" = "{b}" }}\n""",
        """[[operations]]\ninclude-path = "/api/v1/schemas/{name}"\nparameters = { "path.name" = "assessment.3.json" }\n""",
    ]
    lines += [
        f"""[[operations]]\ninclude-path = "/api/v1/{path}"\nparameters = {{ "path.key" = "{key}" }}\n"""
        for path, key in keys.items()
    ]
    for method, key in (("GET", webhook), ("PATCH", webhook), ("DELETE", hook())):
        lines.append(
            f"""[[operations]]\ninclude-path = "/api/v1/webhooks/{{key}}/"\ninclude-method = "{method}"\nparameters = {{ "path.key" = "{key}" }}\n"""
        )
    return "\n".join(lines)


def test_no_generated_request_finds_a_server_error(
    tracker: tuple[Product, dict[str, str]], tmp_path: Path
) -> None:
    served, env = tracker
    token = run_python(env, TOKEN.format(name="fuzz"))
    (tmp_path / "schemathesis.toml").write_text(_known(served, token))
    for name, more in (
        ("with a token", ["-H", f"Authorization: Bearer {token}"]),
        ("without one", ["--include-method", "GET"]),
    ):
        done = subprocess.run(
            [
                str(BIN / "schemathesis"), "run", f"{served.address}/api/v1/schema/", *more, "--checks", CHECKS,
                "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", os.environ.get("STORM_EXAMPLES", "25"), "--continue-on-failure", "--suppress-health-check", "all",
                "--generation-database", "none", "--seed", "7", "--no-color", "--request-timeout", "60",
            ],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        kind = "servers" if "DATABASE_URL" in env else "embedded"
        log = Path(tempfile.gettempdir()) / f"schemathesis-{kind}-{name.replace(' ', '-')}.log"
        log.write_text(done.stdout + done.stderr)
        print(name, re.sub(r"\s+", " ", done.stdout[done.stdout.rfind("SUMMARY") :])[:900])
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Traceback" not in served.output


ROWS = int(os.environ.get("STORM_ROWS", "200000"))


def _resident(process: int) -> int:
    """MB that a process and its children have in memory, at most so far."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (folder / "status").read_text()
            parents = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(folder.name) == process or int(parents[1]) == process:
                found = max(found, int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024)
    return found


def test_an_export_of_two_hundred_thousand_rows_takes_no_more_memory(
    tracker: tuple[Product, dict[str, str]],
) -> None:
    served, env = tracker
    web = int(subprocess.run(["pgrep", "-P", str(served.process.pid), "-f", "granian"], capture_output=True, text=True, check=True).stdout.split()[0])  # fmt: skip

    def export(query: str) -> tuple[int, float, int]:
        started, lines = time.monotonic(), 0
        with urllib.request.urlopen(f"{served.address}/api/v1/export/?{query}", timeout=900) as reply:
            while part := reply.read(1 << 20):
                lines += part.count(b"\n")
        return lines, time.monotonic() - started, _resident(web)

    before = export("")[2]
    run_python(env, WRITER.format(me=7, wanted=ROWS, each=2000))
    for query in ("", "format=csv", "of=sources", "format=xlsx"):
        lines, took, after = export(query)
        print(
            f"{query or 'ndjson'}: {lines} lines in {took:.1f} s; the web process had {before} MB before and {after} MB at most"
        )
        if not query:
            assert lines > ROWS and after < before + 60


class _Slow(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((self.path, time.monotonic(), json.loads(body)))
        if self.path.startswith("/hangs"):
            time.sleep(40)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    got: list[tuple[str, float, Any]]

    def handle_error(self, *_args: Any) -> None:
        pass


def test_one_slow_target_delays_nobody(tracker: tuple[Product, dict[str, str]]) -> None:
    served, env = tracker
    token = run_python(env, TOKEN.format(name="hooks"))
    receiver = _Server(("127.0.0.1", 0), _Slow)
    receiver.got = []
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        for path in ("hangs", "hangs?2", "hangs?3", "quick"):
            request = urllib.request.Request(
                f"{served.address}/api/v1/webhooks/", json.dumps({"url": f"http://127.0.0.1:{receiver.server_port}/{path}", "events": ["source.add"]}).encode(),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )  # fmt: skip
            urllib.request.urlopen(request, timeout=30).close()
        code = WRITER.format(me=99, wanted=400, each=20)
        run_python(env, code)
        written, until = time.monotonic(), time.monotonic() + 90
        while time.monotonic() < until and sum(path == "/quick" for path, *_ in receiver.got) < 400:
            time.sleep(0.2)
        quick = [(at, body["data"]["number"]) for path, at, body in receiver.got if path == "/quick"]
        assert len(quick) == 400 and [n for _at, n in quick] == sorted({n for _at, n in quick})
        late = quick[-1][0] - written
        rate = len(quick) / (quick[-1][0] - quick[0][0])
        print(
            f"400 messages, the last {late:.1f} s after the last write, {rate:.0f} a second, beside a target that hangs"
        )
        assert sum(path.startswith("/hangs") for path, *_ in receiver.got) >= 3
        pauses = [after - before for (before, _), (after, _) in itertools.pairwise(quick)]
        assert max(pauses) < 8, max(
            pauses
        )  # whoever waits for one that hangs waits 15 s; how fast it goes is the machine's
    finally:
        receiver.shutdown()
        receiver.server_close()
