"""A partner's programs beside a tracker that moves: a mirror that is killed ten times, fifty requests with one key, the guide,
clients that are generated from the contract."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import npm, servers
from tests.product import ROOT, Product, run_python, running

pytestmark = [pytest.mark.processes, pytest.mark.engineless]
SECRET = "only-for-tests-" + "0123456789abcdef" * 4
TOKEN = """
from commitments.accounts import tokens
from commitments.models.person import Person
from tests.story import person
person("{name}", "service", ["CSTO"])
print(tokens.issue(Person.objects.get(code="p-{name}")))
"""
WRITE = """
from tests.story import judge
from commitments.ledger import bodies, redact
from commitments.models.entry import Entry
for n in range(120):
    key = judge(day=f"2026-0{1 + n // 28}-{1 + n % 28:02d}")
    if n % 40 == 39:
        number = Entry.objects.get(subject=key).number
        state = bodies.states("assessment", [number])[number]
        redact.redact(entry=number, replacement=state | {"because": {"en": "-"}}, because="a name", by="p")
"""
SYNC = ROOT / "static" / "tracker_sync.py"


@pytest.fixture(params=["embedded", "servers"], scope="module")
def product(request: pytest.FixtureRequest) -> Iterator[tuple[Product, dict[str, str]]]:
    with ExitStack() as stack:
        more = {"REPORT_FORMATS": "json", "API_LIMIT_ADDRESS": "100000"}
        if request.param == "servers":
            if gone := {"postgresql", "redis-server"} & set(servers.missing()):
                pytest.skip(f"{', '.join(gone)} missing")
            more |= {
                "DATABASE_URL": stack.enter_context(servers.postgres()), "REDIS_URL": stack.enter_context(servers.redis()),
                "SECRET_KEY": SECRET,
            }  # fmt: skip
        found = stack.enter_context(running(**more))
        yield found, {**os.environ, "DATA_DIR": str(found.data), **more}


def mirror(product: Product, file: Path, page: int = 40) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(SYNC), product.address, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TRACKER_SYNC_PAGE": str(page)},
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["sqlite3", "ndjson"])
def test_a_mirror_is_killed_ten_times_and_ends_equal(
    ending: str, product: tuple[Product, dict[str, str]], tmp_path: Path
) -> None:
    served, env = product
    file, chance = tmp_path / f"mirror.{ending}", random.Random(ending)
    writer = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v0", "-c", WRITE.replace("2026-", f"20{24 if ending == 'ndjson' else 25}-")],
        cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    killed, longest = 0, 0.8
    while killed < 10:
        process = mirror(served, file, page=7)
        time.sleep(chance.uniform(0.1, longest))
        if process.poll() is None:
            killed += 1
        else:  # a quick machine had all of it: from the beginning, and sooner
            assert process.returncode == 0, process.communicate()[1]
            file.unlink()
            longest = max(0.15, longest * 0.8)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert writer.wait(120) == 0, writer.communicate()[1][-2000:]
    done = mirror(served, file, page=500)
    said, wrong = done.communicate(timeout=120)
    assert done.returncode == 0 and "equal:" in said, said + wrong
    head = json.loads(served.get("/readyz")[1])["ledger_number"]
    if ending == "sqlite3":
        with sqlite3.connect(file) as db:
            rows = db.execute("SELECT number, body FROM entries ORDER BY number").fetchall()
        bodies = dict(rows)
    else:
        bodies = {(e := json.loads(line))["number"]: e["body"] for line in file.read_text().splitlines()}
        verified = subprocess.run(
            [sys.executable, str(ROOT / "static" / "verify.py"), str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "verified" in verified.stdout, verified.stderr
    assert list(bodies) == list(range(1, len(bodies) + 1)) and len(bodies) <= head
    feed = json.loads(served.get("/api/v1/changes/?after=801&limit=500")[1])["results"]
    gone = [int(e["subject"]) for e in feed if e["verb"] == "redact"]
    assert len(gone) >= 3 and all(bodies[number] is None for number in gone)
    forged = file.read_bytes().replace(b"partially_fulfilled", b"Partially_fulfilled", 1)
    file.write_bytes(forged)
    told = mirror(served, file).communicate(timeout=60)[1]
    assert "not equal: entry" in told


def test_every_example_of_the_guide_works(product: tuple[Product, dict[str, str]], tmp_path: Path) -> None:
    served, env = product
    guide = (ROOT / "docs" / "api.md").read_text()
    blocks = re.findall(r"```(\w*)\n(.*?)```", guide, re.DOTALL)
    shell = [text for kind, text in blocks if kind == ""]
    (loop,) = [text for kind, text in blocks if kind == "python"]
    assert len(shell) >= 12 and "\n".join(shell).count("curl ") >= 20 and len(loop.splitlines()) <= 15
    token = run_python(env, TOKEN.format(name="guide"))
    script = 'set -eu\ncurl() { command curl --fail-with-body "$@"; echo; }\n' + "\n".join(shell)
    lines = script.replace("export TRACKER=http://localhost:8000\n", "")
    done = subprocess.run(
        ["bash", "-c", lines], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "TRACKER": served.address, "TOKEN": token},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    assert "equal: " in done.stdout and "verified: " in done.stdout and "whsec_" in done.stdout
    (tmp_path / "loop.py").write_text(loop.replace("http://localhost:8000", served.address))
    read = subprocess.run(
        [sys.executable, "loop.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    numbers = [int(line.split()[0]) for line in read.stdout.splitlines()]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 801


RESTLESS = """
import time
from tests.story import judge
until = time.monotonic() + 12
while time.monotonic() < until:
    judge(day="2026-02-02")
    time.sleep(0.05)
"""


def test_whoever_asks_for_a_file_gets_it_whatever_is_written(product: tuple[Product, dict[str, str]]) -> None:
    served, env = product
    writer = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v0", "-c", RESTLESS], cwd=ROOT, env=env
    )
    seen = set()
    while writer.poll() is None:
        for query in (
            "format=package",
            "of=commitments",
            "of=assessments&format=xlsx",
            "of=commitments&at=801",
        ):
            with urllib.request.urlopen(f"{served.address}/api/v1/export/?{query}", timeout=60) as reply:
                whole, number = reply.read(), int(reply.headers["Ledger-Number"])
            seen.add(number)
            if query == "of=assessments&format=xlsx":  # as known at its entry, and nothing else
                address = f"{served.address}/api/v1/export/?{query}&at={number}"
                with urllib.request.urlopen(address, timeout=60) as reply:
                    assert reply.read() == whole, number
    assert writer.returncode == 0 and len(seen) > 3
    assert "Traceback" not in served.output


def test_fifty_at_once_with_one_key_make_one_proposal(product: tuple[Product, dict[str, str]]) -> None:
    served, env = product
    token = run_python(env, TOKEN.format(name="fifty"))
    body = {
        "kind": "comment", "payload": {"commitment": "sco-afg-2009:N6.c", "text": "Seen by fifty."},
    }  # fmt: skip

    def send(_: int) -> tuple[int, str]:
        request = urllib.request.Request(
            f"{served.address}/api/v1/proposals/", json.dumps(body).encode(), method="POST",
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}", "Idempotency-Key": "one"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.load(reply)["key"]

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert len(set(answers)) == 1 and answers[0][0] == 201
    count = "from commitments.models.proposal import Proposal as P; print(sum('fifty' in str(p.payload) for p in P.objects.all()))"
    assert run_python(env, count) == "1"


@pytest.fixture(scope="module")
def clients() -> Path:
    """A folder with a client in Python and one in TypeScript, both generated from the contract; the second is compiled."""
    made, contract = npm.installed(), str(ROOT / "docs" / "openapi.json")
    (made / "pull.ts").write_text(TYPESCRIPT)
    for command in (
        [str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--path", contract, "--meta", "none", "--overwrite", "--output-path", "client"],
        ["npx", "--no-install", "openapi-typescript", contract, "-o", "schema.d.ts"],
        ["npx", "--no-install", "tsc", "--strict", "--target", "es2022", "--module", "commonjs", "pull.ts"],
    ):  # fmt: skip
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return made


def asked(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=20) as reply:
        return json.loads(reply.read())


PYTHON = """
import sys
from client import Client
from client.api.commitments import commitments
from client.api.status_changes import status_changes
from client.api.summary import summary
client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)
page = commitments.sync(client=client, page_size=200)
changes = status_changes.sync(client=client, from_="2025", to="2025")
print(page.count, len(page.results), page.results[0].title.en, summary.sync(client=client).fulfilled.n, changes.count)
"""
TYPESCRIPT = """
import type { components } from "./schema";
type Page = components["schemas"]["CommitmentPage"];
fetch(process.argv[2] + "/api/v1/commitments/?page_size=200").then((r) => r.json() as Promise<Page>)
  .then((page) => console.log(page.count, page.results.map((c) => c.status.value).length));
"""


def test_generated_clients_pull_what_there_is(product: tuple[Product, dict[str, str]], clients: Path) -> None:
    served, _env = product
    title = asked(f"{served.address}/api/v1/commitments/")["results"][0]["title"]["en"]
    in_2025 = asked(f"{served.address}/api/v1/status-changes/?from=2025&to=2025")["count"]
    counting = asked(f"{served.address}/api/v1/summary/")["fulfilled"]["n"]
    for command, wanted in (
        ([sys.executable, "-c", PYTHON], f"64 64 {title} {counting} {in_2025}"),
        (["node", "pull.js"], "64 64"),
    ):
        told = subprocess.run(
            [*command, served.address], cwd=clients, capture_output=True, text=True, check=False
        )
        assert told.stdout.strip() == wanted, told.stdout + told.stderr[-2000:]
