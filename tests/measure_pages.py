"""Queries, milliseconds and weight of each page: `make bench` prints them. Figures, not a test."""

import time

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.browser.pictures import PAGES


@pytest.mark.django_db
def test_pages(client: Client) -> None:
    print(f"\n{'page':<16}{'queries':>8}{'anew ms':>9}{'again ms':>9}{'kB':>6}{'kB sent':>8}")
    for name, path in PAGES.items():
        address = f"{path}{'&' if '?' in path else '?'}lang=en"
        client.get(address)
        caches["pages"].clear()
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
            queries = len(caught)  # the log is emptied by the next request
        anew, again = [], []
        for _ in range(5):
            caches["pages"].clear()
            started = time.perf_counter()
            reply = client.get(address)
            anew.append(time.perf_counter() - started)
            started = time.perf_counter()
            client.get(address)
            again.append(time.perf_counter() - started)
        sent = len(client.get(address, headers={"Accept-Encoding": "gzip"}).content)
        print(
            f"{name:<16}{queries:>8}{min(anew) * 1000:>9.0f}{min(again) * 1000:>9.1f}{len(reply.content) / 1024:>6.0f}{sent / 1024:>8.1f}"
        )
