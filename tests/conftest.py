"""The record of 2009, loaded once; a test changes it and the change is rolled back."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.db import connection
from whitenoise.middleware import WhiteNoiseMiddleware

from commitments import clock
from commitments.packages.load import load
from commitments.readings.moment import Moment, resolve

ROOT = Path(settings.BASE_DIR)
PACKAGE = ROOT / "fixtures" / "sco-afghanistan-2009"
RESEARCH = ROOT / "fixtures" / "research"
CODE = "sco-afg-2009"
settings.REPORT_LEASE_SECONDS = (
    300  # a test's transaction is no other thread's: who builds in one renews no lease
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in ("source", "rules"):
            item.add_marker(pytest.mark.engineless)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, request: pytest.FixtureRequest
) -> Iterator[None]:
    from django.test.utils import setup_databases, teardown_databases

    template = os.environ.get("TESTS_TEMPLATE")
    if template is None:
        call_command("collectstatic", interactive=False, verbosity=0)
    copied = template is not None and connection.vendor == "sqlite"
    connection.settings_dict["TEST"]["MIGRATE"] = not copied
    with django_db_blocker.unblock():
        config = setup_databases(verbosity=0, interactive=False)
        if copied:
            connection.ensure_connection()
            with sqlite3.connect(Path(str(template)) / "tracker.sqlite3") as source:
                source.backup(connection.connection)
        else:
            load(PACKAGE, by="package")
    yield
    with django_db_blocker.unblock():
        teardown_databases(config, verbosity=0)


@pytest.fixture(scope="session")
def research() -> dict[str, Any]:
    """The research files as they came, read without any code of ours."""
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted(RESEARCH.glob("*.yaml"))}


@pytest.fixture
def now(db: None) -> Moment:
    return resolve(None, None, clock.today())


@pytest.fixture(autouse=True)
def no_page_is_kept_from_another_test() -> None:
    """A test's entries are rolled back: the same number of the ledger means something else in the next."""
    caches["pages"].clear()
    if isinstance(
        caches["default"], LocMemCache
    ):  # on a quick machine many tests are within the limit of one minute
        caches["default"].clear()


@pytest.fixture(scope="session", autouse=True)
def files_of_pages_are_looked_at_once() -> None:
    """Each test client builds the middleware anew, and WhiteNoise looks at every static file each time: once is enough."""
    real, seen = WhiteNoiseMiddleware.add_files, dict[Any, Any]()

    def add_files(self: Any, root: Any, prefix: Any = None) -> None:
        if (root, prefix) not in seen:
            real(self, root, prefix)
            seen[root, prefix] = dict(self.files)
        self.files.update(seen[root, prefix])

    WhiteNoiseMiddleware.add_files = add_files
