"""Who may read: everybody, unless the setting closes it."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request


class PublicReading(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(settings.PUBLIC_READING and request.method in SAFE_METHODS)
