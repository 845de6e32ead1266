"""Addresses."""

from django.conf import settings  # noqa: F401
from django.urls import path

urlpatterns: list = []
