"""Celery runs the work; what is due is read from the database, so a lost message loses nothing."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "declaration_tracker.settings")

app = Celery("declaration_tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
