"""Storms: longer than `make test` allows. `make storm` runs them; STORM_SEED repeats one."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests import servers
from tests.product import Product, environment, running, told

pytestmark = pytest.mark.processes
SECRET = "only-for-tests-" + "0123456789abcdef" * 4


@pytest.fixture(params=["embedded", "servers"])
def stormy(request: pytest.FixtureRequest) -> Iterator[tuple[Product, dict[str, str]]]:
    """The product with a short lease, so that what a killed worker held comes back soon."""
    with ExitStack() as stack:
        more = {"REPORT_LEASE_SECONDS": "5", "REPORT_ATTEMPTS": "99"}
        if request.param == "servers":
            more |= {
                "DATABASE_URL": stack.enter_context(servers.postgres()),
                "REDIS_URL": stack.enter_context(servers.redis()),
                "SECRET_KEY": SECRET,
            }
        yield stack.enter_context(running(**more)), more


def test_killed_workers_lose_and_double_nothing(stormy: tuple[Product, dict[str, str]]) -> None:
    product, more = stormy
    seed = int(os.environ.get("STORM_SEED", random.randrange(10**6)))
    print(f"STORM_SEED={seed}")
    chance, kills = random.Random(seed), 0
    until = time.monotonic() + 240
    ready = -1
    while ready < 51 and time.monotonic() < until:
        time.sleep(chance.uniform(0.1, 0.7))
        workers = subprocess.run(
            ["pgrep", "-f", "celery.*worker"], capture_output=True, text=True, check=False
        ).stdout.split()
        mine = [pid for pid in map(int, workers) if pid in product.children()]
        if mine and kills < 9 and ready < 45 and chance.random() < 0.5:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(mine), signal.SIGKILL)
            kills += 1
        with suppress(OSError):
            ready = json.loads(product.get("/api/v1/reports/?state=ready&page_size=1")[1])["count"]
    print(f"{kills} kills")
    assert (ready, kills > 3) == (51, True)
    assert "verified" in told(environment(product.data, product.port, **more), "verify")
    feed, after = [], 0
    while page := json.loads(product.get(f"/api/v1/changes/?after={after}")[1])["results"]:
        feed += page
        after = page[-1]["number"]
    issued = [entry["subject"] for entry in feed if entry["verb"] == "issue"]
    assert len(issued) == len(set(issued)) == 51
    folders = list((product.data / "reports").glob("*/*"))
    assert len([f for f in folders if not f.name.endswith(".part")]) == 51
