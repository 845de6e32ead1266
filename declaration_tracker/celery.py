"""Celery runs the work; what is due is read from the database, so a lost message loses nothing."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import worker_init
from kombu.transport import TRANSPORT_ALIASES

from declaration_tracker import folders

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "declaration_tracker.settings")

TRANSPORT_ALIASES["folders"] = folders.NAME
app = Celery("declaration_tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]
def _sweep(**_more: object) -> None:
    if app.conf.broker_url.startswith("folders:"):
        folders.sweep(Path(app.conf.broker_transport_options["data_folder_in"]))
