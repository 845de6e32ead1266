"""Debian's Chromium, one for each module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import servers


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if "chromium" in servers.missing():
        pytest.skip("chromium missing")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield found
        found.close()
