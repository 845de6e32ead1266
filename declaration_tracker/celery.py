"""Celery runs the work; what is due is read from the database, so a lost message loses nothing."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from declaration_tracker import folders

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "declaration_tracker.settings")

TRANSPORT_ALIASES["folders"] = folders.NAME
app = Celery("declaration_tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
