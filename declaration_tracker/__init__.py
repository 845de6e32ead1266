"""Wiring: settings, addresses, the task queue and the server's entry point."""

from declaration_tracker.celery import app as celery_app

__all__ = ["celery_app"]
