"""What the main pages cost: a constant number of queries, and milliseconds that a person does not notice."""

import time
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import CODE
from tests.story import N6C, administrator, judge

pytestmark = pytest.mark.django_db
COST = {
    "/": 34,
    f"/declarations/{CODE}/": 30,
    f"/commitments/{N6C}/": 53,
    "/commitments/": 31,
    "/organizations/KAZ/": 29,
    "/actions/": 16,
    "/sources/": 10,
    "/api/v1/commitments/": 20,
    "/api/v1/summary/": 24,
}


def queries(client: Client, address: str) -> int:
    client.get(address)
    caches["pages"].clear()
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", ["assessment", "organization", "schedule"])
def test_a_list_of_the_administration_asks_nothing_for_each_row(name: str, client: Client) -> None:
    client.force_login(administrator(), backend="django.contrib.auth.backends.ModelBackend")
    assert queries(client, f"/admin/commitments/{name}/") <= 14


@pytest.mark.parametrize("address", COST)
def test_a_page_costs_what_is_stated_and_no_more_with_more_rows(client: Client, address: str) -> None:
    before = queries(client, address)
    assert before <= COST[address]
    for number in range(12):
        judge(day=f"2026-01-{number + 1:02d}")
    assert queries(client, address) <= before


def slowness() -> float:
    """How much slower this machine is than the one on which the figure was stated (a loop that took 0.03 s there); 1 at least."""

    def loop(_: Any) -> float:
        started = time.perf_counter()
        sum(index * index for index in range(500_000))
        return time.perf_counter() - started

    return max(1.0, min(map(loop, range(5))) / 0.03)


@pytest.mark.timed
@pytest.mark.engineless
@pytest.mark.parametrize("address", ["/", f"/declarations/{CODE}/", f"/commitments/{N6C}/"])
def test_the_main_pages_take_under_a_quarter_second_anew_and_under_60_ms_again(
    client: Client, address: str
) -> None:
    client.get(address)

    def once(kept: bool) -> float:
        if not kept:
            caches["pages"].clear()
        started = time.perf_counter()
        client.get(address)
        return time.perf_counter() - started

    assert min(once(kept=False) for _ in range(5)) < 0.250 * slowness()
    assert min(once(kept=True) for _ in range(5)) < 0.060


@pytest.mark.engineless
def test_a_page_that_is_kept_is_the_page_of_its_moment_language_and_host(client: Client) -> None:
    address = f"/commitments/{N6C}/"
    first = client.get(address)
    with CaptureQueriesContext(connection) as caught:
        again = client.get(address)
    assert (again.content, again.headers) == (first.content, first.headers)
    assert len(caught) <= 2  # where the ledger stands
    judge(day="2026-01-05")
    moved = client.get(address)
    assert moved.content != first.content and moved.headers["ETag"] != first.headers["ETag"]
    assert 'lang="zh' in client.get(address, headers={"accept-language": "zh"}).text
    assert "http://localhost/" in client.get(address, headers={"host": "localhost"}).text
    assert "http://localhost/" not in client.get(address).text
