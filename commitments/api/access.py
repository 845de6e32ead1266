"""Who may read: everybody, unless the setting closes it; then those who have signed in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from commitments.api.tokens import in_scope
from commitments.ledger.people import Actor


class PublicReading(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method not in SAFE_METHODS:
            return True  # no view has such a method: the answer is 405
        if settings.PUBLIC_READING:
            return True
        if isinstance(request.user, Actor):
            in_scope(request)
            return True
        return get_user(request._request).is_authenticated
